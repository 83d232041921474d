using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Apis.Http;
using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Google;

/// <summary>An access token, and the project that its requests count for.</summary>
internal sealed record GoogleToken(string Value, string? QuotaProject);

/// <summary>
/// Application default credentials (google.aip.dev/auth/4110): the file of GOOGLE_APPLICATION_CREDENTIALS, that of
/// gcloud, the metadata server. Google.Apis.Auth reads and uses them; only where they are is ours, because it looks once
/// in a process and keeps what it found.
/// </summary>
internal sealed partial class GoogleTokens(KeySurroundings surroundings)
{
    private const string FileVariable = "GOOGLE_APPLICATION_CREDENTIALS";
    private const string MetadataVariable = "GCE_METADATA_HOST";
    private const string QuotaVariable = "GOOGLE_CLOUD_QUOTA_PROJECT";
    private const string Scope = "https://www.googleapis.com/auth/cloudkms";
    private const string Universe = "googleapis.com";
    private const string QuotaHeader = "x-goog-user-project";
    private const int ShownText = 500;

    private static readonly string[] Types =
    [
        JsonCredentialParameters.ServiceAccountCredentialType, JsonCredentialParameters.AuthorizedUserCredentialType,
        JsonCredentialParameters.ExternalAccountCredentialType,
        JsonCredentialParameters.ImpersonatedServiceAccountCredentialType,
        JsonCredentialParameters.ExternalAccountAuthorizedUserCredentialType,
    ];

    private readonly SemaphoreSlim _gate = new(1);
    private (string Place, GoogleCredential Credential)? _known;

    /// <summary>A token; the credential keeps one while it is good.</summary>
    /// <exception cref="SigstoreException">
    /// KeyServiceUnauthorized, KeyServiceUnavailable, FileUnavailable, InvalidValue, Unsupported.
    /// </exception>
    public async Task<GoogleToken> GetAsync(CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            string? path = surroundings.Variable(FileVariable) ?? (File.Exists(WellKnown) ? WellKnown : null);
            string place = $"{path}|{surroundings.Variable(MetadataVariable)}|{surroundings.Variable(QuotaVariable)}";
            if (_known?.Place != place)
            {
                _known = (place, await FindAsync(path, cancel).ConfigureAwait(false));
            }

            AccessTokenWithHeaders token = await ((ITokenAccessWithHeaders)_known.Value.Credential)
                .GetAccessTokenWithHeadersForRequestAsync(null, cancel).ConfigureAwait(false);
            return new GoogleToken(
                token.AccessToken,
                token.Headers.TryGetValue(QuotaHeader, out IReadOnlyList<string>? project) ? project[0] : null);
        }
        catch (Exception e) when (e is TokenResponseException or HttpRequestException or InvalidOperationException
            or ArgumentException or IOException or FormatException or NotSupportedException or CryptographicException
            or Newtonsoft.Json.JsonException or TaskCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            throw Failure(e);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<GoogleCredential> FindAsync(string? path, CancellationToken cancel)
    {
        GoogleCredential credential = path is not null
            ? await ReadAsync(path, cancel).ConfigureAwait(false)
            : await Machine(cancel).ConfigureAwait(false) ?? throw new SigstoreException(
                SigstoreErrorCode.KeyServiceUnauthorized,
                $"There are no Google credentials: {FileVariable} is not set, '{WellKnown}' does not exist, and this is "
                + "no machine of Google's. Run gcloud auth application-default login.");
        if (surroundings.Variable(QuotaVariable) is { } project)
        {
            credential = credential.CreateWithQuotaProject(project);
        }

        return credential
            .CreateWithHttpClientFactory(new ChannelFactory(
                surroundings.Http(TlsSettings.Default), surroundings.RequestTime,
                surroundings.Variable(MetadataVariable)))
            .CreateScoped(Scope);
    }

    /// <summary>Where gcloud auth application-default login writes.</summary>
    private string WellKnown => Path.Combine(
        surroundings.Variable("CLOUDSDK_CONFIG")
        ?? (OperatingSystem.IsWindows() && surroundings.Variable("APPDATA") is { } roaming
            ? Path.Combine(roaming, "gcloud")
            : Path.Combine(surroundings.Home, ".config", "gcloud")),
        "application_default_credentials.json");

    private static async Task<GoogleCredential> ReadAsync(string path, CancellationToken cancel)
    {
        string json;
        string type;
        try
        {
            byte[] bytes = await BoundedFile.ReadAsync(path, Limits.KeyFile, cancel).ConfigureAwait(false);
            using JsonDocument document = StrictJson.Parse(bytes);
            type = StrictJson.String(document.RootElement, "type");
            json = document.RootElement.GetRawText();
            if (StrictJson.OptionalString(document.RootElement, "universe_domain") is { } universe
                && universe != Universe)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    $"The Google credentials in '{path}' are for {PlainText.Clean(universe, 80)}; only {Universe} is "
                    + "supported.");
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw Malformed(path, e);
        }

        try
        {
            return Types.Contains(type)
                ? CredentialFactory.FromJson(json, type)
                : throw new FormatException($"of type '{PlainText.Clean(type, 60)}'");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException
            or CryptographicException or Newtonsoft.Json.JsonException or NullReferenceException)
        {
            throw Malformed(path, e);
        }
    }

