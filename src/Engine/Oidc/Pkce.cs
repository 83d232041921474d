using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SigstorePS.Oidc;

/// <summary>
/// Proof key for code exchange, method S256 (RFC 7636): who redeems a code shows that it is he who asked for it.
/// </summary>
internal sealed class Pkce
{
    public const string Method = "S256";

    // "unreserved" of RFC 3986, as RFC 7636 section 4.1 wants it; 64 of them, so that each character is six bits.
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private Pkce(string verifier) => Verifier = verifier;

    /// <summary>A secret until it is redeemed: 128 characters, the longest allowed.</summary>
    public string Verifier { get; }

    /// <summary>BASE64URL(SHA256(ASCII(verifier))).</summary>
    public string Challenge => Of(Verifier);

    public static Pkce Create() => new(RandomText());

    /// <summary>For a verifier that is known, such as the one of RFC 7636 appendix B.</summary>
    public static string Of(string verifier) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    /// <summary>128 characters nobody guesses: state, nonce and verifier.</summary>
    public static string RandomText() => RandomNumberGenerator.GetString(Alphabet, 128);
}
