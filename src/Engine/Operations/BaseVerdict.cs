using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.InToto;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>What was found out about the bases of one image, and what follows from it.</summary>
internal sealed class BaseVerdict(ImageTarget target, Manifest manifest)
{
    private readonly List<VerifiedBase> _bases = [];
    private readonly List<VerificationCheck> _checks = [];
    private readonly List<SignatureCandidate> _candidates = [];
    private readonly List<SigstoreException> _failures = [];

    public ImageTarget Target => target;

    public Manifest Manifest => manifest;

    /// <summary>Whether a base image was found that the image begins with, whoever signed it.</summary>
    public bool BeginsWithOne { get; set; }

    /// <summary>The digest that the image names for its base; its own word.</summary>
    public Digest? HintedDigest =>
        Digest.TryParse(manifest.Annotations.GetValueOrDefault(MediaTypes.BaseDigestAnnotation), out Digest? digest)
            ? digest
            : null;

    /// <summary>The base that the image names; null when it names none, or a directory of this machine.</summary>
    public ImageReference? Hint()
    {
        try
        {
            return manifest.Annotations.GetValueOrDefault(MediaTypes.BaseNameAnnotation) is { Length: > 0 } name
                && ImageReference.Parse(name) is { IsLayout: false } reference
                ? HintedDigest is { } digest ? reference.WithDigest(digest) : reference
                : null;
        }
        catch (SigstoreException)
        {
            return null;   // not even a reference: nothing to follow
        }
    }

    public void Accept(
        string form, string? image, BaseLayers layers, IReadOnlyList<AttestationVerification> passed)
    {
        _candidates.AddRange(passed[0].Candidates);
        foreach (AttestationVerification one in passed)
        {
            _checks.AddRange(one.Checks);
            VerifiedBase found = new()
            {
                Form = form,
                BaseImage = image,
                LayerCount = layers.Digests.Count,
                LayersDigest = layers.Digest.ToString(),
                Signer = one.Signer,
                Issuer = one.Issuer,
                KeyId = one.KeyId,
                LogIndex = one.LogIndex,
                Timestamps = one.Timestamps,
                Certificate = one.Certificate,
            };
            if (!_bases.Any(b => (b.Form, b.BaseImage, b.LayerCount, b.KeyId, b.Signer)
                == (found.Form, found.BaseImage, found.LayerCount, found.KeyId, found.Signer)))
            {
                _bases.Add(found);
            }
        }
    }

    public void Refuse(SigstoreException failure, string place, string? message = null)
    {
        if (failure.Result is AttestationVerification { Candidates: { Length: > 0 } candidates })
        {
            _candidates.AddRange(candidates);
        }
        else
        {
            _candidates.Add(Candidates.Refused(SignatureStorage.None, place, SignatureFormat.Bundle, failure));
        }

        _failures.Add(message is null
            ? failure
            : new SigstoreException(SigstoreErrorCode.BaseImageMismatch, message, failure));
    }

    /// <exception cref="SigstoreException">No base was verified.</exception>
    public BaseImageVerification Conclude(BaseSearch search)
    {
        if (_bases.Count > 0)
        {
            return Result(nameof(BaseImageVerification.Verified), null);
        }

        SigstoreException failure = WhyNot(search);
        throw new SigstoreException(failure.Code, failure.Message, failure)
        {
            Result = Result(failure.Code.ToString(), failure.Message),
        };
    }

    private BaseImageVerification Result(string status, string? reason) => new()
    {
        Image = target.Text,
        Registry = target.Store.Registry,
        Repository = target.Store.Repository,
        Tag = target.Reference.Tag,
        Digest = target.Digest.ToString(),
        Platform = target.Platform,
        Status = status,
        Verified = reason is null,
        LayerCount = manifest.Layers.Count,
        Bases = [.. _bases.OrderBy(static b => b.LayerCount)],
        Checks = [.. _checks.Distinct()],
        Candidates = [.. _candidates],
        Reason = reason,
    };

    /// <summary>What kept from looking comes before what was seen: it is no verdict.</summary>
    private SigstoreException WhyNot(BaseSearch search)
    {
        if (_failures.FirstOrDefault(static f => ImageVerifier.IsTransport(f.Code)
            || f.Code == SigstoreErrorCode.ImageNotFound) is { } blind)
        {
            return blind;
        }

        bool named = search.Images.Count > 0 || (search.FollowAnnotation && Hint() is not null);
        if (named && !BeginsWithOne)
        {
            return new SigstoreException(
                SigstoreErrorCode.BaseImageMismatch,
                $"{target.Pinned} does not begin with the layers of "
                + (search.Images.Count == 0 ? "the base it names"
                    : string.Join(", ", search.Images.Select(static i => i.Text)))
                + ". If the base's tag has moved on since, name the base by digest; layers that were compressed anew have "
                + "other digests.");
        }

        if (_failures.Count == 0)
        {
            return new SigstoreException(
                SigstoreErrorCode.NoSignatureFound,
                $"No layer of {target.Pinned} carries {MediaTypes.BaseImageAnnotation}, and no base was named: give "
                + "-BaseImage.");
        }

        List<SigstoreErrorCode> codes = [.. _failures.Select(static f => f.Code).Distinct()];
        return codes.Count == 1
            ? _failures[0]
            : new SigstoreException(
                SigstoreErrorCode.NoMatchingSignature,
                $"{target.Pinned} has {_failures.Count} possible bases and none is authorised: {string.Join(", ", codes)}.",
                new AggregateException(_failures));
    }
}
