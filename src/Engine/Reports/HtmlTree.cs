using System.Globalization;

namespace SigstorePS.Reports;

/// <summary>The supply chain of an image as a picture: what hangs on it, and what hangs on that.</summary>
internal static class HtmlTree
{
    private const int Width = 248;
    private const int Height = 48;
    private const int Gap = 44;
    private const int Step = 62;

    /// <summary>Pictures on a page.</summary>
    private const int Pictures = 50;

    public static void Write(Markup page, Report report)
    {
        IReadOnlyList<(ImageTree Root, int LeftOut)> trees = ImageTree.Read(report.Nodes);
        if (trees.Count == 0)
        {
            return;
        }

        ILookup<string, Verdict> byDigest = report.Rows.Where(static r => !string.IsNullOrEmpty(r.Digest))
            .ToLookup(static r => r.Digest!, static r => r.Verdict, StringComparer.Ordinal);
        // What is of another kind than was asked for was not judged: an attestation is no bad signature.
        ILookup<string, bool> byReference = report.Rows.SelectMany(static r => r.Candidates)
            .Where(static c => c.Code != nameof(SigstoreErrorCode.PredicateTypeMismatch))
            .ToLookup(static c => c.Reference, static c => c.Verified, StringComparer.Ordinal);
        page.Open("section", ("class", "chain")).Open("h2").Text("Supply chain").Close().Line();
        page.Put("p", "note", "What is attached to the image, as its registry lists it. A mark is on what a result of this "
            + "report speaks about; nothing is known about what has no mark.");
        foreach ((ImageTree root, int leftOut) in trees.Take(Pictures))
        {
            page.Open("figure").Open("figcaption").Outside(root.Node.Reference, 300).Close().Line();
            Picture(page, root, tree => VerdictOf(tree.Node, byDigest, byReference));
            List(page, root);
            page.Close().Line();
            if (leftOut > 0)
            {
                page.Put("p", "note", $"{Report.Grouped(leftOut)} more artifacts are not drawn.");
            }
        }

        if (trees.Count > Pictures)
        {
            page.Put("p", "note", $"{Report.Grouped(trees.Count - Pictures)} more images are not drawn.");
        }

        page.Close().Line();
    }

    /// <summary>The worst that was said of the node; null where nothing was.</summary>
    private static Verdict? VerdictOf(
        ReportNode node, ILookup<string, Verdict> byDigest, ILookup<string, bool> byReference)
    {
        IEnumerable<Verdict> said = byDigest[node.Digest]
            .Concat(byReference[node.Reference].Select(static v => v ? Verdict.Verified : Verdict.Failed));
        return said.Any() ? said.Min() : null;
    }

