using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Transparency;

namespace SigstorePS.Verification;

/// <summary>
/// What ties a log entry to the signature it came with: same signature bytes, same signer, same content. Everything the
/// entry says is compared, with the artifact itself and not with what the container says about it.
/// </summary>
internal sealed class LogEntryBinding
{
    private static readonly long LastTime = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private readonly SignedArtifact _artifact;
    private readonly SignedContent _content;
    private readonly PublicKey _key;
    private readonly byte[]? _certificate;

    public LogEntryBinding(SignedArtifact artifact, SignedContent content, PublicKey key, byte[]? certificate)
    {
        _artifact = artifact;
        _content = content;
        _key = key;
        _certificate = certificate;
    }

    /// <summary>
    /// Reads the body of an entry that may belong to a signature; null when there is none and the verifier is to
    /// rebuild it.
    /// </summary>
    /// <exception cref="SigstoreException">MalformedLogEntry, LimitExceeded, LogEntryMismatch.</exception>
    public LogEntryBody? Read(LogEntry entry)
    {
        if (entry.LogIndex < 0 || entry.IntegratedTime < 0 || entry.IntegratedTime > LastTime)
        {
            throw Malformed("has an index or a time out of range");
        }

        if (entry.Proof is null && entry.SignedEntryTimestamp is null)
        {
            throw Malformed("has neither inclusion proof nor promise");
        }

        bool mayBeRebuilt = entry is { Proof: not null, SignedEntryTimestamp: null }
            && entry.Kind is "" or HashedRekordBody.KindName && entry.Version is "" or "0.0.2";
        if (entry.Body.IsEmpty)
        {
            return mayBeRebuilt ? null : throw Malformed("has no body");
        }

        LogEntryBody body = LogEntryBody.Parse(entry.Body);
        if ((entry.Kind.Length > 0 && entry.Kind != body.Kind)
            || (entry.Version.Length > 0 && entry.Version != body.ApiVersion))
        {
            throw Mismatch($"is {body.Kind} {body.ApiVersion}, not {entry.Kind} {entry.Version} as announced");
        }

        bool legacy = _artifact.Format == SignatureFormat.Legacy;
        return body switch
        {
            HashedRekordV2Body when entry.Proof is null => throw Malformed("of a Rekor v2 log has no inclusion proof"),
            HashedRekordBody or HashedRekordV2Body or DsseBody or IntotoBody { ApiVersion: "0.0.2" } => body,
            RekordBody or IntotoBody when legacy => body,
            _ => throw Malformed($"is of kind {body.Kind} {body.ApiVersion}, which is none of a signature"),
        };
    }

    /// <summary>Compares every field with the signature; nothing to do for a body that will be rebuilt.</summary>
    /// <exception cref="SigstoreException">LogEntryMismatch.</exception>
    public void Check(LogEntryBody? body)
    {
        switch (body)
        {
            // Rekor v1 logs envelopes as dsse or intoto. Taken here, the entry that a file has which happens to hold
            // pre-authentication encoding would do for the envelope made of it.
            case HashedRekordBody when _artifact.Envelope is not null:
                throw Mismatch("is that of a file, and the signature is over an envelope");
            case HashedRekordBody hashed:
                CheckData(hashed.Data);
                CheckSignature([hashed.Signature]);
                break;
            case HashedRekordV2Body hashed:
                CheckData(hashed.Data);
                CheckSignature([hashed.Signature]);
                CheckKeyDetails(hashed);
                break;
            case RekordBody rekord:
                CheckData(rekord.Data);
                CheckSignature([rekord.Signature]);
                break;
            case DsseBody dsse:
                CheckHash(dsse.PayloadHash, RequireEnvelope(dsse).Payload.Span, "payload");
                CheckSignature(dsse.Signatures);
                if (_artifact.EnvelopeContent is { } text)
                {
                    CheckHash(dsse.EnvelopeHash, text, "envelope");
                }

                break;
            case IntotoBody intoto:
                CheckIntoto(intoto, RequireEnvelope(intoto));
                break;
            case not null:
                throw Mismatch($"is of kind {body.Kind}");
        }
    }

