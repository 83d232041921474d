using System.Text;

namespace SigstorePS.Build;

/// <summary>
/// The word <c>help</c>: docs/help to Module/en-US. PlatyPS makes the cmdlet help, where it is installed; it has no
/// command for about topics, so those are made here. What is made is committed, and <c>--check</c> finds it stale.
/// </summary>
internal static class HelpPages
{
    private const string CommandHelp = "SigstorePS.dll-Help.xml";
    private const string PlatyPS = "Microsoft.PowerShell.PlatyPS";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static string Source => Checkout.At("docs", "help");

    private static string Target => Checkout.At("Module", "en-US");

    public static int Run(Options options)
    {
        Dictionary<string, string> pages = new(StringComparer.Ordinal);
        foreach (string topic in Directory.EnumerateFiles(Source, "about_*.md"))
        {
            string page = Path.GetFileNameWithoutExtension(topic) + ".help.txt";
            pages[page] = AboutTopic.FromMarkdown(File.ReadAllText(topic));
        }

        int topics = pages.Count;
        int commands = Directory.EnumerateFiles(Source, "*-*.md").Count();
        if (PowerShellHost.Find(options, out string reason) is { } host && host.Tools.ContainsKey(PlatyPS))
        {
            if (commands > 0)
            {
                pages[CommandHelp] = ExportCommandHelp(host);
            }

            Console.WriteLine($"help: {commands} cmdlet pages, {topics} about topics");
        }
        else
        {
            reason = reason.Length == 0 ? $"no {PlatyPS}" : reason;
            Console.WriteLine($"help: {topics} about topics; {commands} cmdlet pages left as they are ({reason})");
        }

        return options.Check ? Compare(pages) : Write(pages);
    }

    private static string ExportCommandHelp(PowerShellHost host)
    {
        string folder = Checkout.TemporaryFolder("help");
        try
        {
            string[] arguments =
                ["-File", Checkout.At("build", "Export-CommandHelp.ps1"), "-Source", Source, "-Target", folder];
            if (host.Run(arguments, Limit) != 0)
            {
                throw new BuildFailure("PlatyPS could not make the cmdlet help");
            }

            string[] made = Directory.GetFiles(folder, "*-Help.xml", SearchOption.AllDirectories);
            return made.Length == 1 ? Normalise(File.ReadAllText(made[0]))
                : throw new BuildFailure(
                    $"PlatyPS made {made.Length} help files, not one: look at 'external help file' in the pages");
        }
        finally
        {
            Checkout.Remove(folder);
        }
    }

    private static int Write(Dictionary<string, string> pages)
    {
        Directory.CreateDirectory(Target);
        foreach ((string name, string text) in pages)
        {
            File.WriteAllText(Path.Combine(Target, name), text, new UTF8Encoding(false));
        }

        return 0;
    }

    private static int Compare(Dictionary<string, string> pages)
    {
        string[] stale =
        [
            .. pages.Where(static p => !File.Exists(Path.Combine(Target, p.Key))
                    || Normalise(File.ReadAllText(Path.Combine(Target, p.Key))) != p.Value)
                .Select(static p => p.Key),
        ];
        return stale.Length == 0 ? 0
            : throw new BuildFailure($"stale in Module/en-US: {string.Join(", ", stale)}; run the word help");
    }

    private static string Normalise(string text) => text.TrimStart('\uFEFF').ReplaceLineEndings("\n").TrimEnd() + "\n";
}
