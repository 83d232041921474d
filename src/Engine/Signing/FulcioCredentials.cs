using SigstorePS.Certificates;
using SigstorePS.Crypto;
using SigstorePS.Fulcio;
using SigstorePS.Keys;
using SigstorePS.Oidc;
using SigstorePS.Trust;

namespace SigstorePS.Signing;

/// <summary>
/// Keys that live as long as the certificates a Fulcio issues for them. One certificate serves all signatures until it
/// is about to expire; then, and not before, a token is asked for again. Keys that were handed out stay usable until
/// all is disposed: a hundred signatures may be under way when one is replaced.
/// </summary>
internal sealed class FulcioCredentials : ISigningCredentials
{
    private readonly Lock _gate = new();
    private readonly FulcioClient _client;
    private readonly TimeProvider _clock;
    private readonly List<ISigner> _keys = [];
    private CertificateOrder _order;
    private Func<CancellationToken, Task<IdentityToken>> _token;
    private Issued? _current;
    private Issuing? _issuing;
    private bool _disposed;

    /// <param name="client">Whom to ask for certificates.</param>
    /// <param name="order">Which certificates.</param>
    /// <param name="token">
    /// Gives a token that is valid now; called once for each certificate. It is not kept here.
    /// </param>
    /// <param name="clock">Tells when a certificate is about to expire.</param>
    public FulcioCredentials(
        FulcioClient client, CertificateOrder order, Func<CancellationToken, Task<IdentityToken>> token,
        TimeProvider clock)
    {
        _client = client;
        _order = order;
        _token = token;
        _clock = clock;
    }

    public string Name => Volatile.Read(ref _current)?.Credential.Reference
        ?? $"the identity that {_client.Server.Authority} certifies";

    public SigningAlgorithm Algorithm => _order.Signer?.Algorithm ?? _order.Algorithm;

    /// <summary>Whether these certificates would serve for such an order, whatever it says about trust.</summary>
    public bool Matches(Uri server, CertificateOrder order) =>
        server.Equals(_client.Server) && order with { Root = _order.Root, SkipSct = _order.SkipSct } == _order;

    /// <summary>
    /// Takes them over from one command into another of the same identity: tokens are asked for by the new one, and a
    /// certificate that its trust root does not vouch for is replaced.
    /// </summary>
    public void Use(Func<CancellationToken, Task<IdentityToken>> token, TrustedRoot? root, bool skipSct)
    {
        lock (_gate)
        {
            _token = token;
            bool known = ReferenceEquals(root, _order.Root) && skipSct == _order.SkipSct;
            _order = _order with { Root = root, SkipSct = skipSct };
            if (!known && root is not null && _current is { } current)
            {
                try
                {
                    RequireTrust(current.Leaf, current.Credential, root, skipSct);
                }
                catch (SigstoreException)
                {
                    _current = null;
                }
            }
        }
    }

    public Task<SigningCredential> GetAsync(CancellationToken cancel)
    {
        Issuing issuing;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_order.Reuse)
            {
                return AloneAsync(_order, _token, cancel);
            }

            if (_current is { } current && current.Leaf.NotAfter >= _clock.GetUtcNow() + Limits.CertificateReserve)
            {
                return Task.FromResult(current.Credential);
            }

            // A failure is for those who waited for it, not for who comes now.
            if (_issuing?.Work is { IsCompleted: true, IsCompletedSuccessfully: false })
            {
                _issuing = null;
            }

            issuing = _issuing ??= Start(_order, _token);
            issuing.Waiters++;
        }

        return WaitAsync(issuing, cancel);
    }

    /// <summary>Zeroes the keys made here. Whoever still signs with one fails.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _current = null;
            _issuing?.Stop.Cancel();
            _keys.ForEach(static key => key.Dispose());
            _keys.Clear();
        }
    }

    private async Task<SigningCredential> AloneAsync(
        CertificateOrder order, Func<CancellationToken, Task<IdentityToken>> token, CancellationToken cancel) =>
        (await IssueAsync(order, token, cancel).ConfigureAwait(false)).Credential;

    /// <summary>On the pool: the lock is held here, and the token may be there at once.</summary>
    private Issuing Start(CertificateOrder order, Func<CancellationToken, Task<IdentityToken>> token)
    {
        CancellationTokenSource stop = new();
        return new Issuing(Task.Run(() => IssueAsync(order, token, stop.Token), CancellationToken.None), stop);
    }

    /// <summary>
    /// Waits with the others. Whoever gives up does not take the certificate from them; when the last one has given up,
    /// nobody is asked to log in any longer.
    /// </summary>
    private async Task<SigningCredential> WaitAsync(Issuing issuing, CancellationToken cancel)
    {
        try
        {
            Issued issued = await issuing.Work.WaitAsync(cancel).ConfigureAwait(false);
            lock (_gate)
            {
                if (ReferenceEquals(_issuing, issuing))
                {
                    _current = issued;
                }
            }

            return issued.Credential;
        }
        finally
        {
            lock (_gate)
            {
                issuing.Waiters--;
                if (ReferenceEquals(_issuing, issuing) && (issuing.Work.IsCompleted || issuing.Waiters == 0))
                {
                    _issuing = null;
                }

                if (issuing.Waiters == 0)
                {
                    issuing.Stop.Cancel();
                }
            }
        }
    }

    private async Task<Issued> IssueAsync(
        CertificateOrder order, Func<CancellationToken, Task<IdentityToken>> source, CancellationToken cancel)
    {
        IdentityToken token = await source(cancel).ConfigureAwait(false);
        using EphemeralKey? made = order.Signer is null ? EphemeralKey.Generate(order.Algorithm) : null;
        FulcioRequest request = await PossessionProof.MakeAsync(
            token, made?.Prover ?? order.Signer!, order.AsSigningRequest, cancel).ConfigureAwait(false);
        IssuedCertificate issued = await _client.RequestAsync(request, cancel).ConfigureAwait(false);
        SigningCertificate leaf = IssuedCheck.Read(issued, token, request.Key);
        IssuedCheck.RequireTime(leaf, _clock.GetUtcNow(), Limits.CertificateReserve);
        SigningCredential credential = new(leaf.Names[0].Value, made?.Signer ?? order.Signer!)
        {
            Certificate = leaf.Der.ToArray(),
            Chain = [.. issued.Chain.Skip(1)],
            DetachedSct = issued.DetachedSct,
            Expires = leaf.NotAfter,
        };
        if (order.Root is { } root)
        {
            RequireTrust(leaf, credential, root, order.SkipSct);
        }

        if (made is not null)
        {
            Keep(made);
        }

        return new Issued(leaf, credential);
    }

    private void RequireTrust(SigningCertificate leaf, SigningCredential credential, TrustedRoot root, bool skipSct) =>
        IssuedCheck.RequireTrust(leaf, credential.Chain, credential.DetachedSct, root, skipSct, _clock.GetUtcNow());

    private void Keep(EphemeralKey made)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _keys.Add(made.Release());
        }
    }

    private sealed record Issued(SigningCertificate Leaf, SigningCredential Credential);

    /// <summary>A request under way, and how many wait for it.</summary>
    private sealed class Issuing(Task<Issued> work, CancellationTokenSource stop)
    {
        public Task<Issued> Work => work;

        public CancellationTokenSource Stop => stop;

        public int Waiters { get; set; }
    }
}
