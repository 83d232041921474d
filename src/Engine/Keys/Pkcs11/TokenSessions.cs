namespace SigstorePS.Keys.Pkcs11;

/// <summary>A session in which a key was found, and its handle there.</summary>
internal sealed record KeySession(Pkcs11Session Session, ulong Key);

/// <summary>
/// The sessions that one key is used in: one thread each, as many as the token allows up to
/// <see cref="Limits.Pkcs11Sessions"/>. Closing the last one ends the login.
/// </summary>
/// <param name="open">Opens one more: finds the token, logs in, finds the key. Blocks.</param>
/// <param name="limit">How many at once.</param>
internal sealed class TokenSessions(Func<KeySession> open, int limit) : IDisposable
{
    private readonly SemaphoreSlim _allowed = new(limit);
    private readonly Lock _gate = new();
    private readonly Stack<KeySession> _idle = [];
    private int _open;
    private bool _disposed;

    /// <summary>Does something in a session that nobody else has. A session in which it fails is closed.</summary>
    public async Task<T> UseAsync<T>(Func<KeySession, T> work, CancellationToken cancel)
    {
        while (true)
        {
            await _allowed.WaitAsync(cancel).ConfigureAwait(false);

            // Ctrl+C must not wait until somebody has touched the token: the call goes on by itself, and gives its
            // session back itself.
            Task<Outcome<T>> call = Task.Run(() => Use(work), CancellationToken.None);
            if (await call.WaitAsync(cancel).ConfigureAwait(false) is { Done: true } outcome)
            {
                return outcome.Value;
            }
        }
    }

    /// <summary>The first one, opened already: it keeps the login, and a token may allow no other.</summary>
    public void Add(KeySession session)
    {
        lock (_gate)
        {
            _open++;
            _idle.Push(session);
        }
    }

    /// <summary>Closes what nobody uses: the token they were opened with is gone.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            while (_idle.TryPop(out KeySession? session))
            {
                Close(session);
            }
        }
    }

    /// <summary>Closes all; those in use when their work is done.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        Forget();
    }

    private Outcome<T> Use<T>(Func<KeySession, T> work)
    {
        bool release = true;
        try
        {
            if (Take() is not { } session)
            {
                // The token allows fewer: those there are must do, and this place is not given back.
                release = false;
                return default;
            }

            try
            {
                T value = work(session);
                Return(session);
                return new Outcome<T>(true, value);
            }
            catch
            {
                lock (_gate)
                {
                    Close(session);
                }

                throw;
            }
        }
        finally
        {
            if (release)
            {
                _allowed.Release();
            }
        }
    }

    private KeySession? Take()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_idle.TryPop(out KeySession? idle))
            {
                return idle;
            }

            _open++;
        }

        try
        {
            return open();
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _open--;
                if (e is CryptokiException { Code: Ckr.SessionCount } && _open > 0)
                {
                    return null;
                }
            }

            throw;
        }
    }

    private void Return(KeySession session)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                Close(session);
            }
            else
            {
                _idle.Push(session);
            }
        }
    }

    private void Close(KeySession session)
    {
        _open--;
        session.Session.Dispose();
    }

    private readonly record struct Outcome<T>(bool Done, T Value);
}
