using System.Diagnostics;
using System.Globalization;
using SigstorePS.Crypto;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Bench;

/// <summary>
/// Bundles verified a second and core, from their files, beside what the signatures in them cost by themselves in the
/// same process; then a whole process of ours for all of them against a cosign process for each.
/// </summary>
internal static class BundleBench
{
    public const string WorkerWord = "bundles-worker";

    private const int Distinct = 100;
    private const int CosignRuns = 30;
    private const int Rounds = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(int count)
    {
        string folder = Directory.CreateTempSubdirectory("sigstoreps-bundles-").FullName;
        try
        {
            Table table = new();
            BundleItem[] golden = BundleCorpus.Golden();
            BundleItem[] distinct = await BundleCorpus.SignAsync(folder, Distinct) ?? golden;
            Dictionary<string, double> prices = Prices(table, [.. golden, .. distinct]);
            foreach (BundleItem[] kind in ByKind(golden).Concat(distinct == golden ? [] : ByKind(distinct)))
            {
                await ShareAsync(table, kind, prices, count);
            }

            await ManyAsync(table, distinct, count);
            await AgainstCosignAsync(table, folder, distinct, count);
            table.Print();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Arguments: list of the items, how many to verify, how many at once.</summary>
    public static async Task<int> WorkAsync(string[] arguments)
    {
        await VerifyAsync(
            await BundleCorpus.LoadAsync(arguments[0]), int.Parse(arguments[1], CultureInfo.InvariantCulture),
            int.Parse(arguments[2], CultureInfo.InvariantCulture));
        return 0;
    }

    private static IEnumerable<BundleItem[]> ByKind(BundleItem[] items) =>
        items.GroupBy(static i => i.Kind).Select(static g => g.ToArray());

    private static Dictionary<string, double> Prices(Table table, BundleItem[] items)
    {
        Dictionary<string, double> prices = [];
        foreach (string algorithm in items.SelectMany(static i => SignatureTally.Of(i).Keys).Distinct().Order())
        {
            prices[algorithm] = SignatureTally.SecondsOf(algorithm);
            table.Add($"raw {algorithm} verifications, a second and core", Table.Number(1 / prices[algorithm]), "");
        }

        table.Add(
            "raw P-256 public keys made ready, a second and core", Table.Number(1 / SignatureTally.SecondsOfImport()), "");
        return prices;
    }

    /// <summary>One at a time, in time of the processor: others on the machine do not count.</summary>
    private static async Task ShareAsync(
        Table table, BundleItem[] items, Dictionary<string, double> prices, int count)
    {
        Dictionary<string, int> tally = SignatureTally.Of(items[0]);
        double signatures = tally.Sum(t => t.Value * prices[t.Key]);
        Measured measured = await MeasureAsync(items, count, threads: 1);
        double each = measured.Processor / count;
        table.Add(
            $"{items[0].Kind} bundles ({items.Length} distinct), a second and core",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{1 / each:0} ({each * 1e6:0} us, {measured.Bytes / count / 1024:0} KiB allocated)"),
            "");
        table.Add(
            $"- share inside its {tally.Values.Sum()} signature verifications "
            + $"({string.Join(", ", tally.OrderBy(static t => t.Key).Select(static t => $"{t.Value} {t.Key}"))})",
            $"{signatures / each:P0}", "", target: ">= 50%");
    }

    private static async Task ManyAsync(Table table, BundleItem[] items, int count)
    {
        int cores = Environment.ProcessorCount;
        double seconds = (await MeasureAsync(items, count, cores)).Clock;
        table.Add(
            $"{count} bundles ({items.Length} distinct) in a warm process on {cores} cores, a second",
            $"{count / seconds:0}", "");
    }

    /// <summary>Ours with the start of the process, reading the trust root and compiling at run time.</summary>
    private static async Task AgainstCosignAsync(Table table, string folder, BundleItem[] items, int count)
    {
        Cosign cosign;
        try
        {
            cosign = Peers.RequireCosign3();
        }
        catch (Xunit.Sdk.SkipException missing)
        {
            Console.WriteLine($"  cosign verify-blob: not run ({missing.Message})");
            return;
        }

        string list = Path.Combine(folder, "list.txt");
        await BundleCorpus.SaveAsync(list, items);
        List<double> alone = [];
        List<double> together = [];
        List<double> theirs = [];
        for (int round = 0; round < Rounds; round++)
        {
            alone.Add(await OursAsync(folder, list, count, threads: 1));
            together.Add(await OursAsync(folder, list, count, Environment.ProcessorCount));
            for (int i = 0; i < CosignRuns / Rounds; i++)
            {
                BundleItem item = items[theirs.Count % items.Length];
                Stopwatch clock = Stopwatch.StartNew();
                PeerResult result = await cosign.RunAsync(
                    folder, string.Empty, ["verify-blob", "--bundle", item.Bundle, .. item.Flags, item.Artifact], default);
                theirs.Add(clock.Elapsed.TotalSeconds);
                RequireSuccess(result);
            }
        }

        double all = theirs.Average() * count;
        table.Add(
            $"{count} bundles in one fresh process, one at a time, against one process each ({theirs.Count} run, scaled)",
            Table.Seconds(Median.Of(alone)), Table.Seconds(all), all / Median.Of(alone), ">= 20x");
        table.Add(
            $"the same, {Environment.ProcessorCount} at a time", Table.Seconds(Median.Of(together)), Table.Seconds(all),
            all / Median.Of(together), ">= 20x");
    }

    private static async Task<double> OursAsync(string folder, string list, int count, int threads)
    {
        Dictionary<string, string> variables = new()
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = folder,
        };
        Stopwatch clock = Stopwatch.StartNew();
        RequireSuccess(await PeerProcess.RunAsync(
            "dotnet",
            [
                typeof(BundleBench).Assembly.Location, WorkerWord, list, count.ToString(CultureInfo.InvariantCulture),
                threads.ToString(CultureInfo.InvariantCulture),
            ],
            folder, variables, Limit, default));
        return clock.Elapsed.TotalSeconds;
    }

    private static void RequireSuccess(PeerResult result)
    {
        if (!result.Succeeded)
        {
            throw new InvalidOperationException(result.ToString());
        }
    }

    /// <summary>Medians of several rounds after one that warms up.</summary>
    private static async Task<Measured> MeasureAsync(BundleItem[] items, int count, int threads)
    {
        await VerifyAsync(items, count, threads);
        List<double> clocks = [];
        List<double> processor = [];
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int round = 0; round < Rounds; round++)
        {
            TimeSpan spent = Environment.CpuUsage.TotalTime;
            Stopwatch clock = Stopwatch.StartNew();
            await VerifyAsync(items, count, threads);
            clocks.Add(clock.Elapsed.TotalSeconds);
            processor.Add((Environment.CpuUsage.TotalTime - spent).TotalSeconds);
        }

        long bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
        return new Measured(Median.Of(clocks), Median.Of(processor), bytes / (double)Rounds);
    }

    private static Task VerifyAsync(BundleItem[] items, int count, int threads) => Parallel.ForAsync(
        0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, async (i, cancel) =>
        {
            BundleItem item = items[i % items.Length];
            IReadOnlyList<BlobSignature> signatures = await BlobSignatures.ReadAsync(item.Bundle, cancel);
            await BlobVerifier.VerifyAsync(new BlobTarget(item.Artifact, null, signatures), item.Policy, cancel);
        });

    /// <summary>Seconds by the clock and of the processor, and bytes allocated.</summary>
    private sealed record Measured(double Clock, double Processor, double Bytes);
}
