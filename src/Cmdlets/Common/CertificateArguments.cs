using System.Collections;
using System.Management.Automation;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// What parameters of certificates take: paths, PEM text, files of Get-ChildItem, certificates of .NET and collections of
/// them, and what is left of such objects after a job or CliXml.
/// </summary>
internal sealed class CertificateArguments(PathResolver paths)
{
    /// <summary>The content as it was given: PEM, base64 of it or DER of a file; DER of a certificate; PEM of several.</summary>
    /// <exception cref="SigstoreException">InvalidValue, PathNotFound, FileUnavailable, LimitExceeded.</exception>
    public byte[]? Content(object? given, string parameter) =>
        given is null ? null
        : Text(given) is { } text ? text.TrimStart().StartsWith("-----BEGIN ", StringComparison.Ordinal)
            ? Encoding.UTF8.GetBytes(text) : paths.Read(text, Limits.KeyFile)
        : Objects(given, parameter) is [var one] ? one.ToArray()
        : CertificateContent.ToPem(Objects(given, parameter));

    /// <summary>Every certificate in the order given, DER.</summary>
    /// <exception cref="SigstoreException">As <see cref="Content"/>; MalformedCertificate.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Read(object given, string parameter) =>
        CertificateContent.Read(Content(given, parameter)!, Text(given) is { } text ? Name(text) : $"-{parameter}");

    /// <summary>As the other, of several values.</summary>
    /// <exception cref="SigstoreException">As the other.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Read(IEnumerable<object> given, string parameter) =>
        [.. given.SelectMany(one => Read(one, parameter))];

    /// <summary>PEM text of all; null: none was given.</summary>
    /// <exception cref="SigstoreException">As <see cref="Read(object, string)"/>.</exception>
    public string? Pem(IEnumerable<object> given, string parameter) => CertificateContent.ToPemText(Read(given, parameter));

    /// <summary>Authorities to trust: all that is given is one set, see <see cref="OwnAuthorities.Of"/>.</summary>
    /// <exception cref="SigstoreException">
    /// As <see cref="Read(object, string)"/>; KeyAmbiguous, PathNotFound: no store has the thumbprint;
    /// ContradictoryPolicy.
    /// </exception>
    public IReadOnlyList<Trust.CertificateAuthority> Authorities(IReadOnlyList<object> given, string parameter) =>
        OwnAuthorities.Of([.. given.SelectMany(one => Named(one, parameter))]);

    private IEnumerable<GivenCertificate> Named(object given, string parameter) => Text(given) is not { } text
        ? Objects(given, parameter).Select(static der => new GivenCertificate("certificates given", der))
        : CertificateContent.IsThumbprint(text) ? [new GivenCertificate(text, CertificateContent.Authority(text))]
        : Read(given, parameter).Select(der => new GivenCertificate(Name(text), der));

    private static string Name(string text) =>
        text.TrimStart().StartsWith("-----BEGIN ", StringComparison.Ordinal) ? "(PEM text)" : text;

    /// <summary>A path or PEM text; null: it is no text.</summary>
    private static string? Text(object given) => KeyArguments.Unwrap(given) switch
    {
        string text => text,
        FileInfo file => file.FullName,
        _ => null,
    };

    private static IReadOnlyList<ReadOnlyMemory<byte>> Objects(object given, string parameter) =>
        KeyArguments.Unwrap(given) switch
        {
            X509Certificate certificate => [certificate.GetRawCertData()],
            PSObject twin when twin.Properties["RawData"]?.Value is byte[] der => [der],
            IEnumerable several and not string and not byte[] =>
                [.. several.Cast<object>().SelectMany(one => Objects(one, parameter))],
            var other => throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"A {other?.GetType().Name ?? "null"} cannot be given as -{parameter}; give a path, PEM text, or certificates "
                + "such as Get-PfxCertificate returns."),
        };
}
