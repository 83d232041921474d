using System.Security.Cryptography;
using System.Text;

namespace SigstorePS.Reports;

/// <summary>Our own style and script, and the hashes by which the page's policy lets nothing but them through.</summary>
internal static class PageAssets
{
    public static readonly string Style = Load("page.css");

    public static readonly string Script = Load("page.js");

    /// <summary>
    /// Nothing may be loaded, sent, framed or run but these two (CSP Level 3); no text becomes markup in the script either
    /// (Trusted Types).
    /// </summary>
    public static readonly string Policy =
        $"default-src 'none'; style-src '{HashOf(Style)}'; script-src '{HashOf(Script)}'; base-uri 'none'; "
        + "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    /// <summary>A text of this assembly, lines ending with LF.</summary>
    public static string Load(string name)
    {
        using StreamReader reader = new(
            typeof(PageAssets).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not in the assembly"));
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string HashOf(string content) =>
        $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}";
}
