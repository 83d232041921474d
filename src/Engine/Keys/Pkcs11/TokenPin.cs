using System.Security.Cryptography;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>
/// The PIN of a token for as long as a key of it is open, and what became of it: once refused it is not tried again,
/// whoever asks and by whichever key or command, because a token locks itself after a few wrong ones.
/// </summary>
internal sealed class TokenPin : IDisposable
{
    private readonly Lock _gate = new();
    private readonly byte[]? _pin;
    private readonly bool _unattended;
    private SigstoreException? _refusal;
    private bool _disposed;

    /// <param name="pin">Copied; null: it is typed at the token.</param>
    /// <param name="unattended">From the environment or a reference: not for a token's last try.</param>
    public TokenPin(ReadOnlySpan<byte> pin, bool unattended = false)
    {
        _unattended = unattended;
        _pin = GC.AllocateUninitializedArray<byte>(pin.Length, pinned: true);
        pin.CopyTo(_pin);
    }

    private TokenPin()
    {
    }

    /// <summary>For a token with keys of its own to type it.</summary>
    public static TokenPin AtToken() => new();

    /// <summary>Logs in unless the process is logged in to the token already.</summary>
    /// <exception cref="SigstoreException">WrongPin, PinLocked.</exception>
    public void Login(Pkcs11Module module, Pkcs11Session session)
    {
        lock (module.LoginGate)
        {
            if (!session.IsLoggedIn)
            {
                Use(module, session, Ck.User);
            }
        }
    }

    /// <summary>Allows the one signature that has begun (CKA_ALWAYS_AUTHENTICATE).</summary>
    /// <exception cref="SigstoreException">WrongPin, PinLocked.</exception>
    public void Allow(Pkcs11Module module, Pkcs11Session session)
    {
        lock (module.LoginGate)
        {
            Use(module, session, Ck.ContextSpecific);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(_pin);
        }
    }

    private void Use(Pkcs11Module module, Pkcs11Session session, ulong user)
    {
        byte[]? pin;
        lock (_gate)
        {
            // A PIN that was zeroed meanwhile would be a wrong one.
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_refusal is not null)
            {
                throw new SigstoreException(_refusal.Code, _refusal.Message, _refusal);
            }

            pin = _pin is null ? null : [.. _pin];
        }

        string token = string.Empty;
        try
        {
            if (pin is not null)
            {
                // As it is now, under the gate: another login may have used up a try since the token was found.
                TokenSlot now = module.Slot(session.SlotId);
                token = now.Identity;
                RequireTry(module, now, pin);
            }

            session.Login(user, pin);
            module.RefusedPins.Clear(token);
        }
        catch (CryptokiException e) when (e.Code is >= Ckr.PinIncorrect and <= Ckr.PinLocked)
        {
            if (pin is not null && e.Code is (Ckr.PinIncorrect or Ckr.PinInvalid or Ckr.PinLenRange))
            {
                module.RefusedPins.Add(token, pin);
            }

            SigstoreException refusal = e.ToSigstore(Tries(module, session));
            lock (_gate)
            {
                _refusal = refusal;
            }

            throw refusal;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pin);
        }
    }

    private void RequireTry(Pkcs11Module module, TokenSlot token, byte[] pin)
    {
        if (token.PinLocked)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PinLocked, "The PIN of the token is locked. The token's own program unlocks it.");
        }

        if (module.RefusedPins.Has(token.Identity, pin))
        {
            throw new SigstoreException(
                SigstoreErrorCode.WrongPin,
                $"The token did not take this PIN before. It is not tried again in this session.{token.Tries}");
        }

        if (_unattended && token.IsLastTry)
        {
            throw new SigstoreException(
                SigstoreErrorCode.WrongPin,
                "The token says that one try is left before it locks itself. A PIN from the environment or from a "
                + "reference is not used for that one: give -Pin, or type it.");
        }
    }

    private static string Tries(Pkcs11Module module, Pkcs11Session session)
    {
        try
        {
            return module.Slot(session.SlotId).Tries;
        }
        catch (CryptokiException)
        {
            return string.Empty;
        }
    }
}
