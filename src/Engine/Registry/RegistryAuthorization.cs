using System.Collections.Concurrent;
using System.Net.Http.Headers;

namespace SigstorePS.Registry;

/// <summary>A header value for one scope of one registry.</summary>
internal sealed record Authorization(AuthenticationHeaderValue? Header, DateTimeOffset Until);

/// <summary>
/// What to put into <c>Authorization</c> for each scope of one registry: nothing until it challenged, then Basic or a
/// token, fetched once per scope whoever asks.
/// </summary>
internal sealed class RegistryAuthorization
{
    // Ten thousand repositories have ten thousand tokens of some kilobytes; memory is to stay flat.
    private const int KeptScopes = 1000;
    private const int LongestScope = 1000;

    private readonly RegistryAccess _access;
    private readonly string _registry;
    private readonly CredentialStore _credentials;
    private readonly TokenClient _tokens;
    private readonly TimeProvider _clock;
    private readonly Action<EngineReport>? _report;
    private readonly ConcurrentDictionary<string, Coalesced<Authorization>> _scopes = new();
    private readonly ConcurrentDictionary<string, string> _widened = new();
    private volatile BearerChallenge? _challenge;
    private int _foreignRealmReported;

    public RegistryAuthorization(
        string registry, RegistryAccess access, CredentialStore credentials, TokenClient tokens, TimeProvider clock,
        Action<EngineReport>? report)
    {
        _registry = registry;
        _access = access;
        _credentials = credentials;
        _tokens = tokens;
        _clock = clock;
        _report = report;
    }

    /// <summary>Takes note of what the registry asks for; false when it asks for nothing we can do.</summary>
    public bool Challenge(IReadOnlyList<BearerChallenge> challenges)
    {
        BearerChallenge? usable = challenges.FirstOrDefault(static c => c.IsBearer && c["realm"] is not null)
            ?? challenges.FirstOrDefault(static c => c.IsBasic);
        if (usable is not null)
        {
            _challenge = usable;
        }

        return usable is not null;
    }

    /// <summary>The header for a scope.</summary>
    /// <param name="endpoint">The registry's base address, its scheme known by now.</param>
    /// <param name="scope">Such as <c>repository:app:pull</c>; tokens are kept by it.</param>
    /// <param name="repository">Whose credentials to look for.</param>
    /// <param name="cancel">Ends it.</param>
    public ValueTask<Authorization> GetAsync(Uri endpoint, string scope, string repository, CancellationToken cancel)
    {
        if (_challenge is null && _access.Token is null)
        {
            return new ValueTask<Authorization>(None);
        }

        scope = _widened.GetValueOrDefault(scope, scope);
        if (!_scopes.TryGetValue(scope, out Coalesced<Authorization>? slot))
        {
            if (_scopes.Count > KeptScopes)
            {
                _scopes.Clear();
                _widened.Clear();
            }

            slot = _scopes.GetOrAdd(
                scope, static (_, clock) => new Coalesced<Authorization>(a => a.Until > clock.GetUtcNow()), _clock);
        }

        return slot.Known is { } known
            ? new ValueTask<Authorization>(known)
            : slot.GetAsync(() => FetchAsync(endpoint, scope, repository), cancel);
    }

    /// <summary>
    /// Takes note that a 401 answered this header: a scope that its challenge named and we did not ask for is asked
    /// for from now on (deleting has one), otherwise the token is no longer good and is forgotten.
    /// </summary>
    public void Refused(string scope, Authorization used)
    {
        string asked = _widened.GetValueOrDefault(scope, scope);
        string wanted = _challenge?["scope"] ?? string.Empty;
        string[] missing = wanted.Length > LongestScope ? []
            : [.. wanted.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(w => !Covers(asked, w))];
        if (missing.Length > 0 && asked == scope)
        {
            _widened[scope] = $"{scope} {string.Join(' ', missing)}";
        }
        else if (_scopes.TryGetValue(asked, out Coalesced<Authorization>? slot))
        {
            slot.Drop(used);
        }
    }

    private static Authorization None { get; } = new(null, DateTimeOffset.MaxValue);

    /// <summary>Whether <c>repository:app:push,pull</c> has all of <c>repository:app:pull</c>, in any order.</summary>
    private static bool Covers(string scopes, string wanted)
    {
        int colon = wanted.LastIndexOf(':');
        string resource = wanted[..(colon + 1)];
        string[] actions = wanted[(colon + 1)..].Split(',');
        return scopes.Split(' ').Any(s => s.StartsWith(resource, StringComparison.Ordinal)
            && actions.All(s[resource.Length..].Split(',').Contains));
    }

    private async Task<Authorization> FetchAsync(Uri endpoint, string scope, string repository)
    {
        if (_access.Token is { } given)
        {
            return new Authorization(Bearer(given), DateTimeOffset.MaxValue);
        }

        RegistryCredential? credential = _access.Credential is { } c
            ? new RegistryCredential { UserName = c.UserName, Password = c.Password }
            : await _credentials.FindAsync(_registry, repository, CancellationToken.None).ConfigureAwait(false);
        DateTimeOffset until = _clock.GetUtcNow() + Limits.CredentialAge;
        if (credential?.RegistryToken is { } token)
        {
            return new Authorization(Bearer(token), until);
        }

        BearerChallenge challenge = _challenge!;
        if (challenge.IsBasic)
        {
            return new Authorization(credential?.Basic, until);
        }

        Uri realm = RealmPolicy.Check(challenge["realm"], endpoint);
        if (credential is not null && !RealmPolicy.IsOwn(realm, endpoint)
            && Interlocked.Exchange(ref _foreignRealmReported, 1) == 0)
        {
            _report?.Invoke(EngineReport.Warning(
                $"Credentials for {endpoint.Authority} are sent to its token server {realm.Authority}."));
        }

        AccessToken access = await _tokens
            .GetAsync(challenge, realm, scope, credential, CancellationToken.None).ConfigureAwait(false);
        return new Authorization(Bearer(access.Value), access.Until);
    }

    private AuthenticationHeaderValue Bearer(string token) => token.AsSpan().ContainsAnyExceptInRange('!', '~')
        ? throw new SigstoreException(
            SigstoreErrorCode.InvalidValue,
            $"The token for {_registry} has a blank, a line break or another character that no token has.")
        : new AuthenticationHeaderValue("Bearer", token);
}
