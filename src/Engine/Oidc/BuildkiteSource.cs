using System.Text.Json.Nodes;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>Buildkite: POST jobs/{id}/oidc/tokens of the agent API (buildkite/agent api/oidc.go).</summary>
internal sealed class BuildkiteSource(AmbientSurroundings surroundings) : IIdentityTokenSource
{
    public string Name => "buildkite-agent";

    public string Description => "BUILDKITE_AGENT_ACCESS_TOKEN with BUILDKITE_JOB_ID; BUILDKITE_AGENT_ENDPOINT";

    public bool IsEnabled => Token is not null;

    private string? Token => surroundings.Variable("BUILDKITE_AGENT_ACCESS_TOKEN");

    public async Task<IdentityToken> GetAsync(string audience, CancellationToken cancel)
    {
        if (Token is not { } token || surroundings.Variable("BUILDKITE_JOB_ID") is not { } job)
        {
            throw this.NotHere();
        }

        string api = surroundings.Variable("BUILDKITE_AGENT_ENDPOINT") ?? "https://agent.buildkite.com/v3";
        Uri address = AmbientEndpoint.Address(
            $"{api.TrimEnd('/')}/jobs/{Uri.EscapeDataString(job)}/oidc/tokens", "BUILDKITE_AGENT_ENDPOINT");
        HttpReply reply = await AmbientEndpoint.AskAsync(
            surroundings,
            new HttpCall(HttpMethod.Post, address)
            {
                Authorization = AmbientEndpoint.Credential("Token", token, "BUILDKITE_AGENT_ACCESS_TOKEN"),
                Content = AmbientEndpoint.Json(new JsonObject { ["audience"] = audience }.ToJsonString()),
            },
            "The job must be running, and BUILDKITE_AGENT_ACCESS_TOKEN its agent's.",
            cancel).ConfigureAwait(false);
        return this.Check(AmbientEndpoint.Member(reply, "token"), audience, surroundings.Clock);
    }
}
