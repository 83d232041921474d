using System.Diagnostics;
using System.Globalization;
using SigstorePS.Support.Mutation;

namespace SigstorePS.Bench;

/// <summary>The full mutation run: good bundles, each damaged in every way there is, against the verifier.</summary>
internal static class MutateCommand
{
    public const string Word = "mutate";

    /// <returns>0 when nothing changed was accepted, nothing else was thrown and nothing took too long.</returns>
    public static int Run(string[] arguments)
    {
        int count = Option(arguments, "--count", int.MaxValue);
        int seed = Option(arguments, "--seed", 1);
        IReadOnlyList<MutationSource> sources = MutationSource.All();
        Stopwatch clock = Stopwatch.StartNew();
        IReadOnlyList<Mutant> plan = MutationRun.Plan(sources, seed);
        Console.WriteLine($"{sources.Count} good bundles, {plan.Count} mutants planned in {clock.Elapsed.TotalSeconds:0} s, seed {seed}");
        MutationRun run = new(sources);
        run.WarmUp();
        clock.Restart();
        for (int done = 0; done < Math.Min(count, plan.Count); done += 10_000)
        {
            run.Judge(plan.Skip(done).Take(Math.Min(10_000, count - done)));
            Console.WriteLine($"{run.Times.Count} in {clock.Elapsed.TotalSeconds:0} s, {run.Findings.Count} findings, "
                + $"{run.Unhandled.Count} unhandled, {run.Slow.Count} slow");
        }

        Print("kinds", run.Kinds);
        Print("verdicts", run.Verdicts);
        Print("accepted", run.Accepted);
        Print("accepted with another meaning", run.Findings);
        Print("unhandled exceptions", run.Unhandled);
        Print("over 50 ms, by the processor too", run.Slow);
        TimeSpan[] times = [.. run.Times.Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"time of one: median {Milliseconds(times[times.Length / 2])}, 99.9 % {Milliseconds(times[(int)(times.Length * 0.999)])}, "
            + $"most {Milliseconds(times[^1])}; first tries over 50 ms: {times.Count(static t => t.TotalMilliseconds > 50)}"));
        return run.Findings.Count + run.Unhandled.Count + run.Slow.Count == 0 ? 0 : 1;
    }

    private static void Print(string title, SortedDictionary<string, int> counts)
    {
        Console.WriteLine($"{title}:");
        foreach ((string what, int count) in counts)
        {
            Console.WriteLine($"  {count,8} {what}");
        }
    }

    private static void Print(string title, List<string> lines)
    {
        Console.WriteLine($"{title}: {lines.Count}");
        foreach (string line in lines.Take(200))
        {
            Console.WriteLine($"  {line}");
        }
    }

    private static string Milliseconds(TimeSpan time) =>
        time.TotalMilliseconds.ToString("0.0 'ms'", CultureInfo.InvariantCulture);

    private static int Option(string[] arguments, string name, int otherwise) =>
        Array.IndexOf(arguments, name) is >= 0 and var at && at + 1 < arguments.Length
            ? int.Parse(arguments[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