    private static void Picture(Markup page, ImageTree root, Func<ImageTree, Verdict?> verdictOf)
    {
        ImageTree[] all = [.. root.All];
        int width = (all.Max(static t => t.Depth) * (Width + Gap)) + Width + 4;
        int height = (int)(all.Max(static t => t.Row) * Step) + Height + 4;
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "Picture of the supply chain"));
        page.Open("svg", ("class", "tree"), ("width", $"{width}"), ("height", $"{height}"), ("viewBox", $"0 0 {width} {height}"),
            ("role", "img"), ("aria-label", $"{all.Length} artifacts; the list below has the same")).Line();
        foreach (ImageTree tree in all)
        {
            foreach (ImageTree child in tree.Children)
            {
                Edge(page, tree, child);
            }
        }

        foreach (ImageTree tree in all)
        {
            Node(page, tree, verdictOf(tree));
        }

        page.Close().Close().Line();
    }

    private static void Edge(Markup page, ImageTree from, ImageTree to)
    {
        (double x, double y) = (X(from) + Width, Y(from) + (Height / 2.0));
        (double endX, double endY) = (X(to), Y(to) + (Height / 2.0));
        double middle = x + (Gap / 2.0);
        page.Open("path", ("class", "edge"), ("d", string.Create(
            CultureInfo.InvariantCulture, $"M{x:0.#} {y:0.#}C{middle:0.#} {y:0.#} {middle:0.#} {endY:0.#} {endX:0.#} {endY:0.#}")));
    }

    private static void Node(Markup page, ImageTree tree, Verdict? verdict)
    {
        ReportNode node = tree.Node;
        string style = node.Kind switch
        {
            "Image" or "Index" => "image",
            "Signature" => "signature",
            "Attestation" => "attestation",
            "Sbom" => "sbom",
            _ => "other",
        };
        (double x, double y) = (X(tree), Y(tree));
        page.Open("g", ("class", $"node {style}"));
        page.Put("title", null, VisibleText.Of(
            $"{node.Kind} {node.Reference} {node.Type} {Size(node.Size)} {node.Storage}", 600));
        page.Open("rect", ("class", "box"), ("x", Markup.Number(x)), ("y", Markup.Number(y)), ("width", $"{Width}"),
            ("height", $"{Height}"), ("rx", "7"));
        page.Open("rect", ("class", "edgebar"), ("x", Markup.Number(x)), ("y", Markup.Number(y)), ("width", "5"),
            ("height", $"{Height}"), ("rx", "2.5"));
        page.Open("text", ("class", "kind"), ("x", Markup.Number(x + 16)), ("y", Markup.Number(y + 20)))
            .Drawn(Label(tree), 27).Close();
        page.Open("text", ("class", "what"), ("x", Markup.Number(x + 16)), ("y", Markup.Number(y + 37)))
            .Drawn(What(node), verdict is null ? 31 : 27).Close();
        if (verdict is { } said)
        {
            Mark(page, said, x + Width - 18, y + (Height / 2.0));
        }

        page.Close().Line();
    }

    private static void Mark(Markup page, Verdict verdict, double x, double y)
    {
        (string style, string name) = verdict switch
        {
            Verdict.Verified => ("ok", "verified"), Verdict.Warned => ("warn", "warned"), _ => ("bad", "not verified"),
        };
        string shape = verdict switch
        {
            Verdict.Verified => $"M{Markup.Number(x - 4)} {Markup.Number(y + 0.6)}l3 3 5-6.4",
            Verdict.Warned => $"M{Markup.Number(x)} {Markup.Number(y - 5)}v5.6M{Markup.Number(x)} {Markup.Number(y + 4)}v.4",
            _ => $"M{Markup.Number(x - 3)} {Markup.Number(y - 3)}l6 6m0-6l-6 6",
        };
        page.Open("g", ("class", $"mark {style}")).Put("title", null, name);
        page.Open("circle", ("cx", Markup.Number(x)), ("cy", Markup.Number(y)), ("r", "9")).Open("path", ("d", shape));
        page.Close();
    }

    private static string Label(ImageTree tree)
    {
        string platform = string.IsNullOrEmpty(tree.Node.Platform) ? "" : $" {tree.Node.Platform}";
        return tree.Layers > 1 ? $"{tree.Node.Kind}{platform} · {tree.Layers} layers" : $"{tree.Node.Kind}{platform}";
    }

    /// <summary>The short digest, and of what has a type the end of that: URIs differ there.</summary>
    private static string What(ReportNode node)
    {
        string digest = node.Digest.Split(':')[^1];
        digest = digest[..Math.Min(digest.Length, 12)];
        string type = node.Kind is "Image" or "Index" || node.Type?.StartsWith("application/vnd.oci.", StringComparison.Ordinal) == true
            ? "" : node.Type?.TrimEnd('/') ?? "";
        int scheme = type.IndexOf("://", StringComparison.Ordinal);
        string[] parts = (scheme < 0 ? type : type[(scheme + 3)..]).Split('/');
        string end = parts.Length > 2 ? string.Join('/', parts[^2..]) : string.Join('/', parts);
        return end.Length == 0 ? digest : $"{digest} {end}";
    }

    private static void List(Markup page, ImageTree root)
    {
        page.Open("details").Open("summary").Text("The same as text").Close().Open("ul", ("class", "outline"));
        foreach (ImageTree tree in root.All)
        {
            page.Open("li", ("class", $"depth-{Math.Min(tree.Depth, 8)}")).Open("strong").Outside(tree.Node.Kind, 40).Close().Text(" ");
            page.Open("code").Outside(tree.Node.Reference, 400).Close();
            if (!string.IsNullOrEmpty(tree.Node.Type))
            {
                page.Text(" ").Open("span", ("class", "muted")).Outside(tree.Node.Type, 200).Close();
            }

            page.Close();
        }

        page.Close().Close().Line();
    }

    private static double X(ImageTree tree) => 2 + (tree.Depth * (Width + Gap));

    private static double Y(ImageTree tree) => 2 + (tree.Row * Step);

    private static string Size(long bytes) => bytes switch
    {
        <= 0 => "",
        < 1024 => $"{bytes} bytes",
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MiB"),
    };
}
