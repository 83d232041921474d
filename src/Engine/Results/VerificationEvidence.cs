namespace SigstorePS;

/// <summary>A time at which something trusted says that the signature existed.</summary>
/// <param name="Type">
/// <c>Tlog</c>, <c>TimestampAuthority</c> or, when neither was asked for, <c>CurrentTime</c>.
/// </param>
/// <param name="Source">Address of the log or authority.</param>
/// <param name="Time">When, UTC.</param>
public sealed record VerifiedTimestamp(string Type, string Source, DateTimeOffset Time)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Time:u} {Type} {Source}";
}

/// <summary>An entry of a transparency log that was verified.</summary>
/// <param name="Log">Address of the log, as the trust root has it.</param>
/// <param name="LogIndex">Index in the log, over all shards.</param>
/// <param name="Kind">Kind of the entry, such as <c>hashedrekord</c>.</param>
/// <param name="IntegratedTime">When the log took it; null when the log does not say so under its signature.</param>
/// <param name="Evidence">By what it is known to be in the log.</param>
public sealed record LogEvidence(
    string Log, long LogIndex, string Kind, DateTimeOffset? IntegratedTime, string Evidence)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Log} {LogIndex}";
}

/// <summary>The certificate that named a signer, after it was verified.</summary>
public sealed class CertificateSummary
{
    /// <summary>Identities: e-mail address, URI, DNS name or other name (subject alternative names).</summary>
    public required string[] Identity { get; init; }

    /// <summary>Who vouched for the identity; null when the certificate does not say.</summary>
    public string? Issuer { get; init; }

    /// <summary>Serial number, hex.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>From when it is valid.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Until when it is valid.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Subject of the certificate of the authority at the end of its chain.</summary>
    public required string Authority { get; init; }

    /// <summary>What else the authority certified, by name: repository, workflow, ref and so on.</summary>
    public IReadOnlyDictionary<string, string> Extensions { get; init; } = new Dictionary<string, string>();

    /// <summary>The certificate as PEM text.</summary>
    public required string Pem { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Identity);
}
