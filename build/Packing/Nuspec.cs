using System.Xml.Linq;

namespace SigstorePS.Build.Packing;

/// <summary>The parts of a NuGet package beside the module: what PowerShellGet and PSResourceGet read.</summary>
internal static class Nuspec
{
    public const string Relationships =
        """
        <?xml version="1.0" encoding="utf-8"?>
        <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
          <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest"
                        Target="/Sigstore.nuspec" Id="R1" />
        </Relationships>

        """;

    private static readonly XNamespace Schema = "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd";
    private static readonly XNamespace Types = "http://schemas.openxmlformats.org/package/2006/content-types";

    public static string Create(ModuleManifest manifest)
    {
        IReadOnlyList<string> cmdlets = manifest.List("CmdletsToExport");
        string[] tags =
        [
            "PSModule", .. manifest.List("Tags"), "PSIncludes_Cmdlet",
            .. cmdlets.Select(static c => $"PSCmdlet_{c}"), .. cmdlets.Select(static c => $"PSCommand_{c}"),
        ];
        XElement metadata = new(
            Schema + "metadata",
            new XElement(Schema + "id", "Sigstore"),
            new XElement(Schema + "version", manifest.PackageVersion),
            new XElement(Schema + "authors", manifest.Value("Author")),
            new XElement(Schema + "requireLicenseAcceptance", "false"),
            new XElement(Schema + "license", new XAttribute("type", "expression"), "Apache-2.0"),
            new XElement(Schema + "description", manifest.Value("Description")),
            new XElement(Schema + "copyright", manifest.Value("Copyright")),
            new XElement(Schema + "tags", string.Join(' ', tags)));
        return Text(new XElement(Schema + "package", metadata));
    }

    public static string ContentTypes(string module)
    {
        IEnumerable<string> extensions = Checkout.Files(module)
            .Select(static f => Path.GetExtension(f).TrimStart('.').ToLowerInvariant())
            .Where(static e => e.Length > 0)
            .Append("nuspec").Append("json")
            .Distinct().Order(StringComparer.Ordinal);
        return Text(new XElement(
            Types + "Types",
            Default("rels", "application/vnd.openxmlformats-package.relationships+xml"),
            extensions.Select(static e => Default(e, "application/octet")),
            Checkout.Files(module).Where(static f => Path.GetExtension(f).Length == 0)
                .Select(f => new XElement(
                    Types + "Override",
                    new XAttribute("PartName", "/" + Path.GetRelativePath(module, f).Replace('\\', '/')),
                    new XAttribute("ContentType", "application/octet")))));
    }

    private static XElement Default(string extension, string type) =>
        new(Types + "Default", new XAttribute("Extension", extension), new XAttribute("ContentType", type));

    private static string Text(XElement root) =>
        $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{root}\n".ReplaceLineEndings("\n");
}
