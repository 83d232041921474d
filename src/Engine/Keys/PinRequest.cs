namespace SigstorePS.Keys;

/// <summary>What is told to whoever knows PINs.</summary>
/// <param name="Reference">The key that is wanted, for people.</param>
/// <param name="Token">Tells tokens apart: a PIN belongs to one of them.</param>
/// <param name="Explicit">
/// Only a PIN that somebody gave for this: not a variable's, which would go to a card because a name is misspelt.
/// </param>
internal sealed record PinRequest(KeyReference Reference, string Token, bool Explicit);

/// <summary>A PIN.</summary>
/// <param name="Pin">UTF-8; a fresh copy that the caller zeroes.</param>
/// <param name="Unattended">Nobody typed it just now: such a one is not risked on a token's last try.</param>
internal sealed record PinAnswer(byte[] Pin, bool Unattended)
{
    /// <summary>Without the PIN.</summary>
    public override string ToString() => nameof(PinAnswer);
}
