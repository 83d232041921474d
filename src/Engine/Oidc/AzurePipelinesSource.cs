using System.Text;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>
/// Azure Pipelines: POST SYSTEM_OIDCREQUESTURI with the job's access token, answered with <c>oidcToken</c>
/// (learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create). cosign has none
/// (github.com/sigstore/cosign/issues/3529).
/// </summary>
internal sealed class AzurePipelinesSource(AmbientSurroundings surroundings) : IIdentityTokenSource
{
    /// <summary>The one audience there is: the request has no parameter for another.</summary>
    public const string Audience = "api://AzureADTokenExchange";

    private const string Address = "SYSTEM_OIDCREQUESTURI";
    private const string Token = "SYSTEM_ACCESSTOKEN";

    public string Name => "azure-pipelines";

    public string Description => $"{Address} with {Token}, which a step has that maps '{Token}: $(System.AccessToken)'";

    public bool IsEnabled => surroundings.Variable(Address) is not null && surroundings.Variable(Token) is not null;

    public async Task<IdentityToken> GetAsync(string audience, CancellationToken cancel)
    {
        if (surroundings.Variable(Address) is not { } address || surroundings.Variable(Token) is not { } token)
        {
            throw this.NotHere();
        }

        // Before anything is asked: for a certificate authority of the public, this token would be a credential for
        // Microsoft Entra in a stranger's hands.
        if (audience != Audience)
        {
            throw new SigstoreException(
                SigstoreErrorCode.IdentityTokenRefused,
                $"Azure Pipelines has identity tokens for the audience '{Audience}' alone, and '{audience}' is wanted. "
                + "The public certificate authority takes none of them. One of your own that trusts your organization's "
                + $"issuer with that audience does: give its -FulcioUri with -OidcAudience {Audience}. To sign with the "
                + "public one, give a token of another issuer as -IdentityToken or SIGSTORE_ID_TOKEN, or sign with -Key.");
        }

        HttpReply reply = await AmbientEndpoint.AskAsync(
            surroundings,
            new HttpCall(
                HttpMethod.Post,
                AmbientEndpoint.With(AmbientEndpoint.Address(address, Address), "api-version", "7.1-preview.1"))
            {
                Authorization = AmbientEndpoint.Credential("Bearer", token, Token),

                // Otherwise it answers a bad token with a login page (azure-identity sends this, too).
                Headers = [("X-TFS-FedAuthRedirect", "Suppress")],
                Content = static () => new StringContent(string.Empty, Encoding.UTF8, "application/json"),
            },
            $"Map '{Token}: $(System.AccessToken)' in the step's env, and let the job have an OIDC token.",
            cancel).ConfigureAwait(false);
        return this.Check(AmbientEndpoint.Member(reply, "oidcToken"), audience, surroundings.Clock);
    }
}
