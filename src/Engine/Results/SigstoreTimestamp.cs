using System.Globalization;

namespace SigstorePS;

/// <summary>
/// A verified timestamp (RFC 3161): these bytes existed at that time, says an authority that is trusted.
/// </summary>
public sealed class SigstoreTimestamp
{
    /// <summary>The file it was in.</summary>
    public required string Path { get; init; }

    /// <summary>When, by the authority's clock, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Address of the authority in the trust root; empty when that does not say.</summary>
    public required string Authority { get; init; }

    /// <summary>Subject of the certificate that signed it.</summary>
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

    /// <summary>True: what does not verify gives no object.</summary>
    public required bool Verified { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z' ", CultureInfo.InvariantCulture) + Authority;
}
