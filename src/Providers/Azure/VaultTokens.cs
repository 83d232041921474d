using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Microsoft.Identity.Client;
using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Azure;

/// <summary>
/// Tokens of Microsoft Entra by the DefaultAzureCredential of Azure.Identity, in its own order, without the browser. It
/// reads the variables of the process by itself; its requests go over our channel.
/// </summary>
internal sealed partial class VaultTokens(KeySurroundings surroundings)
{
    private const string Selection = "AZURE_TOKEN_CREDENTIALS";
    private const int ShownText = 700;

    // Each is sent to somebody, who may say it back in an error.
    private static readonly string[] Secrets =
    [
        "AZURE_CLIENT_SECRET", "AZURE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "IDENTITY_HEADER", "MSI_SECRET",
        "SYSTEM_ACCESSTOKEN",
    ];

    private static readonly TimeSpan Reserve = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _gate = new(1);

    // By the variables that choose somebody: another may be chosen in mid-session, or have another secret.
    private static readonly string[] Choosing =
    [
        Selection, "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT",
        "MSI_ENDPOINT", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_USERNAME", .. Secrets,
    ];

    private readonly Dictionary<(VaultCloud, string), (TokenCredential Credential, AccessToken Token)> _known = [];

    /// <summary>A token for the vaults of a cloud; one that was got before while it is good.</summary>
    /// <exception cref="SigstoreException">
    /// KeyServiceUnauthorized, KeyServiceUnavailable, KeyServiceThrottled, InvalidValue.
    /// </exception>
    public async Task<string> GetAsync(VaultCloud cloud, CancellationToken cancel)
    {
        VaultCloud asked = cloud.WithAuthority(surroundings.Variable("AZURE_AUTHORITY_HOST"));
        await _gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            (VaultCloud, string) key = (asked, Chosen());
            bool found = _known.TryGetValue(key, out (TokenCredential Credential, AccessToken Token) known);
            if (found && IsFresh(known.Token))
            {
                return known.Token.Token;
            }

            TokenCredential credential = found ? known.Credential : Credential(asked);
            AccessToken token = await credential.GetTokenAsync(new TokenRequestContext([asked.Scope]), cancel)
                .ConfigureAwait(false);
            _known[key] = (credential, token);
            return token.Token;
        }
        catch (Exception e) when (e is AuthenticationFailedException or RequestFailedException or MsalException
            or HttpRequestException or ArgumentException or InvalidOperationException or IOException
            or OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            throw Failure(e);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Hashed: secrets are among them.</summary>
    private string Chosen() => Convert.ToHexString(SHA256.HashData(CompactJson.Bytes(
        new JsonArray([.. Choosing.Select(name => JsonValue.Create(surroundings.Environment(name)))]))));

    /// <summary>
    /// App Service and others have the service of managed identities on a link-local address or the like, and name it.
    /// </summary>
    private bool IsNamed(Uri uri) => new[] { "IDENTITY_ENDPOINT", "MSI_ENDPOINT" }.Any(name =>
        Uri.TryCreate(surroundings.Variable(name), UriKind.Absolute, out Uri? named) && HostScope.SameOrigin(uri, named)
        && HostScope.IsPrivate(uri.IdnHost));

    private bool IsFresh(AccessToken token) =>
        surroundings.Clock.GetUtcNow() < (token.RefreshOn ?? token.ExpiresOn - Reserve);

    private DefaultAzureCredential Credential(VaultCloud cloud)
    {
        string? selection = surroundings.Variable(Selection);
        if (selection is not null && selection.StartsWith("Interactive", StringComparison.OrdinalIgnoreCase))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"{Selection} asks for a browser, and none is opened for a key. Use another value, or az login.");
        }

        HttpChannel channel = surroundings.Http(TlsSettings.Default);
        DefaultAzureCredentialOptions options = new()
        {
            AuthorityHost = cloud.Authority,
            ExcludeInteractiveBrowserCredential = true,
            Transport = new HttpClientTransport(
                new ChannelHandler(channel, surroundings.RequestTime, Limits.KeyServiceReply, IsNamed)),

            // Otherwise login.microsoftonline.com would be asked whether an authority on this machine is genuine.
            DisableInstanceDiscovery = HostScope.IsLoopback(cloud.Authority.IdnHost),
        };
        options.Retry.MaxRetries = 2;
        options.Retry.NetworkTimeout = surroundings.RequestTime;
        return new DefaultAzureCredential(options);
    }

    /// <summary>Nothing of the library's crosses the border but its words.</summary>
    private SigstoreException Failure(Exception e)
    {
        if (RetryHandler.Find<SigstoreException>(e) is { } ours)
        {
            return new SigstoreException(ours.Code, ours.Message);
        }

        string words = Words(e);
        if (RetryHandler.Find<TimeoutException>(e) is not null
            || RetryHandler.Find<OperationCanceledException>(e) is not null)
        {
            return new SigstoreException(
                SigstoreErrorCode.Timeout, $"Azure's token service did not answer in time: {words}");
        }

        int? status = RetryHandler.Find<MsalServiceException>(e)?.StatusCode
            ?? RetryHandler.Find<RequestFailedException>(e)?.Status;
        if (status == (int)HttpStatusCode.TooManyRequests)
        {
            return new SigstoreException(
                SigstoreErrorCode.KeyServiceThrottled, $"Azure's tokens are asked for too often: {words}");
        }

        bool unreachable = RetryHandler.Find<HttpRequestException>(e) is not null || status is 0 or >= 500;
        return e is not CredentialUnavailableException && unreachable
            ? new SigstoreException(
                SigstoreErrorCode.KeyServiceUnavailable, $"Azure's token service failed: {words}")
            : new SigstoreException(
                SigstoreErrorCode.KeyServiceUnauthorized,
                e is CredentialUnavailableException
                    ? $"No Azure credentials: sign in with az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and one "
                        + $"of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE. {words}"
                    : $"Azure gave no token: {words}");
    }

    private string Words(Exception e)
    {
        // Entra's own words come last, behind a page of advice to developers, or in what the library wraps.
        string words = e.Message;
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            words = inner.Message.Contains("AADSTS", StringComparison.Ordinal) ? inner.Message : words;
        }

        int own = words.IndexOf("AADSTS", StringComparison.Ordinal);
        words = own < 0 ? words : words[own..];
        foreach (string secret in Secrets.Select(surroundings.Environment).Append(FederatedToken()).OfType<string>())
        {
            words = secret.Trim().Length > 0
                ? words.Replace(secret.Trim(), "...", StringComparison.OrdinalIgnoreCase) : words;
        }

        return PlainText.Clean(LongWord().Replace(words, "..."), ShownText);
    }

    /// <summary>Longer than any word: a token that is said back.</summary>
    [GeneratedRegex("[0-9A-Za-z._~+/=-]{40,}", RegexOptions.NonBacktracking)]
    private static partial Regex LongWord();

    private string? FederatedToken()
    {
        try
        {
            return surroundings.Variable("AZURE_FEDERATED_TOKEN_FILE") is { } path ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
