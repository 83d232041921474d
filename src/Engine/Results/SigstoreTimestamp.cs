using System.Globalization;

namespace SigstorePS;

/// <summary>
/// A timestamp (RFC 3161): these bytes existed at that time, says an authority. Look at <see cref="Verified"/> when it
/// was just made.
/// </summary>
public sealed class SigstoreTimestamp
{
    /// <summary>The file it is in.</summary>
    public required string Path { get; init; }

    /// <summary>The file that was timestamped; null when it was a digest or a signature.</summary>
    public string? ArtifactPath { get; init; }

    /// <summary><c>algorithm:hex</c> of what was timestamped, when that was no file; null when it was.</summary>
    public string? Digest { get; init; }

    /// <summary>When, by the authority's clock, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>
    /// Address of the authority in the trust root, else the one that was asked; empty when neither is known.
    /// </summary>
    public required string Authority { get; init; }

    /// <summary>Subject of the certificate that signed it; empty when that is not known.</summary>
    public required string Signer { get; init; }

    /// <summary>Number the authority gave it, lower-case hex.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>Object identifier of the authority's policy.</summary>
    public required string Policy { get; init; }

    /// <summary><c>sha256</c>, <c>sha384</c> or <c>sha512</c>.</summary>
    public required string HashAlgorithm { get; init; }

    /// <summary>The hash that was timestamped, lower-case hex.</summary>
    public required string Imprint { get; init; }

    /// <summary>Number of the request that asked for it, decimal; null when it has none.</summary>
    public string? Nonce { get; init; }

    /// <summary>
    /// Whether it was verified with a trust root. What Test-SigstoreTimestamp does not verify gives no object; false is
    /// only what New-SigstoreTimestamp made with -SkipSelfVerification.
    /// </summary>
    public required bool Verified { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z' ", CultureInfo.InvariantCulture) + Authority;
}
