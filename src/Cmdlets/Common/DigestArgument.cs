using SigstorePS.Crypto;

namespace SigstorePS.Commands;

/// <summary>A digest as -Digest takes it.</summary>
internal static class DigestArgument
{
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static Digest Read(string text) => Digest.TryParse(text, out Digest? digest)
        ? digest
        : throw new SigstoreException(
            SigstoreErrorCode.InvalidValue, $"'{text}' is no digest; give it as sha256:hex.");
}
