using SigstorePS.Crypto;
using SigstorePS.Oci;

namespace SigstorePS.Documents;

/// <summary>
/// The digests that were verified, by the reference they were verified for. Pinning resolves nothing again, so that no
/// tag can move between the verdict and the digest that is written.
/// </summary>
internal sealed class VerifiedDigests
{
    private readonly Dictionary<string, Digest?> _digests = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ofOnePlatform = new(StringComparer.Ordinal);

    /// <summary>Takes the verdict on one reference.</summary>
    /// <param name="image">The reference as it was verified.</param>
    /// <param name="digest">What it was verified to be.</param>
    /// <param name="isChild">An image of an index, verified along with it or alone: not what the reference names.</param>
    /// <exception cref="SigstoreException">InvalidValue: no digest.</exception>
    public void Add(string image, string digest, bool isChild)
    {
        if (!Digest.TryParse(digest, out Digest? read))
        {
            throw new SigstoreException(SigstoreErrorCode.InvalidValue, $"'{digest}' of '{image}' is no digest.");
        }

        string key = Key(image);
        if (isChild)
        {
            // Pinned to it, the reference would name an image of one platform on all of them.
            _ofOnePlatform.Add(key);
            return;
        }

        // Two verdicts that differ: the tag moved between them, and nobody can tell which one is meant.
        _digests[key] = _digests.TryGetValue(key, out Digest? known) && known != read ? null : read;
    }

    /// <summary>Takes a verdict back: something about the reference was not verified.</summary>
    public void Refuse(string image) => _digests[Key(image)] = null;

    /// <summary>The digest of a reference, or why there is none.</summary>
    public (Digest? Digest, string? Why) Find(string reference) =>
        !_digests.TryGetValue(Key(reference), out Digest? digest)
            ? (null, _ofOnePlatform.Contains(Key(reference))
                ? "was verified for one platform only; test it without -Platform" : "was not verified")
        : digest is null ? (null, "was verified with more than one digest, or not wholly")
        : (digest, null);

    /// <summary>Two spellings of one name are one.</summary>
    private static string Key(string reference)
    {
        try
        {
            return ImageReference.Parse(reference).ToString();
        }
        catch (SigstoreException)
        {
            return reference;
        }
    }
}
