using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.Trust;

/// <summary>
/// Reads signing_config.json, version 0.2 and the 0.1 that came before it. Members it does not know are left alone.
/// </summary>
internal static class SigningConfigReader
{
    /// <exception cref="SigstoreException">MalformedSigningConfig, Unsupported (media type), LimitExceeded.</exception>
    public static SigningConfig Read(ReadOnlyMemory<byte> content)
    {
        if (content.Length > Limits.TrustedRoot)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"A signing configuration of {content.Length} bytes is over {Limits.TrustedRoot}.");
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSigningConfig, $"The signing configuration cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The same for an object inside another, such as a client trust configuration.</summary>
    /// <exception cref="FormatException">The signing configuration cannot be read.</exception>
    /// <exception cref="SigstoreException">Unsupported (media type), LimitExceeded.</exception>
    public static SigningConfig Read(JsonElement root) => ProtoJson.String(root, "mediaType") switch
    {
        SigningConfig.MediaTypeV02 => new SigningConfig
        {
            Fulcio = Services(root, "caUrls"),
            Oidc = Services(root, "oidcUrls"),
            Rekor = Services(root, "rekorTlogUrls"),
            RekorSelector = Selector(root, "rekorTlogConfig"),
            Tsa = Services(root, "tsaUrls"),
            TsaSelector = Selector(root, "tsaConfig"),
        },
        SigningConfig.MediaTypeV01 => ReadV01(root),
        null => throw new FormatException("'mediaType' is missing"),
        { } other => throw new SigstoreException(
            SigstoreErrorCode.Unsupported, $"Signing configurations of media type '{other}' are not supported."),
    };

    /// <summary>Bare addresses: all of API version 1, valid always, of nobody in particular.</summary>
    private static SigningConfig ReadV01(JsonElement root)
    {
        IReadOnlyList<ServiceEndpoint> rekor = Urls(root, "tlogUrls");
        IReadOnlyList<ServiceEndpoint> tsa = Urls(root, "tsaUrls");
        return new SigningConfig
        {
            MediaType = SigningConfig.MediaTypeV01,
            Fulcio = Url(root, "caUrl"),
            Oidc = Url(root, "oidcUrl"),
            Rekor = rekor,
            RekorSelector = new ServiceSelector(rekor.Count > 0 ? ServiceSelection.Any : ServiceSelection.Unspecified),
            Tsa = tsa,
            TsaSelector = new ServiceSelector(tsa.Count > 0 ? ServiceSelection.Any : ServiceSelection.Unspecified),
        };
    }

    private static ServiceEndpoint[] Services(JsonElement root, string name) =>
        [.. ProtoJson.Objects(root, name, Limits.TrustAnchors).Select(e => Service(e, name))];

    private static ServiceEndpoint Service(JsonElement element, string kind)
    {
        ValidityPeriod validity = ValidityPeriod.Always;
        if (ProtoJson.Object(element, "validFor") is { } span)
        {
            validity = new ValidityPeriod(ProtoJson.Time(span, "start"), ProtoJson.Time(span, "end"));
        }

        if (validity.End < validity.Start)
        {
            throw new FormatException($"a service of '{kind}' ends before it starts");
        }

        return new ServiceEndpoint
        {
            Url = WebUrl(ProtoJson.String(element, "url"), kind),
            MajorApiVersion = ProtoJson.UInt32(element, "majorApiVersion"),
            ValidFor = validity,
            Operator = ProtoJson.String(element, "operator") ?? string.Empty,
        };
    }

    private static ServiceSelector Selector(JsonElement root, string name)
    {
        if (ProtoJson.Object(root, name) is not { } config)
        {
            return default;
        }

        uint count = ProtoJson.UInt32(config, "count");
        ServiceSelection selection = ProtoJson.EnumText(config, "selector") switch
        {
            null or "SERVICE_SELECTOR_UNDEFINED" or "0" => ServiceSelection.Unspecified,
            "ALL" or "1" => ServiceSelection.All,
            "ANY" or "2" => ServiceSelection.Any,
            "EXACT" or "3" when count > 0 => ServiceSelection.Exact,
            "EXACT" or "3" => throw new FormatException($"'{name}' selects exactly none"),
            { } other => throw new FormatException($"'{name}' has an unknown selector '{other}'"),
        };
        return new ServiceSelector(selection, selection == ServiceSelection.Exact ? count : 0);
    }

    private static ServiceEndpoint[] Url(JsonElement root, string name) =>
        ProtoJson.String(root, name) is { Length: > 0 } url ? [Bare(url, name)] : [];

    private static ServiceEndpoint[] Urls(JsonElement root, string name)
    {
        if (ProtoJson.Member(root, name) is not { } list)
        {
            return [];
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > Limits.TrustAnchors)
        {
            throw new FormatException($"'{name}' is not an array of at most {Limits.TrustAnchors} addresses");
        }

        return [.. list.EnumerateArray().Select(e => Bare(
            e.ValueKind == JsonValueKind.String ? e.GetString() : null, name))];
    }

    private static ServiceEndpoint Bare(string? url, string name) => new()
    {
        Url = WebUrl(url, name),
        MajorApiVersion = 1,
        ValidFor = ValidityPeriod.Always,
    };

    /// <summary>What a signer will dial: nothing but http and https, and no user name that a log would show.</summary>
    private static string WebUrl(string? url, string kind) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && (address.Scheme is "https" or "http")
            && address.UserInfo.Length == 0
            ? url!
            : throw new FormatException($"a service of '{kind}' has no http or https address");
}
