namespace SigstorePS.Reports;

/// <summary>A node of the picture, placed.</summary>
internal sealed class ImageTree
{
    /// <summary>Nodes drawn of one image; what is left out is counted.</summary>
    public const int Drawn = 400;

    private const int Deepest = 24;

    private ImageTree(ReportNode node, int depth) => (Node, Depth) = (node, depth);

    public ReportNode Node { get; }

    /// <summary>Column, from 0.</summary>
    public int Depth { get; }

    /// <summary>Row, from 0; between the rows of its children.</summary>
    public double Row { get; private set; }

    public List<ImageTree> Children { get; } = [];

    /// <summary>Layers of it, which the picture only counts.</summary>
    public int Layers { get; private set; }

    /// <summary>This node and all below, in print order.</summary>
    public IEnumerable<ImageTree> All => Children.SelectMany(static c => c.All).Prepend(this);

    /// <summary>
    /// The trees of a list in print order, with how many nodes each leaves out. A list that was cut or mixed up gives other
    /// trees, never an error.
    /// </summary>
    public static IReadOnlyList<(ImageTree Root, int LeftOut)> Read(IReadOnlyList<ReportNode> nodes)
    {
        List<(ImageTree Root, int LeftOut)> trees = [];
        List<ImageTree> path = [];
        int count = 0;
        foreach (ReportNode node in nodes)
        {
            int depth = Math.Clamp(node.Depth, 0, Math.Min(path.Count, Deepest));
            if (depth > 0 && node is { Kind: "Blob", Storage: "Layer" })
            {
                path[depth - 1].Layers++;
                continue;
            }

            if (depth > 0 && count >= Drawn)
            {
                trees[^1] = (trees[^1].Root, trees[^1].LeftOut + 1);
                continue;
            }

            ImageTree tree = new(node, depth);
            path.RemoveRange(depth, path.Count - depth);
            path.Add(tree);
            if (depth == 0)
            {
                trees.Add((tree, 0));
                count = 0;
            }
            else
            {
                path[depth - 1].Children.Add(tree);
            }

            count++;
        }

        foreach ((ImageTree root, int _) in trees)
        {
            root.Place(0);
        }

        return trees;
    }

    /// <summary>Gives rows from <paramref name="next"/> on; returns the next free one.</summary>
    private int Place(int next)
    {
        if (Children.Count == 0)
        {
            Row = next;
            return next + 1;
        }

        foreach (ImageTree child in Children)
        {
            next = child.Place(next);
        }

        Row = (Children[0].Row + Children[^1].Row) / 2;
        return next;
    }
}
