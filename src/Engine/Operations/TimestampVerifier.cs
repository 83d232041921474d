using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Rfc3161;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>What a timestamp must be about, and of whom. Exactly one of the first three is set.</summary>
internal sealed record TimestampRequest
{
    /// <summary>File whose content was timestamped.</summary>
    public string? ArtifactFile { get; init; }

    /// <summary>Bytes that were timestamped, such as a signature.</summary>
    public byte[]? Content { get; init; }

    /// <summary>Digest of what was timestamped.</summary>
    public Digest? Digest { get; init; }

    public required TrustedRoot Root { get; init; }

    /// <summary>Number the token must repeat; null: any or none.</summary>
    public BigInteger? Nonce { get; init; }

    /// <summary>Object identifiers of which the token must have one; empty: any.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];
}

/// <summary>Verifies timestamps in files.</summary>
internal static class TimestampVerifier
{
    /// <summary>Verifies one timestamp.</summary>
    /// <param name="content">An authority's answer, a bare token, or the JSON cosign keeps an answer in.</param>
    /// <param name="source">Where it comes from, for the result.</param>
    /// <param name="request">What it must be about.</param>
    /// <param name="cancel">Ends the reading of the artifact.</param>
    /// <exception cref="SigstoreException">
    /// MalformedTimestamp, TimestampInvalid, TimestampUntrusted, LimitExceeded, FileUnavailable.
    /// </exception>
    public static async Task<SigstoreTimestamp> VerifyAsync(
        ReadOnlyMemory<byte> content, string source, TimestampRequest request, CancellationToken cancel)
    {
        TimestampToken token = TimestampToken.Read(Unwrap(content));
        bool isOver = request.Digest is { } digest ? IsOver(token, digest)
            : request.Content is { } bytes ? token.IsOver(bytes)
            : token.IsOver(await HashAsync(request.ArtifactFile!, token.HashAlgorithm, cancel).ConfigureAwait(false));
        if (!isOver)
        {
            throw Invalid("it is over other bytes");
        }

        if (request.Nonce is { } nonce && token.Nonce != nonce)
        {
            throw Invalid(token.Nonce is null ? "it repeats no nonce" : "it repeats another nonce");
        }

        if (request.Policies.Count > 0 && !request.Policies.Contains(token.Policy))
        {
            throw Invalid($"it is of policy {token.Policy}");
        }

        VerifiedTimestampToken verified = TimestampCheck.Verify(token, request.Root);
        return new SigstoreTimestamp
        {
            Path = source,
            ArtifactPath = request.ArtifactFile,
            Digest = request.ArtifactFile is not null ? null
                : Digest.FromHash(token.HashAlgorithm, token.Imprint.Span).ToString(),
            Time = verified.Time.ToUniversalTime(),
            Authority = verified.AuthorityUri,
            Signer = verified.SignerName,
            SerialNumber = verified.SerialNumber,
            Policy = verified.Policy,
            HashAlgorithm = token.HashAlgorithm.Name!.ToLowerInvariant(),
            Imprint = Convert.ToHexStringLower(token.Imprint.Span),
            Nonce = token.Nonce?.ToString(CultureInfo.InvariantCulture),
            Verified = true,
        };
    }

    /// <summary>A trust root of one timestamp authority, whose certificates somebody vouches for.</summary>
    /// <param name="pem">Certificates, nearest to the leaf first, root last; may begin with the leaf.</param>
    /// <exception cref="SigstoreException">MalformedCertificate, LimitExceeded.</exception>
    public static TrustedRoot RootOf(ReadOnlySpan<byte> pem)
    {
        try
        {
            IReadOnlyList<PemBlock> blocks = Pem.Read(pem);
            if (blocks.FirstOrDefault(static b => b.Label != "CERTIFICATE") is { } other)
            {
                throw new FormatException($"there is a {other.Label} among them");
            }

            ReadOnlyMemory<byte>[] chain = [.. blocks.Select(static b => new ReadOnlyMemory<byte>(b.Data))];
            Array.ForEach(chain, static der => _ = ParsedCertificate.Parse(der));
            CertificateAuthority authority = new() { Chain = chain, Validity = ValidityPeriod.Always };
            return TrustedRoot.Empty with { TimestampAuthorities = [authority] };
        }
        catch (FormatException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedCertificate, $"The certificate chain cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A nonce as text: decimal, or hex after <c>0x</c>.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static BigInteger ReadNonce(string text)
    {
        bool hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);

        // A digit 0 before it, or the first bit of a hex number would be its sign.
        return text.Length is > 0 and <= 130
            && BigInteger.TryParse(
                hex ? $"0{text[2..]}" : text, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
                CultureInfo.InvariantCulture, out BigInteger nonce)
            && !(hex && text.Length == 2)
            ? nonce
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"'{text}' is no nonce: give it in decimal, or in hex after 0x.");
    }

    private static ReadOnlyMemory<byte> Unwrap(ReadOnlyMemory<byte> content)
    {
        if (content.IsEmpty || content.Span.TrimStart(" \t\r\n"u8) is not [(byte)'{', ..])
        {
            return content;
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            return Base64Text.Decode(StrictJson.String(document.RootElement, "SignedRFC3161Timestamp"));
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedTimestamp, $"The timestamp cannot be read: {e.Message}", e);
        }
    }

    private static bool IsOver(TimestampToken token, Digest digest) =>
        digest.HashName == token.HashAlgorithm ? token.IsOver(digest)
            : throw Invalid($"it is over a {token.HashAlgorithm.Name} digest, and {digest.Algorithm} was given");

    private static async Task<Digest> HashAsync(string file, HashAlgorithmName algorithm, CancellationToken cancel)
    {
        try
        {
            FileStream stream = new(
                file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
            await using (stream.ConfigureAwait(false))
            {
                return Digest.FromHash(
                    algorithm,
                    await CryptographicOperations.HashDataAsync(algorithm, stream, cancel).ConfigureAwait(false));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(SigstoreErrorCode.FileUnavailable, $"'{file}' cannot be read: {e.Message}", e);
        }
    }

    private static SigstoreException Invalid(string reason) =>
        new(SigstoreErrorCode.TimestampInvalid, $"The timestamp is not valid: {reason}.");
}
