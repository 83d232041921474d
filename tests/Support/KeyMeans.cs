using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Signing;

namespace SigstorePS.Support;

/// <summary>Signing with a key and nobody to witness it.</summary>
internal static class KeyMeans
{
    public static SigningMeans Of(SignatureFormats formats, string reference, ISigner signer) =>
        new() { Credentials = [new KeyCredentials(reference, signer)], Formats = formats };

    /// <summary>For a request whose key is filled in later.</summary>
    public static SigningMeans Of(SignatureFormats formats) => new() { Credentials = [], Formats = formats };
}
