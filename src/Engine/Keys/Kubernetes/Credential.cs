using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Http;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>What is shown to the API server.</summary>
internal sealed record Credential
{
    public static readonly Credential None = new();

    public AuthenticationHeaderValue? Authorization { get; init; }

    /// <summary>Of the session's <see cref="ClientCertificates"/>: not ours to dispose of.</summary>
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

    /// <param name="certificate">PEM.</param>
    /// <param name="key">PEM, zeroed here.</param>
    /// <param name="source">For messages.</param>
    /// <param name="certificates">Those of the session, whose it stays.</param>
    /// <exception cref="SigstoreException">InvalidValue: not a certificate and its key.</exception>
    public Credential WithCertificate(
        byte[] certificate, byte[] key, string source, ClientCertificates certificates)
    {
        try
        {
            return this with { Certificate = certificates.Get(certificate, key) };
        }
        catch (CryptographicException)
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
