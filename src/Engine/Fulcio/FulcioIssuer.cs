using System.Text;
using System.Text.RegularExpressions;

namespace SigstorePS.Fulcio;

/// <summary>An issuer whose tokens a certificate authority takes (fulcio.proto, OIDCIssuer).</summary>
/// <param name="Url">The issuer; with <paramref name="Wildcard"/> an asterisk stands for a part of it.</param>
/// <param name="Wildcard">Whether asterisks in it mean something.</param>
/// <param name="Audience">Whom its tokens must be for; empty: not said.</param>
/// <param name="ChallengeClaim">What a proof of possession is signed over: <c>email</c> or <c>sub</c>.</param>
/// <param name="Type">Such as <c>email</c> or <c>ci-provider</c>; empty: not said.</param>
internal sealed record FulcioIssuer(string Url, bool Wildcard, string Audience, string ChallengeClaim, string Type)
{
    /// <summary>Whether a token of this issuer is meant; an asterisk is any run of letters, digits, - and _.</summary>
    public bool Matches(string issuer)
    {
        if (!Wildcard)
        {
            return string.Equals(Url, issuer, StringComparison.Ordinal);
        }

        StringBuilder pattern = new(@"\A");
        pattern.AppendJoin("[-_a-zA-Z0-9]+", Url.Split('*').Select(Regex.Escape)).Append(@"\z");
        return Regex.IsMatch(
            issuer, pattern.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }
}
