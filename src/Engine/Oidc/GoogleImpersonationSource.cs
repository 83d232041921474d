using System.Text.Json.Nodes;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>
/// A Google service account that whoever runs this may act as: POST :generateIdToken of the IAM Service Account
/// Credentials API v1 (cosign pkg/providers/google).
/// </summary>
internal sealed class GoogleImpersonationSource(AmbientSurroundings surroundings, GoogleCredentials credentials)
    : IIdentityTokenSource
{
    private const string Account = "GOOGLE_SERVICE_ACCOUNT_NAME";

    public string Name => "google-impersonate";

    public string Description =>
        $"{Account}, with GOOGLE_APPLICATION_CREDENTIALS, gcloud's credentials, or a machine of Google's";

    public bool IsEnabled => surroundings.Variable(Account) is not null;

    public async Task<IdentityToken> GetAsync(string audience, CancellationToken cancel)
    {
        string account = surroundings.Variable(Account) ?? throw this.NotHere();
        string access = await credentials.AccessTokenAsync(cancel).ConfigureAwait(false);
        Uri address = new(
            surroundings.GoogleCredentials,
            $"v1/projects/-/serviceAccounts/{Uri.EscapeDataString(account)}:generateIdToken");
        HttpReply reply = await AmbientEndpoint.AskAsync(
            surroundings,
            new HttpCall(HttpMethod.Post, address)
            {
                Authorization = AmbientEndpoint.Credential("Bearer", access, "The access token"),
                Content = AmbientEndpoint.Json(
                    new JsonObject { ["audience"] = audience, ["includeEmail"] = true }.ToJsonString()),
            },
            $"The caller needs the role Service Account OpenID Connect Identity Token Creator on {account}.",
            cancel).ConfigureAwait(false);
        return this.Check(AmbientEndpoint.Member(reply, "token"), audience, surroundings.Clock);
    }
}
