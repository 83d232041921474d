using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SigstorePS.Providers.Kubernetes;

/// <summary>What is shown to the API server.</summary>
internal sealed record Credential
{
    public static readonly Credential None = new();

    public AuthenticationHeaderValue? Authorization { get; init; }

    public X509Certificate2? Certificate { get; init; }

    /// <summary>What no message may show, should the server say it back.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Whether it was kept from an earlier time; then a new one may do better.</summary>
    public bool Kept { get; init; }

    /// <summary>A record would print what it holds.</summary>
    public override string ToString() => nameof(Credential);

    /// <exception cref="SigstoreException">InvalidValue: nothing that fits into a header.</exception>
    public Credential WithToken(string token, string source) =>
        token.Length > 0 && token.All(static c => c is > ' ' and < '\x7f')
            ? this with
            {
                Authorization = new AuthenticationHeaderValue("Bearer", token), Secrets = [.. Secrets, token],
            }
            : throw new SigstoreException(SigstoreErrorCode.InvalidValue, $"The token of {source} is no token.");

    public Credential WithPassword(string user, string password)
    {
        string pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        return this with
        {
            Authorization = new AuthenticationHeaderValue("Basic", pair), Secrets = [.. Secrets, password, pair],
        };
    }

    /// <exception cref="SigstoreException">InvalidValue: not a certificate and its key.</exception>
    public Credential WithCertificate(byte[] certificate, byte[] key, string source)
    {
        try
        {
            string text = Encoding.UTF8.GetString(certificate);
            string keyText = Encoding.UTF8.GetString(key);
            if (!OperatingSystem.IsWindows())
            {
                return this with { Certificate = X509Certificate2.CreateFromPem(text, keyText) };
            }

            // Schannel takes no ephemeral keys; through PKCS#12 the key gets a place of its own.
            using X509Certificate2 ephemeral = X509Certificate2.CreateFromPem(text, keyText);
            return this with
            {
                Certificate = X509CertificateLoader.LoadPkcs12(
                    ephemeral.Export(X509ContentType.Pkcs12), password: null),
            };
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"The client certificate and key of {source} are not a PEM certificate and its key, not encrypted.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
