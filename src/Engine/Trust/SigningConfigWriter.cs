using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.Trust;

/// <summary>
/// Writes signing_config.json version 0.2: proto3 JSON, UTC, members in the order of the proto, no blanks.
/// </summary>
internal static class SigningConfigWriter
{
    public static byte[] Write(SigningConfig config) => CompactJson.Bytes(Node(config));

    public static JsonObject Node(SigningConfig config)
    {
        JsonObject node = new() { ["mediaType"] = SigningConfig.MediaTypeV02 };
        Add(node, "caUrls", config.Fulcio);
        Add(node, "oidcUrls", config.Oidc);
        Add(node, "rekorTlogUrls", config.Rekor);
        node["rekorTlogConfig"] = Selector(config.RekorSelector);
        Add(node, "tsaUrls", config.Tsa);
        node["tsaConfig"] = Selector(config.TsaSelector);
        return node;
    }

    /// <summary>An object even when it says nothing: cosign 3.1.1 stops at a configuration without it.</summary>
    private static JsonObject Selector(ServiceSelector selector)
    {
        JsonObject node = [];
        if (selector.Selection != ServiceSelection.Unspecified)
        {
            node["selector"] = selector.Selection.ToString().ToUpperInvariant();
        }

        if (selector.Selection == ServiceSelection.Exact)
        {
            node["count"] = selector.Count;
        }

        return node;
    }

    private static void Add(JsonObject parent, string name, IReadOnlyList<ServiceEndpoint> services)
    {
        if (services.Count == 0)
        {
            return;
        }

        parent[name] = new JsonArray([.. services.Select(static s =>
        {
            JsonObject node = new() { ["url"] = s.Url };
            if (s.MajorApiVersion > 0)
            {
                node["majorApiVersion"] = s.MajorApiVersion;
            }

            if (s.ValidFor != ValidityPeriod.Always)
            {
                node["validFor"] = TrustedRootWriter.Period(s.ValidFor);
            }

            if (s.Operator.Length > 0)
            {
                node["operator"] = s.Operator;
            }

            return node;
        })]);
    }
}
