using System.Security.Cryptography.X509Certificates;

namespace SigstorePS.Support.Registry;

/// <summary>What kind of registry it is.</summary>
internal sealed record LoopbackRegistryOptions
{
    public const string User = "user";
    public const string Password = "pass";
    public const string IdentityToken = "refresh-me";

    /// <summary>The referrers list is there; without it the path is unknown (404, as docker-registry 2.8).</summary>
    public bool Referrers { get; init; } = true;

    /// <summary>Manifests have an ETag, and If-Match and If-None-Match on PUT are obeyed.</summary>
    public bool EntityTags { get; init; }

    public LoopbackAuth Auth { get; init; }

    /// <summary>With token auth: reading needs a token, but no account.</summary>
    public bool AnonymousPull { get; init; }

    /// <summary>The token server has no POST (refresh tokens).</summary>
    public bool NoTokenPost { get; init; }

    public TimeSpan TokenLife { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Waited before each answer.</summary>
    public TimeSpan Latency { get; init; }

    public bool ImmutableTags { get; init; }

    public bool DeleteDisabled { get; init; }

    public bool RefuseChunks { get; init; }

    /// <summary>HEAD of a manifest leaves out Docker-Content-Digest.</summary>
    public bool HeadWithoutDigest { get; init; }

    /// <summary>GET of a blob redirects to a second port of this process.</summary>
    public bool BlobsElsewhere { get; init; }

    /// <summary>A part of a blob may be asked for.</summary>
    public bool Ranges { get; init; } = true;

    /// <summary>A blob of another repository is never linked: an upload is opened instead.</summary>
    public bool NoMount { get; init; }

    /// <summary>Upload locations are at a second port of this process.</summary>
    public bool UploadsElsewhere { get; init; }

    /// <summary>Entries in a page of tags or referrers; 0: all.</summary>
    public int PageSize { get; init; }

    /// <summary>Not every bench wants ten thousand requests kept.</summary>
    public bool RecordRequests { get; init; } = true;

    /// <summary>Speaks TLS.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>With TLS: a client certificate is wanted, any one.</summary>
    public bool WantsClientCertificate { get; init; }
}

internal enum LoopbackAuth
{
    None,
    Basic,
    Token,
}

/// <summary>One request as it arrived.</summary>
internal sealed record LoopbackRequest(string Method, string Path, string? Authorization, bool Elsewhere)
{
    public bool ChangesState => Method is not ("GET" or "HEAD");
}
