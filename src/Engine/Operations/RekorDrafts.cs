using System.Text.Json;
using SigstorePS.Bundles;
using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Dsse;
using SigstorePS.Encodings;
using SigstorePS.Rekor;
using SigstorePS.Transparency;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Operations;

/// <summary>
/// Makes entries of what a user has in hand. Each signature is verified here: what is in a log is public for ever, and
/// an entry about a signature that is none helps nobody.
/// </summary>
internal static class RekorDrafts
{
    /// <summary>At least one; a bundle file may hold several signatures.</summary>
    /// <exception cref="SigstoreException">
    /// SignatureMismatch, ContradictoryPolicy, InvalidValue, Unsupported, FileUnavailable, LimitExceeded, and what the
    /// parsers of the pieces throw.
    /// </exception>
    public static async Task<IReadOnlyList<RekorDraft>> ReadAsync(RekorUpload upload, CancellationToken cancel)
    {
        if (upload.Entry is { } entry)
        {
            return [OfEntry(upload, entry)];
        }

        if (upload.Bundle is { } bundle)
        {
            IReadOnlyList<SignedArtifact> artifacts = SignatureFile.Read(bundle);
            return
            [
                .. artifacts.Select((artifact, i) => OfArtifact(
                    upload, artifact, artifacts.Count == 1 ? upload.Name : $"{upload.Name} #{i + 1}")),
            ];
        }

        return upload.Attestation is { } attestation
            ? [OfArtifact(upload, SignedArtifact.FromEnvelope(attestation), upload.Name)]
            : [await OfFileAsync(upload, cancel).ConfigureAwait(false)];
    }

    private static async Task<RekorDraft> OfFileAsync(RekorUpload upload, CancellationToken cancel)
    {
        byte[] signature = upload.Signature ?? throw Contradiction("Which signature? Give -Signature.");
        string kind = upload.Kind ?? HashedRekordBody.KindName;
        byte[]? whole = null;
        IReadOnlyList<Digest> digests = [];
        if (upload.ArtifactPath is not { } path)
        {
            digests = [upload.Digest!];
        }
        else if (kind == RekordBody.KindName)
        {
            whole = await BoundedFile.ReadAsync(path, Limits.LogContent, cancel).ConfigureAwait(false);
        }
        else
        {
            digests = await RekorSearches.DigestsOfFileAsync(path, cancel).ConfigureAwait(false);
        }

        SignedContent content = whole is null ? SignedContent.OfDigests(digests) : SignedContent.Of(whole);
        (PublicKey key, byte[]? certificate) = SignerOf(upload, null);
        return kind switch
        {
            DsseBody.KindName or IntotoBody.KindName => throw Contradiction(
                $"An entry of kind {kind} is about an envelope: give -Attestation."),
            RekordBody.KindName when whole is null => throw Contradiction(
                "An entry of kind rekord is made from the artifact: give -Path, not -Digest."),
            _ => Verified(upload.Name, kind, content, signature, key, certificate, null, null, whole),
        };
    }

