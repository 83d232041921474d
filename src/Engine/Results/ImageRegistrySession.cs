namespace SigstorePS;

/// <summary>A registry that this session knows how to reach; no secret is in it.</summary>
public sealed class ImageRegistrySession
{
    /// <summary>Host and port.</summary>
    public required string Registry { get; init; }

    /// <summary><c>Credential</c>, <c>Token</c> or <c>Configuration</c> (docker or podman).</summary>
    public required string Authentication { get; init; }

    /// <summary>User name, if one was given.</summary>
    public string? UserName { get; init; }

    /// <summary>Whether plain HTTP was allowed.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Whether the TLS certificate is left unchecked.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>Whether the credentials were written to the docker configuration.</summary>
    public bool Persisted { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Registry;
}
