using System.Globalization;
using System.Security.Cryptography;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Rfc3161;
using SigstorePS.Timestamp;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Operations;

/// <summary>What is timestamped, and where the answers go. Exactly one of the first three is set.</summary>
internal sealed record TimestampSubject
{
    /// <summary>Full path of a file of any size.</summary>
    public string? File { get; init; }

    /// <summary>Bytes, such as a signature.</summary>
    public byte[]? Content { get; init; }

    public Digest? Digest { get; init; }

    /// <summary>
    /// Full path of the answer. Of several authorities each answer but the first gets its number into it.
    /// </summary>
    public required string Target { get; init; }
}

/// <summary>By whom, how, and who has to be trusted before anything is kept.</summary>
internal sealed record TimestampPlan
{
    public required IReadOnlyList<Uri> Authorities { get; init; }

    /// <summary>Null: not verified.</summary>
    public TrustedRoot? Root { get; init; }

    public HashAlgorithmName Hash { get; init; } = HashAlgorithmName.SHA256;

    /// <summary>Object identifier; null: the authority's own.</summary>
    public string? Policy { get; init; }

    public TimestampTls? Tls { get; init; }

    /// <summary>Overwrites answers that are there.</summary>
    public bool Force { get; init; }
}

/// <summary>Has timestamps made and keeps the answers in files.</summary>
/// <param name="open">Reaches an authority.</param>
internal sealed class TimestampMaker(Func<Uri, TimestampTls?, TimestampClient> open)
{
    /// <summary>One timestamp of each authority, in their order.</summary>
    /// <exception cref="SigstoreException">
    /// FileUnavailable, FileExists, PathNotFound, InvalidValue; TimestampUnavailable, TimestampRejected,
    /// TimestampProtocolViolation, SelfVerificationFailed, LimitExceeded, Timeout.
    /// </exception>
    public async Task<IReadOnlyList<SigstoreTimestamp>> MakeAsync(
        TimestampSubject subject, TimestampPlan plan, CancellationToken cancel)
    {
        string[] targets = [.. plan.Authorities.Select((_, index) => Numbered(subject.Target, index))];

        // Told before an authority is asked: an answer that cannot be kept would be lost.
        if (!plan.Force && targets.FirstOrDefault(File.Exists) is { } there)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileExists, $"'{there}' exists; give -Force to overwrite it.");
        }

        Digest digest = await DigestOf(subject, plan.Hash, cancel).ConfigureAwait(false);
        TimestampOptions options = new() { Policy = plan.Policy };
        byte[][] answers = new byte[targets.Length][];
        SigstoreTimestamp[] made = new SigstoreTimestamp[targets.Length];
        for (int i = 0; i < targets.Length; i++)
        {
            Uri authority = plan.Authorities[i];
            answers[i] = await open(authority, plan.Tls).RequestAsync(authority, digest, options, cancel)
                .ConfigureAwait(false);
            made[i] = Describe(answers[i], authority, digest, plan.Root, targets[i], subject.File);
        }

        // All or nothing, as far as authorities go: a retry starts from the same state.
        for (int i = 0; i < targets.Length; i++)
        {
            await OutputFile.WriteAsync(targets[i], answers[i], plan.Force, cancel).ConfigureAwait(false);
        }

        return made;
    }

    private static string Numbered(string target, int index) => index == 0 ? target : Path.Combine(
        Path.GetDirectoryName(target)!,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Path.GetFileNameWithoutExtension(target)}.{index + 1}{Path.GetExtension(target)}"));

    private static async Task<Digest> DigestOf(
        TimestampSubject subject, HashAlgorithmName hash, CancellationToken cancel) =>
        subject.Digest
        ?? (subject.Content is { } bytes
            ? Digest.FromHash(hash, CryptographicOperations.HashData(hash, bytes))
            : (await FileContent.HashAsync(subject.File!, [hash], cancel).ConfigureAwait(false))[0]);

    private static SigstoreTimestamp Describe(
        byte[] answer, Uri authority, Digest digest, TrustedRoot? root, string target, string? artifact)
    {
        TimestampToken token = TimestampToken.Read(answer);
        VerifiedTimestampToken? verified = root is null ? null : Verify(token, root, authority);
        return new SigstoreTimestamp
        {
            Path = target,
            ArtifactPath = artifact,
            Digest = artifact is null ? digest.ToString() : null,
            Time = token.Time.ToUniversalTime(),
            Authority = verified is { AuthorityUri.Length: > 0 } known ? known.AuthorityUri : authority.AbsoluteUri,
            Signer = verified?.SignerName
                ?? (token.Signer is { } signer ? Encodings.PlainText.Clean(SigningCertificate.ReadName(signer.SubjectName)) : string.Empty),
            SerialNumber = token.SerialNumber,
            Policy = token.Policy,
            HashAlgorithm = digest.Algorithm,
            Imprint = digest.Hex,
            Nonce = token.Nonce?.ToString(CultureInfo.InvariantCulture),
            Verified = verified is not null,
        };
    }

    private static VerifiedTimestampToken Verify(TimestampToken token, TrustedRoot root, Uri authority)
    {
        try
        {
            return TimestampCheck.Verify(token, root);
        }
        catch (SigstoreException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.SelfVerificationFailed,
                $"The answer of {authority.Authority} was not kept: {e.Message} Give a -TrustedRoot that names this "
                + "authority, or -SkipSelfVerification.",
                e);
        }
    }
}
