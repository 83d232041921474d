using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.Trust;

/// <summary>
/// Writes trusted_root.json: proto3 JSON, standard base64, UTC, members in the order of the proto, no blanks. What is
/// read back is the same; entries that were skipped in reading are not in it.
/// </summary>
internal static class TrustedRootWriter
{
    /// <param name="root">What to write.</param>
    /// <param name="compatible">
    /// Leave out <c>operator</c> and <c>checkpointKeyId</c> and say version 0.1: cosign 2.x refuses a file with members
    /// it does not know.
    /// </param>
    public static byte[] Write(TrustedRoot root, bool compatible = false) =>
        CompactJson.Bytes(Node(root, compatible));

    public static JsonObject Node(TrustedRoot root, bool compatible = false)
    {
        JsonObject node = new() { ["mediaType"] = compatible ? TrustedRoot.MediaTypeV01 : root.MediaType };
        Add(node, "tlogs", root.Logs.Select(l => Log(l, compatible)));
        Add(node, "certificateAuthorities", root.CertificateAuthorities.Select(a => Authority(a, compatible)));
        Add(node, "ctlogs", root.CertificateLogs.Select(l => Log(l, compatible)));
        Add(node, "timestampAuthorities", root.TimestampAuthorities.Select(a => Authority(a, compatible)));
        return node;
    }

    /// <summary>The <c>TimeRange</c> of sigstore_common.proto.</summary>
    public static JsonObject Period(ValidityPeriod period)
    {
        JsonObject node = [];
        AddText(node, "start", period.Start is { } start ? Rfc3339.Write(start) : null);
        AddText(node, "end", period.End is { } end ? Rfc3339.Write(end) : null);
        return node;
    }

    private static JsonObject Log(TransparencyLogInstance log, bool compatible)
    {
        string details = log.KeyDetails ?? log.Key.Algorithm.KeyDetails;
        JsonObject node = [];
        AddText(node, "baseUrl", log.BaseUrl);
        node["hashAlgorithm"] = "SHA2_256";
        node["publicKey"] = new JsonObject
        {
            ["rawBytes"] = Convert.ToBase64String(LogKey.Write(log.Key, details)),
            ["keyDetails"] = details,
            ["validFor"] = Period(log.Validity),
        };
        node["logId"] = new JsonObject { ["keyId"] = Convert.ToBase64String(log.LogId.Span) };
        if (!compatible)
        {
            if (log.CheckpointKeyId is { } id)
            {
                node["checkpointKeyId"] = new JsonObject { ["keyId"] = Convert.ToBase64String(id.Span) };
            }

            AddText(node, "operator", log.Operator);
        }

        return node;
    }

    private static JsonObject Authority(CertificateAuthority authority, bool compatible)
    {
        JsonObject subject = [];
        AddText(subject, "organization", authority.Organization);
        AddText(subject, "commonName", authority.CommonName);
        JsonObject node = new() { ["subject"] = subject };
        AddText(node, "uri", authority.Uri);
        node["certChain"] = new JsonObject
        {
            ["certificates"] = new JsonArray([.. authority.Chain.Select(static der =>
                new JsonObject { ["rawBytes"] = Convert.ToBase64String(der.Span) })]),
        };
        if (authority.Validity != ValidityPeriod.Always)
        {
            node["validFor"] = Period(authority.Validity);
        }

        AddText(node, "operator", compatible ? null : authority.Operator);
        return node;
    }

    private static void Add(JsonObject parent, string name, IEnumerable<JsonObject> elements)
    {
        JsonArray array = [.. elements];
        if (array.Count > 0)
        {
            parent[name] = array;
        }
    }

    private static void AddText(JsonObject parent, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            parent[name] = text;
        }
    }
}