    private static RekorDraft OfArtifact(RekorUpload upload, SignedArtifact artifact, string name)
    {
        (PublicKey key, byte[]? certificate) = SignerOf(upload, artifact.Certificate);
        bool envelope = artifact.Envelope is not null;
        string kind = upload.Kind ?? (envelope ? DsseBody.KindName : HashedRekordBody.KindName);
        bool ofEnvelope = kind is DsseBody.KindName or IntotoBody.KindName;
        if (ofEnvelope != envelope || kind == RekordBody.KindName)
        {
            throw Contradiction(envelope
                ? $"{name} is an envelope: its entry is of kind dsse or intoto, not {kind}."
                : $"{name} is a signature over a file: its entry is of kind hashedrekord, not {kind}.");
        }

        SignedContent content = artifact.SignedBytes is { } bytes ? SignedContent.Of(bytes)
            : artifact.MessageDigest is { } digest ? SignedContent.OfDigests(digest)
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"{name} does not say what was signed; give the artifact with -Path, and its -Signature.");
        return Verified(
            name, kind, content, artifact.Signature, key, certificate, artifact.Envelope, artifact.EnvelopeContent, null);
    }

    private static RekorDraft Verified(
        string name, string kind, SignedContent content, ReadOnlyMemory<byte> signature, PublicKey key,
        byte[]? certificate, Envelope? envelope, byte[]? text, byte[]? whole)
    {
        SigningAlgorithm algorithm = key.Match(content, signature.Span) ?? throw new SigstoreException(
            SigstoreErrorCode.SignatureMismatch,
            key.Algorithm.Scheme == SignatureScheme.Ed25519 && content.Bytes is null
                ? $"{name}: the signature is not of this Ed25519 key over the digest. A signature over the file itself (pure "
                    + "Ed25519) is logged with -Path and -RekorEntryType rekord."
                : $"{name}: the signature is not of this key over this content. Nothing was logged.");
        return new RekorDraft(name, kind, new LogProposal
        {
            Kind = kind,
            Digest = content.DigestOf(algorithm.Hash)!,
            Signature = signature,
            Key = key,
            Certificate = certificate,
            Algorithm = algorithm,
            Envelope = envelope,
            EnvelopeText = text,
            Content = whole,
        }, null);
    }

    private static (PublicKey Key, byte[]? Certificate) SignerOf(RekorUpload upload, byte[]? own)
    {
        byte[]? certificate = own;
        if (upload.Certificate is { } given)
        {
            certificate = CosignParts.Signer(given).Certificate
                ?? throw new SigstoreException(SigstoreErrorCode.MalformedCertificate, "-Certificate holds a key; give it as -Key.");
        }

        if (certificate is null)
        {
            return (upload.Key ?? throw Contradiction("Who signed? Give -Key or -Certificate."), null);
        }

        PublicKey key = SigningCertificate.Parse(certificate).Key;
        return upload.Key is null || upload.Key.Equals(key)
            ? (key, certificate)
            : throw Contradiction("-Key is not the key of the certificate.");
    }

    /// <summary>Of Rekor v1 any kind, for the server to judge; of Rekor v2 its one kind, which is judged here too.</summary>
    private static RekorDraft OfEntry(RekorUpload upload, byte[] text)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(text);
            JsonElement root = document.RootElement;
            if (root.TryGetProperty(RekorV2Request.Member, out JsonElement request))
            {
                StrictJson.OnlyMembers(root, RekorV2Request.Member);
                return OfRequest(upload.Name, request);
            }

            StrictJson.OnlyMembers(root, "apiVersion", "kind", "spec");
            _ = StrictJson.OptionalObject(root, "spec") ?? throw new FormatException("'spec' is missing");
            string kind = StrictJson.String(root, "kind");
            return StrictJson.String(root, "apiVersion").Length == 0 || kind.Length == 0
                ? throw new FormatException("'kind' or 'apiVersion' is empty")
                : new RekorDraft(upload.Name, PlainText.Clean(kind, limit: 40), null, text);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"{upload.Name} is no proposed entry, neither {{kind, apiVersion, spec}} nor {{{RekorV2Request.Member}}}: {e.Message}", e);
        }
    }

    private static RekorDraft OfRequest(string name, JsonElement request)
    {
        ProtoMessage message = new(request, "digest", "signature");
        ProtoMessage signature = message.Message("signature", "content", "verifier") ?? throw new FormatException("'signature' is missing");
        ProtoMessage verifier = signature.Message("verifier", "keyDetails", "publicKey", "x509Certificate")
            ?? throw new FormatException("'verifier' is missing");
        byte[]? certificate = verifier.Message("x509Certificate", "rawBytes")?.Bytes("rawBytes", Limits.Certificate);
        byte[]? spki = verifier.Message("publicKey", "rawBytes")?.Bytes("rawBytes", Limits.KeyFile);
        if (certificate is null == spki is null)
        {
            throw new FormatException("exactly one of 'publicKey' and 'x509Certificate' must be there");
        }

        string details = verifier.Text("keyDetails");
        SigningAlgorithm algorithm = SigningAlgorithm.All.FirstOrDefault(a => a.KeyDetails == details)
            ?? throw new FormatException("'keyDetails' is unknown");
        PublicKey key = certificate is null ? PublicKey.FromSpki(spki) : SigningCertificate.Parse(certificate).Key;
        if (!key.Candidates.Contains(algorithm))
        {
            throw new FormatException("'keyDetails' is not of the key");
        }

        Digest digest = Digest.FromHash(algorithm.Hash, message.Bytes("digest", limit: 64));
        byte[] content = signature.Bytes("content", Limits.Payload);
        if (!key.VerifyHash(digest.ToBytes(), content, algorithm))
        {
            throw new SigstoreException(
                SigstoreErrorCode.SignatureMismatch, $"{name}: the signature is not of this key over this digest. Nothing was logged.");
        }

        return new RekorDraft(name, HashedRekordBody.KindName, new LogProposal
        {
            Kind = HashedRekordBody.KindName, Digest = digest, Signature = content, Key = key, Certificate = certificate,
            Algorithm = algorithm,
        }, null);
    }

    private static SigstoreException Contradiction(string what) => new(SigstoreErrorCode.ContradictoryPolicy, what);
}
