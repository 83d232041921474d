using System.Text;
using SigstorePS.Http;

namespace SigstorePS.Oidc;

/// <summary>
/// The metadata server of Google's clouds (cloud.google.com/compute/docs/metadata): GET under
/// <c>/computeMetadata/v1/</c> with <c>Metadata-Flavor: Google</c>, which its answers carry too.
/// </summary>
internal sealed class GoogleMetadata(AmbientSurroundings surroundings)
{
    private const string Flavor = "Metadata-Flavor";
    private const string Google = "Google";

    // By number, as Google's own libraries do: a name server may be anybody's.
    private const string DefaultHost = "169.254.169.254";

    /// <summary>
    /// Whether this looks like a machine of Google's. Unlike Google's libraries it asks no network, where others'
    /// metadata servers would learn of it and laptops would wait.
    /// </summary>
    public bool IsHere =>
        surroundings.Variable("GCE_METADATA_HOST") is not null
        || surroundings.Variable("K_SERVICE") is not null || surroundings.Variable("CLOUD_RUN_JOB") is not null
        || ProductName().StartsWith(Google, StringComparison.Ordinal);

    /// <summary>An answer of the service account's part.</summary>
    /// <param name="path">Such as <c>identity?audience=sigstore</c>.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<HttpReply> AskAsync(string path, CancellationToken cancel)
    {
        string host = surroundings.Variable("GCE_METADATA_HOST") ?? DefaultHost;
        Uri address = AmbientEndpoint.Address(
            $"http://{host}/computeMetadata/v1/instance/service-accounts/default/{path}", "GCE_METADATA_HOST");
        HttpReply reply = await AmbientEndpoint.AskAsync(
            surroundings,
            new HttpCall(HttpMethod.Get, address) { Headers = [(Flavor, Google)], Accept = "*/*" },
            "The machine or pod needs a service account.",
            cancel).ConfigureAwait(false);
        return reply.Header(Flavor) == Google
            ? reply
            : throw new SigstoreException(
                SigstoreErrorCode.OidcProtocolViolation,
                $"{address.Authority} is no metadata server of Google's: its answer has no '{Flavor}: {Google}'.");
    }

    /// <summary>An identity token of the default service account; <c>format=full</c> has its address in it.</summary>
    public async Task<string> IdentityAsync(string audience, CancellationToken cancel)
    {
        HttpReply reply = await AskAsync(
            $"identity?audience={Uri.EscapeDataString(audience)}&format=full", cancel).ConfigureAwait(false);
        return Encoding.UTF8.GetString(reply.Body);
    }

    /// <summary>An OAuth access token of the default service account.</summary>
    public async Task<string> AccessTokenAsync(CancellationToken cancel) =>
        AmbientEndpoint.Member(await AskAsync("token", cancel).ConfigureAwait(false), "access_token");

    private string ProductName()
    {
        try
        {
            return File.Exists(surroundings.ProductNamePath) ? File.ReadAllText(surroundings.ProductNamePath) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
