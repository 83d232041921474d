using System.Security;
using SigstorePS.Keys;

namespace SigstorePS.Commands;

/// <summary>
/// PINs of tokens for one command: -Pin, else the variable, else a prompt. What was given beforehand is for the first
/// token that wants it: at every other one it would be a wrong try, and disclosed. Pipeline thread only.
/// </summary>
internal sealed class TokenPins(SigstoreCmdlet cmdlet, SecureString? given)
{
    private readonly PasswordSource _given = new(cmdlet, given, SecretKind.Pin);
    private readonly PasswordSource _prompt = new(cmdlet, given: null, SecretKind.Pin with { Variable = null });
    private string? _first;

    /// <summary>Whether a token has got the PIN that was given.</summary>
    public bool IsSpent => _first is not null;

    /// <summary>Whether there is one without a prompt.</summary>
    public bool IsGiven => given is not null || FromVariable;

    private static bool FromVariable => Environment.GetEnvironmentVariable(SecretKind.Pin.Variable!) is not null;

    /// <summary>Access that asks here.</summary>
    public KeyAccess For(KeyAccess access) => access with
    {
        PinOf = (request, cancel) => cmdlet.AskAsync<PinAnswer?>(() => Answer(request), cancel),
    };

    private PinAnswer Answer(PinRequest request)
    {
        string key = request.Reference.ToString();
        if (!IsGiven)
        {
            return new PinAnswer(_given.Existing(key), Unattended: false);
        }

        if (request.Explicit && given is null)
        {
            return Typed(
                key, "The token does not show this key to everybody, and COSIGN_PKCS11_PIN is not used to look for it");
        }

        if (_first is not null && _first != request.Token)
        {
            return Typed(key, "The PIN that was given is of another token");
        }

        _first = request.Token;
        return new PinAnswer(_given.Existing(key), Unattended: given is null);
    }

    private PinAnswer Typed(string key, string why)
    {
        try
        {
            return new PinAnswer(_prompt.Existing(key), Unattended: false);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.PinRequired)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PinRequired,
                $"{why}. Nobody can be asked in this session: put pin-source=FILE into the reference, or give -Pin for "
                + "this token alone.",
                e);
        }
    }
}
