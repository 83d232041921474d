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
            Dictionary<string, double> prices = await PricesAsync(table, [.. golden, .. distinct]);
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

    /// <summary>Arguments: how often; then bundle and file in turn; the policies are those of the corpus.</summary>
    public static async Task<int> WorkAsync(string[] arguments)
    {
        int count = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        BundleItem[] items = await BundleCorpus.LoadAsync(arguments[1]);
        await VerifyAsync(items, count, Environment.ProcessorCount);
        return 0;
    }

    private static IEnumerable<BundleItem[]> ByKind(BundleItem[] items) =>
        items.GroupBy(static i => i.Kind).Select(static g => g.ToArray());

    private static Task<Dictionary<string, double>> PricesAsync(Table table, BundleItem[] items)
    {
        Dictionary<string, double> prices = [];
        foreach (string algorithm in items.SelectMany(static i => SignatureTally.Of(i).Keys).Distinct().Order())
        {
            prices[algorithm] = SignatureTally.SecondsOf(algorithm);
            table.Add($"raw {algorithm} verifications, a second and core", Table.Number(1 / prices[algorithm]), "");
        }

        table.Add(
            "raw P-256 public keys made ready, a second and core", Table.Number(1 / SignatureTally.SecondsOfImport()), "");
        return Task.FromResult(prices);
    }

    /// <summary>One core, so that a second of the clock is one of the processor.</summary>
    private static async Task ShareAsync(
        Table table, BundleItem[] items, Dictionary<string, double> prices, int count)
    {
        Dictionary<string, int> tally = SignatureTally.Of(items[0]);
        double signatures = tally.Sum(t => t.Value * prices[t.Key]);
        (double seconds, double bytes) = await MeasureAsync(items, count, threads: 1);
        double each = seconds / count;
        table.Add(
            $"{items[0].Kind} bundles ({items.Length} distinct), a second and core",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{1 / each:0} ({each * 1e6:0} us, {bytes / count / 1024:0} KiB allocated)"),
            "");
        table.Add(
            $"- share inside its {tally.Values.Sum()} signature verifications "
            + $"({string.Join(", ", tally.OrderBy(static t => t.Key).Select(static t => $"{t.Value} {t.Key}"))})",
            $"{signatures / each:P0}", "", target: ">= 50%");
    }

    private static async Task ManyAsync(Table table, BundleItem[] items, int count)
    {
        int cores = Environment.ProcessorCount;
        (double seconds, _) = await MeasureAsync(items, count, cores);
        table.Add(
            $"{count} bundles ({items.Length} distinct) in a warm process on {cores} cores, a second",
            $"{count / seconds:0}", "");
    }

    /// <summary>Ours with the start of the process, reading the trust root and compiling at run time.</summary>
    private static async Task AgainstCosignAsync(Table table, string folder, BundleItem[] items, int count)
    {
        string list = Path.Combine(folder, "list.txt");
        await BundleCorpus.SaveAsync(list, items);
        Dictionary<string, string> variables = new()
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = folder,
        };
        List<double> ours = [];
        for (int round = 0; round < Rounds; round++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            PeerResult result = await PeerProcess.RunAsync(
                "dotnet",
                [
                    typeof(BundleBench).Assembly.Location, WorkerWord, count.ToString(CultureInfo.InvariantCulture), list,
                ],
                folder, variables, Limit, default);
            ours.Add(clock.Elapsed.TotalSeconds);
            if (!result.Succeeded)
            {
                throw new InvalidOperationException(result.ToString());
            }
        }

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

        double theirs = 0;
        for (int i = 0; i < CosignRuns; i++)
        {
            BundleItem item = items[i % items.Length];
            Stopwatch clock = Stopwatch.StartNew();
            PeerResult result = await cosign.RunAsync(
                folder, string.Empty, ["verify-blob", "--bundle", item.Bundle, .. item.Flags, item.Artifact], default);
            theirs += clock.Elapsed.TotalSeconds;
            if (!result.Succeeded)
            {
                throw new InvalidOperationException(result.ToString());
            }
        }

        double all = theirs * count / CosignRuns;
        table.Add(
            $"{count} bundles in one fresh process, against one process each ({CosignRuns} run, scaled to {count})",
            Table.Seconds(Median.Of(ours)), Table.Seconds(all), all / Median.Of(ours), ">= 20x");
    }

    /// <summary>Median of several rounds after one that warms up.</summary>
    private static async Task<(double Seconds, double Bytes)> MeasureAsync(BundleItem[] items, int count, int threads)
    {
        await VerifyAsync(items, count, threads);
        List<double> times = [];
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int round = 0; round < Rounds; round++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            await VerifyAsync(items, count, threads);
            times.Add(clock.Elapsed.TotalSeconds);
        }

        long bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
        return (Median.Of(times), bytes / (double)Rounds);
    }

    private static Task VerifyAsync(BundleItem[] items, int count, int threads) => Parallel.ForAsync(
        0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, async (i, cancel) =>
        {
            BundleItem item = items[i % items.Length];
            IReadOnlyList<BlobSignature> signatures = await BlobSignatures.ReadAsync(item.Bundle, cancel);
            await BlobVerifier.VerifyAsync(new BlobTarget(item.Artifact, null, signatures), item.Policy, cancel);
        });
}