    // Of the exception only its kind: the text of a parser quotes what it could not read, which may be the key.
    private static SigstoreException Malformed(string path, Exception e) =>
        new(SigstoreErrorCode.InvalidValue,
            $"'{path}' cannot be read as Google credentials ({e.GetType().Name}).");

    /// <summary>
    /// The service account of the machine (cloud.google.com/compute/docs/metadata); null: it is none of Google's. Unlike
    /// Google's library it asks no network for that, where others would learn of it and laptops would wait.
    /// </summary>
    private async Task<GoogleCredential?> Machine(CancellationToken cancel)
    {
        string? named = surroundings.Variable(MetadataVariable);
        if (named is null && surroundings.Variable("K_SERVICE") is null && surroundings.Variable("CLOUD_RUN_JOB") is null
            && !await IsGoogles(cancel).ConfigureAwait(false))
        {
            return null;
        }

        string host = named ?? "169.254.169.254";
        string address = $"http://{host}/computeMetadata/v1/instance/service-accounts/default/token";
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.UserInfo.Length == 0
            ? new ComputeCredential(new ComputeCredential.Initializer(address)).ToGoogleCredential()
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, "GCE_METADATA_HOST is not a host, or a host and a port.");
    }

    private static async Task<bool> IsGoogles(CancellationToken cancel)
    {
        try
        {
            // What the firmware says, as cloud.google.com/go/compute/metadata reads it.
            return OperatingSystem.IsWindows()
                ? Microsoft.Win32.Registry.GetValue(
                    @"HKEY_LOCAL_MACHINE\HARDWARE\DESCRIPTION\System\BIOS", "SystemProductName", null) is string name
                    && name.StartsWith("Google", StringComparison.Ordinal)
                : File.Exists("/sys/class/dmi/id/product_name")
                    && (await File.ReadAllTextAsync("/sys/class/dmi/id/product_name", cancel).ConfigureAwait(false))
                        .StartsWith("Google", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            return false;
        }
    }

    /// <summary>Nothing of the library's crosses the border but its words.</summary>
    private static SigstoreException Failure(Exception e)
    {
        if (RetryHandler.Find<SigstoreException>(e) is { } ours)
        {
            return new SigstoreException(ours.Code, ours.Message);
        }

        if (RetryHandler.Find<TimeoutException>(e) is not null)
        {
            return new SigstoreException(SigstoreErrorCode.Timeout, "Google's token service did not answer in time.");
        }

        if (RetryHandler.Find<TokenResponseException>(e) is { } refused)
        {
            int status = (int)(refused.StatusCode ?? 0);
            string said = PlainText.Clean(
                LongWord().Replace($"{refused.Error?.Error} {refused.Error?.ErrorDescription}".Trim(), "..."), ShownText);
            return status >= 500 || status == 0
                ? new SigstoreException(
                    SigstoreErrorCode.KeyServiceUnavailable, $"Google's token service failed (HTTP {status}): {said}")
                : new SigstoreException(
                    SigstoreErrorCode.KeyServiceUnauthorized, $"Google gave no token (HTTP {status}): {said}");
        }

        return RetryHandler.Find<HttpRequestException>(e) is { } broken
            ? new SigstoreException(
                SigstoreErrorCode.KeyServiceUnavailable,
                $"Google's token service was not reached: {PlainText.Clean(broken.Message, ShownText)}")
            : new SigstoreException(
                SigstoreErrorCode.KeyServiceUnauthorized, $"Google gave no token ({e.GetType().Name}).");
    }

    /// <summary>Longer than any word: a token that is said back.</summary>
    [GeneratedRegex("[0-9A-Za-z._~+/=-]{40,}", RegexOptions.NonBacktracking)]
    private static partial Regex LongWord();

    private sealed class ChannelFactory(HttpChannel channel, TimeSpan timeout, string? metadata) : HttpClientFactory
    {
        protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) =>
            new ChannelHandler(
                channel, timeout, Limits.KeyServiceReply,
                uri => string.Equals(uri.Authority, metadata, StringComparison.OrdinalIgnoreCase));
    }
}
