using System.Security.Cryptography;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Rekor;
using SigstorePS.Transparency;
using SigstorePS.Verification;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Operations;

/// <summary>What an entry is held against; a member that is null is not asked for.</summary>
internal sealed record RekorPieces
{
    /// <summary>File or digest, as the user named it.</summary>
    public string? Name { get; init; }

    /// <summary>Digests of the artifact, one for each algorithm.</summary>
    public IReadOnlyList<Digest> Digests { get; init; } = [];

    public byte[]? Signature { get; init; }

    public PublicKey? Key { get; init; }

    /// <summary>The signer's certificate, DER: the entry must name exactly this one.</summary>
    public byte[]? Certificate { get; init; }
}

/// <summary>
/// Tests entries: that a trusted log vouches for them, and that they are about what the user holds in hand. The first
/// without the second proves that somebody once signed something.
/// </summary>
internal static class RekorEntryTest
{
    /// <param name="query">Whom to trust.</param>
    /// <param name="name">As the user named the entry.</param>
    /// <param name="found">What became of the name.</param>
    /// <param name="pieces">What to hold the entry against.</param>
    /// <returns>A result that is verified, always.</returns>
    /// <exception cref="SigstoreException">With the failed result as its Result.</exception>
    public static RekorEntryVerification Judge(RekorQuery query, string name, RekorOutcome found, RekorPieces pieces)
    {
        RekorEntry? entry = found.Entry;
        try
        {
            if (entry is null)
            {
                throw found.Failure!;
            }

            if (!entry.Verified || query.Root is null)
            {
                throw new SigstoreException(SigstoreErrorCode.LogUntrusted, "The entry was not verified.");
            }

            VerificationCheck[] checks = [.. entry.Checks, .. Bind(LoggedParts.Of(entry.Entry), pieces)];
            return Result(name, entry, pieces, "Verified", checks, null);
        }
        catch (SigstoreException e)
        {
            throw new SigstoreException(e.Code, $"{name}: {e.Message}", e)
            {
                Result = Result(name, entry, pieces, e.Code.ToString(), entry?.Checks ?? [], e.Message),
            };
        }
    }

    /// <summary>The result of a search for an entry about the pieces that found none.</summary>
    public static SigstoreException Missing(string name, RekorPieces pieces, string reason) =>
        new(SigstoreErrorCode.LogEntryMissing, $"{name}: {reason}")
        {
            Result = Result(name, null, pieces, nameof(SigstoreErrorCode.LogEntryMissing), [], reason),
        };

    private static List<VerificationCheck> Bind(LoggedParts parts, RekorPieces pieces)
    {
        List<VerificationCheck> checks = [];
        if (pieces.Digests.Count > 0)
        {
            Digest? logged = pieces.Digests.FirstOrDefault(d => d.Equals(parts.Digest) || d.Equals(parts.EnvelopeDigest));
            checks.Add(Passed("Artifact", logged?.ToString(), $"The entry is about {parts.Digest?.ToString() ?? "something else"}."));
        }

        if (pieces.Signature is { } signature)
        {
            bool same = parts.Signatures.Any(logged => logged.Signature.Span.SequenceEqual(signature));
            checks.Add(Passed("Signature", same ? "as logged" : null, "The entry holds another signature."));
        }

        if (pieces.Certificate is { } certificate)
        {
            bool same = Verifiers(parts).Any(v => v.Kind == LogVerifierKind.Certificate && v.Data.Span.SequenceEqual(certificate));
            checks.Add(Passed("Certificate", same ? "as logged" : null, "The entry names another signer."));
        }
        else if (pieces.Key is { } key)
        {
            bool same = Verifiers(parts).Any(verifier => IsOf(verifier, key));
            checks.Add(Passed("PublicKey", same ? key.KeyId : null, "The entry names another signer."));
        }

        return checks;
    }

    private static IEnumerable<LogVerifier> Verifiers(LoggedParts parts) =>
        parts.Signatures.Select(static s => s.Verifier).Concat(parts.Verifier is { } own ? [own] : []);

    private static VerificationCheck Passed(string name, string? evidence, string failure) => evidence is not null
        ? new VerificationCheck(name, "Passed", evidence)
        : throw new SigstoreException(SigstoreErrorCode.LogEntryMismatch, failure);

    /// <summary>The key itself, or the one in a certificate.</summary>
    private static bool IsOf(LogVerifier verifier, PublicKey key)
    {
        try
        {
            return verifier.Kind switch
            {
                LogVerifierKind.PublicKey => verifier.Data.Span.SequenceEqual(key.Spki.Span),
                LogVerifierKind.Certificate => SigningCertificate.Parse(verifier.Data).Key.Equals(key),
                _ => false,
            };
        }
        catch (SigstoreException)
        {
            return false;
        }
    }

    private static RekorEntryVerification Result(
        string name, RekorEntry? entry, RekorPieces pieces, string status, VerificationCheck[] checks, string? reason) =>
        new()
        {
            Name = name,
            Uuid = entry?.Uuid,
            LogIndex = entry?.LogIndex,
            Kind = entry is null ? null : $"{entry.Kind} {entry.Version}",
            IntegratedTime = entry is not null && entry.Checks.Any(static c => c is
                { Name: RekorEntryCheck.PromiseCheck, Outcome: "Passed" }) ? entry.IntegratedTime : null,
            Log = entry?.Log,
            Artifact = pieces.Name,
            Status = status,
            Verified = reason is null,
            Checks = checks,
            Reason = reason,
            Entry = entry,
        };
}
