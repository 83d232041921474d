using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>
/// What -TrustedRoot and -SigningConfig take: a path, a file object, JSON text, what the cmdlets of this module
/// returned, and what is left of that after a job or CliXml. A client trust configuration holds both; so does the
/// directory or archive of an export.
/// </summary>
internal sealed class TrustArguments(SigstoreCmdlet cmdlet, PathResolver paths)
{
    /// <summary>
    /// The trust root of the argument; without one, that of the instance; without either, that of the TUF repository.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// As the other; TrustRootUnavailable, Tuf…, Metadata…, OfflineUnavailable; InstanceNotFound; ContradictoryPolicy: an
    /// argument and an instance.
    /// </exception>
    public SigstoreTrustRoot TrustRoot(object? argument, bool offline, string? instance = null) => TrustRoot(
        Only(argument, instance, "TrustedRoot"),
        () => cmdlet.Await(cancel => cmdlet.Engine.Trust.GetAsync(
            new TrustRequest { Offline = offline, Instance = instance }, cancel)));

    /// <summary>The trust root of the argument; without one, what <paramref name="otherwise"/> gives.</summary>
    /// <exception cref="SigstoreException">
    /// PathNotFound, FileUnavailable, MalformedTrustRoot, Unsupported, LimitExceeded, InvalidValue.
    /// </exception>
    public SigstoreTrustRoot TrustRoot(object? argument, Func<SigstoreTrustRoot> otherwise)
    {
        if (argument is null)
        {
            return otherwise();
        }

        object given = KeyArguments.Unwrap(argument);
        SigstoreTrustRoot root = given as SigstoreTrustRoot ?? Read(given, "TrustedRoot", ExportedTrust.TrustedRoot, TrustFiles.ReadTrustRoot);
        foreach (string skipped in root.Skipped)
        {
            cmdlet.WriteWarning($"The trust root {root.Source} has an entry that is not used: {skipped}");
        }

        return root;
    }

    /// <summary>
    /// The signing configuration of the argument; without one, that of the instance; without either, that of the TUF
    /// repository.
    /// </summary>
    /// <exception cref="SigstoreException">As that of <see cref="TrustRoot(object?, bool, string?)"/>; TargetNotFound.</exception>
    public SigstoreSigningConfig SigningConfig(object? argument, bool offline, string? instance = null) => SigningConfig(
        Only(argument, instance, "SigningConfig"),
        () => cmdlet.Await(cancel => cmdlet.Engine.Trust.GetSigningConfigAsync(
            new TrustRequest { Offline = offline, Instance = instance }, rekorV2: false, cancel)));

    /// <summary>The signing configuration of the argument; without one, what <paramref name="otherwise"/> gives.</summary>
    /// <exception cref="SigstoreException">
    /// PathNotFound, FileUnavailable, MalformedSigningConfig, Unsupported, LimitExceeded, InvalidValue.
    /// </exception>
    public SigstoreSigningConfig SigningConfig(object? argument, Func<SigstoreSigningConfig> otherwise)
    {
        if (argument is null)
        {
            return otherwise();
        }

        object given = KeyArguments.Unwrap(argument);
        return given as SigstoreSigningConfig ?? Read(
            given, "SigningConfig", ExportedTrust.SigningConfig, TrustFiles.ReadSigningConfig);
    }

    private static object? Only(object? argument, string? instance, string parameter) =>
        argument is null || instance is null ? argument : throw new SigstoreException(
            SigstoreErrorCode.ContradictoryPolicy, $"-Instance has a -{parameter} of its own: give one of the two.");

    private T Read<T>(
        object given, string parameter, string exported, Func<ReadOnlyMemory<byte>, string, DateTimeOffset, T> read) =>
        given switch
        {
            FileSystemInfo file => read(Content(file.FullName, exported), file.FullName, Now),
            string text when text.AsSpan().TrimStart().StartsWith('{') =>
                read(Encoding.UTF8.GetBytes(text), TrustFiles.Memory, Now),
            string path => read(Content(path, exported), paths.Unresolved(path), Now),
            PSObject twin when ObjectValues.Exact(twin, "Json") is { } json => read(
                Encoding.UTF8.GetBytes(json), ObjectValues.Exact(twin, "Source") ?? TrustFiles.Memory, Now),
            _ => throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"A {given.GetType().Name} cannot be given as -{parameter}; give a path, JSON text, or what the "
                + "cmdlets of this module returned."),
        };

    /// <summary>The file; of a directory or an archive that holds an export, what it carries under that name.</summary>
    private byte[] Content(string path, string exported) =>
        cmdlet.Await(cancel => cmdlet.Engine.ReadExportedAsync(paths.Unresolved(path), exported, cancel))
        ?? paths.Read(path, Limits.TrustedRoot);

    private DateTimeOffset Now => cmdlet.Engine.Options.Clock.GetUtcNow();
}
