using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Support;

namespace SigstorePS.Tests.Trust;

/// <summary>A good trust root or signing configuration to be damaged.</summary>
internal static class RootText
{
    public static byte[] Golden(string name) => File.ReadAllBytes(RepositoryRoot.Fixture("golden", "trust", name));

    public static byte[] Edited(string name, Action<JsonObject> edit)
    {
        JsonObject root = JsonNode.Parse(Golden(name))!.AsObject();
        edit(root);
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }
}
