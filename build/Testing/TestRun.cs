using System.Diagnostics;

namespace SigstorePS.Build.Testing;

/// <summary>The word <c>test</c>: build, run the rings, print one closing line each and the sum last.</summary>
internal static class TestRun
{
    private static readonly Dictionary<string, Func<Options, RingResult>> Rings = new(StringComparer.Ordinal)
    {
        ["engine"] = static o => XunitRing.Run("engine", "Engine.Tests", o),
        ["cmdlets"] = static o => XunitRing.Run("cmdlets", "Cmdlets.Tests", o),
        ["pester"] = PesterRing.Run,
    };

    /// <summary>Returns the exit code: not zero when anything failed, or when nothing ran.</summary>
    public static int Run(Options options)
    {
        string[] chosen = options.Rings.Count == 0 ? [.. Rings.Keys] : [.. options.Rings];
        if (Array.Find(chosen, static ring => !Rings.ContainsKey(ring)) is { } unknown)
        {
            throw new BuildFailure($"there is no ring '{unknown}'; the rings are {string.Join(", ", Rings.Keys)}");
        }

        List<RingResult> results = [];
        try
        {
            new ModuleBuild(options).Run(everything: true);
            foreach (string ring in chosen)
            {
                results.Add(Timed(ring, options));
            }
        }
        catch (BuildFailure failure)
        {
            results.Add(RingResult.Broken("build", failure.Message));
        }

        Report(results);
        bool ran = results.Sum(static r => r.Passed) > 0;
        return ran && results.All(static r => r.Failed.Count == 0) ? 0 : 1;
    }

    private static RingResult Timed(string ring, Options options)
    {
        Stopwatch clock = Stopwatch.StartNew();
        Console.WriteLine($"ring {ring}:");
        try
        {
            return Rings[ring](options) with { Time = clock.Elapsed };
        }
        catch (BuildFailure failure)
        {
            return RingResult.Broken(ring, failure.Message) with { Time = clock.Elapsed };
        }
    }

    private static void Report(IReadOnlyList<RingResult> results)
    {
        Console.WriteLine();
        foreach ((string test, string reason) in results.SelectMany(static r => r.Skipped))
        {
            Console.WriteLine($"skipped: {test}: {OneLine(reason)}");
        }

        foreach (string test in results.SelectMany(static r => r.Failed))
        {
            Console.WriteLine($"failed: {OneLine(test)}");
        }

        foreach (RingResult ring in results)
        {
            Console.WriteLine($"ring {ring.Ring}: {Counts([ring])} ({ring.Time.TotalSeconds:0.0} s)");
        }

        Console.WriteLine(Counts(results));
    }

    private static string Counts(IReadOnlyList<RingResult> results) =>
        $"{results.Sum(static r => r.Passed)} passed, {results.Sum(static r => r.Failed.Count)} failed, "
        + $"{results.Sum(static r => r.Skipped.Count)} skipped";

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
