using Amazon;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Util;
using SigstorePS.Http;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Aws;

/// <summary>
/// How KMS is reached. What the surroundings say comes first; the rest is the SDK's own chain, and that looks at the
/// environment of the process, the profiles in ~/.aws, web identity, the container and the instance by itself.
/// </summary>
internal sealed class AwsConnection(KeySurroundings surroundings)
{
    // Tries of one request, the first included; RemotePace waits longer for a service that is asked too often.
    private const int Attempts = 3;

    private readonly SharedHttp _http = new(surroundings.RequestTime);
    private int _warned;

    /// <summary>A way to where a key is.</summary>
    /// <param name="reference">The key.</param>
    /// <param name="repeat">Whether the SDK repeats what failed: not where a second try makes a second key.</param>
    /// <param name="cancel">Ends the search for a region.</param>
    /// <exception cref="SigstoreException">InvalidKeyReference: no region, or an endpoint that is none or not safe.</exception>
    public async Task<AwsService> OpenAsync(AwsKeyReference reference, bool repeat, CancellationToken cancel)
    {
        WarnOfSkippedTls();
        Uri? url = Endpoint(reference);
        string? region = reference.Region ?? surroundings.Variable("AWS_REGION")
            ?? surroundings.Variable("AWS_DEFAULT_REGION") ?? await RegionOfSdkAsync(cancel).ConfigureAwait(false);
        if (region is null || region.Length > 63 || !region.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                "no AWS region is known: set AWS_REGION, give the profile one, or name the key by its ARN, which has one.");
        }

        AmazonKeyManagementServiceConfig config = new()
        {
            Timeout = surroundings.RequestTime,
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = repeat ? Attempts - 1 : 0,
            HttpClientFactory = _http,
            AllowAutoRedirect = false,
        };
        if (url is null)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }
        else
        {
            config.ServiceURL = url.AbsoluteUri;
            config.AuthenticationRegion = region;
        }

        AmazonKeyManagementServiceClient client = Credentials() is { } own
            ? new AmazonKeyManagementServiceClient(own, config) : new AmazonKeyManagementServiceClient(config);
        try
        {
            // What the SDK itself reads in profiles counts as well.
            Uri? asked = Checked(config.ServiceURL);
            Checked(client.DetermineServiceOperationEndpoint(new GetPublicKeyRequest { KeyId = reference.KeyId }).URL);
            return new AwsService(
                client, asked is not null ? $"AWS KMS at {asked.Authority}" : $"AWS KMS in {region}",
                surroundings.RequestTime, repeat ? Attempts : 1);
        }
        catch (AmazonClientException e)
        {
            client.Dispose();
            throw AwsFailures.Of(e, $"AWS KMS in {region}", surroundings.RequestTime);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>The first link of the SDK's chain, taken from the surroundings so that they can be replaced.</summary>
    private AWSCredentials? Credentials() =>
        (surroundings.Variable("AWS_ACCESS_KEY_ID"), surroundings.Variable("AWS_SECRET_ACCESS_KEY")) is not
            ({ } id, { } secret) ? null
        : surroundings.Variable("AWS_SESSION_TOKEN") is { } token ? new SessionAWSCredentials(id, secret, token)
        : new BasicAWSCredentials(id, secret);

    private Uri? Endpoint(AwsKeyReference reference)
    {
        if (reference.Endpoint is { } host)
        {
            return new Uri($"https://{host}/");
        }

        bool ignored = string.Equals(
            surroundings.Variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true", StringComparison.OrdinalIgnoreCase);
        return ignored ? null
            : Checked(surroundings.Variable("AWS_ENDPOINT_URL_KMS") ?? surroundings.Variable("AWS_ENDPOINT_URL"));
    }

    /// <summary>
    /// Plain http only to this machine: requests are signed, answers are not, so that whoever is on the way chooses the
    /// public key that comes, and has the session token.
    /// </summary>
    private static Uri? Checked(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.UserInfo.Length > 0 || url.Host.Length == 0
            || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                "the AWS endpoint (AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL, or endpoint_url of the profile) is not an http or "
                + "https URL without a user name.");
        }

        return url.Scheme == Uri.UriSchemeHttp && !HostScope.IsLoopback(url.IdnHost)
            ? throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                $"the AWS endpoint is http://{url.Authority}: whoever is on the way could answer with another key. Use https; "
                + "http is for this machine only.")
            : url;
    }

    /// <summary>
    /// Profile, then instance. Not by FallbackRegionFactory: it keeps what it found for as long as the process lives, and
    /// AWS_PROFILE changes. Where the files of profiles are, the SDK looks once as well.
    /// </summary>
    private async Task<string?> RegionOfSdkAsync(CancellationToken cancel)
    {
        string profile = surroundings.Variable("AWS_PROFILE") ?? "default";
        try
        {
            // There may be no instance to answer, which takes its time to find out.
            return await Task.Run(
                () => new CredentialProfileStoreChain().TryGetProfile(profile, out CredentialProfile? found)
                    && found.Region is { } region ? region.SystemName : EC2InstanceMetadata.Region?.SystemName,
                cancel).WaitAsync(surroundings.RequestTime, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return null;
        }
    }

    private void WarnOfSkippedTls()
    {
        if (surroundings.Variable("AWS_TLS_INSECURE_SKIP_VERIFY") is not null && Interlocked.Exchange(ref _warned, 1) == 0)
        {
            AmbientReports.Send(EngineReport.Warning(
                "AWS_TLS_INSECURE_SKIP_VERIFY is not honoured: the certificate of AWS KMS is always verified. Trust a "
                + "private authority in the system's store or with SSL_CERT_FILE."));
        }
    }

    /// <summary>One client for all keys: the SDK would make one for each request of a factory that does not cache.</summary>
    private sealed class SharedHttp(TimeSpan time) : HttpClientFactory
    {
        private readonly Lazy<HttpClient> _client = new(() => SdkHttp.Create(time, Limits.KeyServiceReply));

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client.Value;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
