using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Oidc;

namespace SigstorePS.Signing;

/// <summary>What a token says beyond what <see cref="IdentityToken"/> has.</summary>
internal static class TokenClaims
{
    /// <summary>
    /// Whether some claim, at any depth, is this text. An authority may be told to take the issuer from a claim other
    /// than <c>iss</c>: that of the public good instance takes dex's <c>federated_claims.connector_id</c>.
    /// </summary>
    public static bool Contain(IdentityToken token, string text)
    {
        if (string.Equals(token.Issuer, text, StringComparison.Ordinal))
        {
            return true;
        }

        try
        {
            string[] parts = token.Raw.Split('.');
            if (parts.Length != 3)
            {
                return false;
            }

            using JsonDocument payload = StrictJson.Parse(Base64Text.Decode(parts[1]));
            return Contains(payload.RootElement, text);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool Contains(JsonElement element, string text) => element.ValueKind switch
    {
        JsonValueKind.String => element.ValueEquals(text),
        JsonValueKind.Object => element.EnumerateObject().Any(member => Contains(member.Value, text)),
        JsonValueKind.Array => element.EnumerateArray().Any(item => Contains(item, text)),
        _ => false,
    };
}
