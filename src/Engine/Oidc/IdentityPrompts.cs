namespace SigstorePS.Oidc;

/// <summary>What a login may ask of whoever sits in front of it. A cmdlet fills it in: the engine has no screen.
/// </summary>
/// <param name="Tell">
/// Shows one line: an address to open, a code to enter. It may hold a device code, so it is shown and nowhere kept.
/// </param>
/// <param name="OpenBrowser">Opens an address; false when there is nothing to open it with.</param>
/// <param name="ReadCode">
/// Asks for the code that the issuer showed; null when nobody can type. An empty answer or null is a refusal.
/// </param>
internal sealed record IdentityPrompts(
    Action<string> Tell, Func<Uri, bool> OpenBrowser, Func<CancellationToken, Task<string?>>? ReadCode)
{
    /// <summary>A session of which nothing is known but that nobody is there, such as a CI job.</summary>
    public static readonly IdentityPrompts Nobody = new(static _ => { }, static _ => false, null);

    /// <summary>Whether somebody is there to answer; a login that needs an answer is not begun without.</summary>
    public bool Interactive { get; init; } = ReadCode is not null;
}