    /// <summary>
    /// What a Rekor v2 log would have written about this signature: one text for most keys, two for P-384 and P-521,
    /// which some signers use with SHA-256.
    /// </summary>
    public IEnumerable<byte[]> RebuildV2()
    {
        foreach (SigningAlgorithm algorithm in RekorV2Body.AlgorithmsOf(_key))
        {
            if (_content.DigestOf(algorithm.Hash) is { } digest)
            {
                yield return RekorV2Body.Rebuild(
                    digest, _artifact.Signature.Span, _key, _certificate, algorithm);
            }
        }
    }

    public static SigstoreException Mismatch(string what) =>
        new(SigstoreErrorCode.LogEntryMismatch, $"The log entry does not belong to the signature: it {what}.");

    private static SigstoreException Malformed(string what) =>
        new(SigstoreErrorCode.MalformedLogEntry, $"A log entry {what}.");

    private void CheckData(Digest logged)
    {
        if (_artifact.Format == SignatureFormat.Legacy && logged.Algorithm != "sha256")
        {
            throw Mismatch($"names a {logged.Algorithm} digest, where these signatures have sha256");
        }

        if (_content.DigestOf(logged.HashName) != logged)
        {
            throw Mismatch("is about another content");
        }

        if (_artifact.MessageDigest is { } hint && hint != logged)
        {
            throw Mismatch("has another digest than the bundle");
        }
    }

    private void CheckSignature(IReadOnlyList<LoggedSignature> logged)
    {
        bool sameSignature = false;
        foreach (LoggedSignature candidate in logged)
        {
            if (candidate.Signature.Span.SequenceEqual(_artifact.Signature.Span))
            {
                sameSignature = true;
                if (IsSigner(candidate.Verifier))
                {
                    return;
                }
            }
        }

        throw Mismatch(sameSignature ? "names another key or certificate" : "is of another signature");
    }

    /// <summary>
    /// In the legacy layout a key wins over the certificate that came along, and the log may hold that certificate:
    /// then it must be of the key.
    /// </summary>
    private bool IsSigner(LogVerifier verifier) =>
        verifier.Is(_key, _certificate)
        || (_artifact is { Format: SignatureFormat.Legacy, Certificate: { } carried } && _certificate is null
            && verifier.Is(_key, carried) && SigningCertificate.Parse(carried).Key.Equals(_key));

    private void CheckKeyDetails(HashedRekordV2Body body)
    {
        foreach (SigningAlgorithm algorithm in RekorV2Body.AlgorithmsOf(_key))
        {
            if (algorithm.KeyDetails == body.KeyDetails && algorithm.Hash == body.Data.HashName)
            {
                return;
            }
        }

        throw Mismatch($"names the algorithm {body.KeyDetails} with {body.Data.Algorithm}, which is not the key's");
    }

    private void CheckIntoto(IntotoBody body, Envelope envelope)
    {
        if (body.PayloadHash is { } hash)
        {
            CheckHash(hash, envelope.Payload.Span, "payload");
        }

        if (body.Verifier is { } verifier)
        {
            // Version 0.0.1 kept no signature: only the hash of the whole envelope says whose entry it is.
            CheckHash(
                body.EnvelopeHash!, _artifact.EnvelopeContent ?? throw Mismatch("holds no signature"), "envelope");
            if (!IsSigner(verifier))
            {
                throw Mismatch("names another key or certificate");
            }

            return;
        }

        // The hash of an envelope in 0.0.2 is over a form of it with keys put in, which nobody else has.
        CheckSignature(body.Signatures);
        if (body.PayloadType != envelope.PayloadType)
        {
            throw Mismatch("has another payload type");
        }

        if (body.Payload is { } payload && !payload.AsSpan().SequenceEqual(envelope.Payload.Span))
        {
            throw Mismatch("is about another payload");
        }
    }

    private static void CheckHash(Digest logged, ReadOnlySpan<byte> data, string what)
    {
        if (Digest.OfSameAlgorithm(logged, data) != logged)
        {
            throw Mismatch($"is about another {what}");
        }
    }

    private Envelope RequireEnvelope(LogEntryBody body) =>
        _artifact.Envelope ?? throw Mismatch($"is of kind {body.Kind}, and the signature is over no envelope");
}
