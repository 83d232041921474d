using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.Registry;

/// <summary>The part of docker's <c>config.json</c> or podman's <c>auth.json</c> that is about credentials.</summary>
internal sealed class DockerConfig
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        IndentCharacter = '\t',
        IndentSize = 1,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly JsonObject _root;

    private DockerConfig(JsonObject root)
    {
        _root = root;
        CredsStore = Text(root, "credsStore");
        Object("auths");
        foreach ((string server, _) in Object("credHelpers") ?? [])
        {
            Text(Object("credHelpers")!, server);
        }
    }

    /// <summary>Suffix of the helper for servers without one of their own; null: the file itself.</summary>
    public string? CredsStore { get; }

    public static DockerConfig Empty => new([]);

    /// <exception cref="JsonException">Not strict JSON.</exception>
    /// <exception cref="FormatException">Not an object, or of another shape.</exception>
    public static DockerConfig Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return utf8.Trim(" \t\r\n"u8).IsEmpty ? Empty
                : new DockerConfig(JsonNode.Parse(utf8, null, StrictJson.Options) as JsonObject
                    ?? throw new FormatException("it is not a JSON object"));
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("a name in it is no text", e);
        }
    }

    /// <summary>Suffix of the helper for one of several names of a server, with the name it is known by.</summary>
    public (string Helper, string Server)? HelperFor(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (Find("credHelpers", name) is { } found && Text(Object("credHelpers")!, found) is { Length: > 0 } helper)
            {
                return (helper, found);
            }
        }

        return null;
    }

    /// <summary>The entry of the first name that has one with something in it.</summary>
    public RegistryCredential? CredentialFor(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (Find("auths", name) is { } found && Object("auths")![found] is JsonObject entry
                && Read(entry) is { } credential)
            {
                return credential;
            }
        }

        return null;
    }

    public void Set(string server, string user, string password)
    {
        if (Object("auths") is not { } auths)
        {
            _root["auths"] = auths = [];
        }

        auths[Find("auths", server) ?? server] =
            new JsonObject { ["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")) };
    }

    /// <summary>Removes every spelling of a server; false when there was none.</summary>
    public bool Remove(IEnumerable<string> names)
    {
        bool removed = false;
        foreach (string name in names)
        {
            while (Find("auths", name) is { } found)
            {
                removed |= Object("auths")!.Remove(found);
            }
        }

        return removed;
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_root.ToJsonString(Indented) + "\n");

    /// <summary>The key as it is spelt in the file: itself, or with a scheme and the version path of old.</summary>
    private string? Find(string member, string name)
    {
        if (Object(member) is not { } table)
        {
            return null;
        }

        return table.ContainsKey(name) ? name
            : table.Select(static p => p.Key).FirstOrDefault(k => Normal(k) == Normal(name));
    }

    private static string Normal(string key)
    {
        string text = key.StartsWith("https://", StringComparison.Ordinal) ? key[8..]
            : key.StartsWith("http://", StringComparison.Ordinal) ? key[7..] : key;
        text = text.TrimEnd('/');
        return text.EndsWith("/v1", StringComparison.Ordinal) || text.EndsWith("/v2", StringComparison.Ordinal)
            ? text[..^3] : text;
    }

    private JsonObject? Object(string member) => _root[member] switch
    {
        null => null,
        JsonObject found => found,
        _ => throw new FormatException($"'{member}' is not an object"),
    };

    private static string? Text(JsonObject parent, string member)
    {
        try
        {
            return parent[member] switch
            {
                null => null,
                JsonValue value when value.TryGetValue(out string? text) => text,
                _ => throw new FormatException($"'{member}' is not a string"),
            };
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException($"'{member}' is no text", e);
        }
    }

    private static RegistryCredential? Read(JsonObject entry)
    {
        string? user = Text(entry, "username");
        string? password = Text(entry, "password");
        if (Text(entry, "auth") is { Length: > 0 } auth)
        {
            string pair = Encoding.UTF8.GetString(Convert.FromBase64String(auth)).TrimEnd('\0');
            int colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                throw new FormatException("an 'auth' member is not user:password");
            }

            (user, password) = (pair[..colon], pair[(colon + 1)..]);
        }

        string? identity = NullIfEmpty(Text(entry, "identitytoken"));
        string? token = NullIfEmpty(Text(entry, "registrytoken"));
        return string.IsNullOrEmpty(user) && identity is null && token is null
            ? null
            : new RegistryCredential
            {
                UserName = user,
                Password = password,
                IdentityToken = identity,
                RegistryToken = token,
            };
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
