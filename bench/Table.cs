using System.Globalization;

namespace SigstorePS.Bench;

/// <summary>The Markdown table at the end, and lines while it is made.</summary>
/// <param name="peer">Whom we are compared with.</param>
internal sealed class Table(string peer = "cosign 3.1.1")
{
    private readonly List<string> _rows = [];

    public void Add(string what, string ours, string theirs, double? ratio = null, string target = "")
    {
        string times = ratio is { } r ? r.ToString("0.0", CultureInfo.InvariantCulture) + "x" : "";
        _rows.Add($"| {what} | {ours} | {theirs} | {times} | {target} |");
        Console.WriteLine(theirs.Length == 0 ? $"  {what}: {ours}" : $"  {what}: {ours}; {peer}: {theirs} {times}");
    }

    public void Print()
    {
        Console.WriteLine();
        Console.WriteLine($"| what | SigstorePS | {peer} | ratio | target |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        foreach (string row in _rows)
        {
            Console.WriteLine(row);
        }
    }

    public static string Seconds(double seconds) =>
        seconds < 1
            ? (seconds * 1000).ToString("0 'ms'", CultureInfo.InvariantCulture)
            : seconds.ToString("0.00 's'", CultureInfo.InvariantCulture);

    public static string Number(double number) => number.ToString("0.0", CultureInfo.InvariantCulture);
}
