namespace SigstorePS.Policies;

/// <summary>Reads a policy in CUE or Rego, of an attestation or of the whole image.</summary>
internal static class ProgramReader
{
    private static readonly string[] OfImage = ["fetchConfigFile", "includeSpec", "includeObjectMeta", "includeTypeMeta"];

    public static PolicyProgram Read(PolicyFields fields, bool ofImage)
    {
        string? type = fields.Text("type");
        if (type is not ("cue" or "rego"))
        {
            fields.Error("type", type is null ? "it is missing: cue or rego" : "only cue and rego are supported");
        }

        string? data = fields.Text("data");
        int given = (data is null ? 0 : 1) + (fields.Has("remote") ? 1 : 0) + (fields.Has("configMapRef") ? 1 : 0);
        if (given != 1)
        {
            fields.Problems.Error(
                fields.Node, fields.Path,
                given == 0 ? "one of data, remote and configMapRef is missing"
                    : "only one of data, remote and configMapRef may be there");
        }

        foreach (string name in OfImage)
        {
            if (!ofImage && fields.Has(name))
            {
                fields.Error(name, "it belongs to spec.policy only");
            }
        }

        (string? url, string? digest) = Remote(fields);
        (string? map, string? key) = ConfigMap(fields);
        PolicyProgram program = new()
        {
            IsRego = type == "rego",
            Data = data,
            RemoteUrl = url,
            RemoteDigest = digest,
            ConfigMap = map,
            ConfigMapKey = key,
            FetchConfigFile = fields.Flag("fetchConfigFile") ?? false,
            IncludeSpec = fields.Flag("includeSpec") ?? false,
            IncludeObjectMeta = fields.Flag("includeObjectMeta") ?? false,
            IncludeTypeMeta = fields.Flag("includeTypeMeta") ?? false,
        };
        fields.Done();
        return program;
    }

    private static (string? Url, string? Digest) Remote(PolicyFields fields)
    {
        if (fields.Map("remote") is not { } remote)
        {
            return default;
        }

        string? url = remote.Text("url");
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme != Uri.UriSchemeHttps
            || address.Host.Length == 0 || address.UserInfo.Length > 0)
        {
            remote.Error("url", "an address with https and a host is expected, without a user name");
        }

        string? digest = remote.Text("sha256sum");
        if (digest is null)
        {
            remote.Error("sha256sum", "it is missing: whoever runs that server would decide");
        }

        remote.Done();
        return (url, digest);
    }

    private static (string? Name, string? Key) ConfigMap(PolicyFields fields)
    {
        if (fields.Map("configMapRef") is not { } map)
        {
            return default;
        }

        string? name = map.Text("name");
        string? key = map.Text("key");
        map.Ignore("namespace");
        if (name is null)
        {
            map.Error("name", "it is missing");
        }

        if (key is null)
        {
            map.Error("key", "it is missing");
        }

        map.Done();
        return (name, key);
    }
}
