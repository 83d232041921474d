using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SigstorePS.Build.Packing;

/// <summary>An SPDX 2.3 document: the module, each of its files, and the libraries of the provider packs.</summary>
internal static class Sbom
{
    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Create(ModuleManifest manifest, string module, DateTimeOffset time)
    {
        JsonArray files = [];
        JsonArray packages = [];
        JsonArray relationships = [Relationship("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Module")];
        List<string> sha1s = [];
        foreach (string path in Checkout.Files(module))
        {
            byte[] bytes = File.ReadAllBytes(path);
            string id = $"SPDXRef-File-{files.Count + 1}";
            string sha1 = Sha1(bytes);
            sha1s.Add(sha1);
            files.Add(FileEntry(id, Path.GetRelativePath(module, path).Replace('\\', '/'), sha1, bytes));
            relationships.Add(Relationship("SPDXRef-Module", "CONTAINS", id));
        }

        packages.Add(ModulePackage(manifest, sha1s));
        foreach ((string name, string version) in Libraries(module))
        {
            string id = $"SPDXRef-Package-{name}";
            packages.Add(LibraryPackage(id, name, version));
            relationships.Add(Relationship("SPDXRef-Module", "DEPENDS_ON", id));
        }

        JsonObject document = new()
        {
            ["spdxVersion"] = "SPDX-2.3",
            ["dataLicense"] = "CC0-1.0",
            ["SPDXID"] = "SPDXRef-DOCUMENT",
            ["name"] = $"Sigstore-{manifest.PackageVersion}",
            ["documentNamespace"] = $"urn:sigstoreps:sbom:{manifest.PackageVersion}:{VerificationCode(sha1s)}",
            ["creationInfo"] = new JsonObject
            {
                ["created"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                ["creators"] = new JsonArray("Tool: SigstorePS-build"),
            },
            ["packages"] = packages,
            ["files"] = files,
            ["relationships"] = relationships,
        };
        return Encoding.UTF8.GetBytes(document.ToJsonString(Readable) + "\n");
    }

    private static JsonObject ModulePackage(ModuleManifest manifest, List<string> sha1s) => new()
    {
        ["SPDXID"] = "SPDXRef-Module",
        ["name"] = "Sigstore",
        ["versionInfo"] = manifest.PackageVersion,
        ["downloadLocation"] = "NOASSERTION",
        ["filesAnalyzed"] = true,
        ["packageVerificationCode"] = new JsonObject { ["packageVerificationCodeValue"] = VerificationCode(sha1s) },
        ["licenseConcluded"] = "Apache-2.0",
        ["licenseDeclared"] = "Apache-2.0",
        ["licenseInfoFromFiles"] = new JsonArray("NOASSERTION"),
        ["copyrightText"] = manifest.Value("Copyright"),
        ["primaryPackagePurpose"] = "LIBRARY",
    };

    private static JsonObject LibraryPackage(string id, string name, string version) => new()
    {
        ["SPDXID"] = id,
        ["name"] = name,
        ["versionInfo"] = version,
        ["downloadLocation"] = "NOASSERTION",
        ["filesAnalyzed"] = false,
        ["licenseConcluded"] = "NOASSERTION",
        ["licenseDeclared"] = "NOASSERTION",
        ["copyrightText"] = "NOASSERTION",
        ["externalRefs"] = new JsonArray(new JsonObject
        {
            ["referenceCategory"] = "PACKAGE-MANAGER",
            ["referenceType"] = "purl",
            ["referenceLocator"] = $"pkg:nuget/{name}@{version}",
        }),
    };

    private static JsonObject FileEntry(string id, string name, string sha1, byte[] bytes) => new()
    {
        ["SPDXID"] = id,
        ["fileName"] = "./" + name,
        ["checksums"] = new JsonArray(
            new JsonObject { ["algorithm"] = "SHA1", ["checksumValue"] = sha1 },
            new JsonObject
            {
                ["algorithm"] = "SHA256",
                ["checksumValue"] = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            }),
        ["licenseConcluded"] = "NOASSERTION",
        ["licenseInfoInFiles"] = new JsonArray("NOASSERTION"),
        ["copyrightText"] = "NOASSERTION",
    };

    private static JsonObject Relationship(string from, string type, string to) => new()
    {
        ["spdxElementId"] = from,
        ["relationshipType"] = type,
        ["relatedSpdxElement"] = to,
    };

    /// <summary>The packages each provider pack was published with, from its .deps.json.</summary>
    private static IEnumerable<(string Name, string Version)> Libraries(string module)
    {
        SortedDictionary<string, string> found = new(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(module, "*.deps.json", SearchOption.AllDirectories))
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (JsonProperty library in json.RootElement.GetProperty("libraries").EnumerateObject())
            {
                if (library.Value.GetProperty("type").GetString() == "package")
                {
                    string[] parts = library.Name.Split('/');
                    found[parts[0]] = parts[1];
                }
            }
        }

        return found.Select(static p => (p.Key, p.Value));
    }

    // SPDX 2.3 section 7.9 fixes SHA-1 for the verification code, and 8.4 wants it for every file.
#pragma warning disable CA5350
    private static string Sha1(byte[] bytes) => Convert.ToHexStringLower(SHA1.HashData(bytes));
#pragma warning restore CA5350

    private static string VerificationCode(List<string> sha1s) =>
        Sha1(Encoding.ASCII.GetBytes(string.Concat(sha1s.Order(StringComparer.Ordinal))));
}
