using SigstorePS.Crypto;

namespace SigstorePS.Signing;

/// <summary>What is signed.</summary>
internal abstract record SigningSubject
{
    private SigningSubject()
    {
    }

    /// <summary>Bytes, or a file of which the digests are known.</summary>
    /// <param name="Content">Holds the hash that the signing algorithm needs, or the bytes.</param>
    /// <param name="Payload">
    /// The bytes when they travel with the signature, as the simple-signing payload does; null: they are elsewhere.
    /// </param>
    public sealed record Message(SignedContent Content, byte[]? Payload = null) : SigningSubject;

    /// <summary>A statement, in a DSSE envelope.</summary>
    /// <param name="PayloadType">Media type of the payload.</param>
    /// <param name="Payload">The bytes.</param>
    public sealed record Statement(string PayloadType, byte[] Payload) : SigningSubject;
}
