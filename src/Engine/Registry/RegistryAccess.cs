using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace SigstorePS.Registry;

/// <summary>
/// How to reach a registry: what a user said on the call or with Connect-ImageRegistry. Immutable; two equal values
/// share one connection pool.
/// </summary>
internal sealed record RegistryAccess
{
    public static RegistryAccess Default { get; } = new();

    /// <summary>Plain HTTP may be used where HTTPS is not answered (cosign's --allow-http-registry).</summary>
    public bool AllowHttp { get; init; }

    /// <summary>The TLS certificate of the registry is not checked.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>
    /// Basic credentials; also exchanged for tokens. Null: the docker or podman configuration is asked.
    /// </summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>A ready-made bearer token, sent as it is.</summary>
    public string? Token { get; init; }

    /// <summary>Roots to trust for TLS besides the system's.</summary>
    public X509Certificate2Collection? CaCertificates { get; init; }

    /// <summary>Client certificate with private key for mutual TLS.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Server name to expect in the TLS certificate instead of the host (SNI and name check).</summary>
    public string? ServerName { get; init; }
}
