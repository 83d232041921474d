using System.Diagnostics;
using System.Globalization;
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

    // What is hot is compiled a second time after some hundred calls, in the background.
    private const int WarmUp = 500;

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(int count)
    {
        string folder = Directory.CreateTempSubdirectory("sigstoreps-bundles-").FullName;
        try
        {
            Table table = new();
            BundleItem[] golden = BundleCorpus.Golden();
            BundleItem[] distinct = await BundleCorpus.SignAsync(folder, Distinct) ?? golden;
            Prices(table, [.. golden, .. distinct]);
            foreach (BundleItem[] kind in ByKind(golden).Concat(distinct == golden ? [] : ByKind(distinct)))
            {
                await ShareAsync(table, kind, count);
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

    private static void Prices(Table table, BundleItem[] items)
    {
        foreach (string algorithm in items.SelectMany(static i => SignatureTally.Of(i).Keys).Distinct().Order())
        {
            table.Add(
                $"raw {algorithm} verifications, a second and core",
                Table.Number(1 / SignatureTally.SecondsOf(algorithm, Long)), "");
        }

        table.Add(
            "raw P-256 public keys made ready, a second and core",
            Table.Number(1 / SignatureTally.SecondsOfImport(Long)), "");
    }

    /// <summary>
    /// One at a time, in time of the processor. The signatures alone are measured anew beside each round: where others
    /// are on the machine, its speed changes from second to second.
    /// </summary>
    private static async Task ShareAsync(Table table, BundleItem[] items, int count)
    {
        Dictionary<string, int> tally = SignatureTally.Of(items[0]);
        await VerifyAsync(items, WarmUp, threads: 1);
        List<double> seconds = [];
        List<double> shares = [];
        long bytes = 0;
        for (int round = 0; round < Rounds; round++)
        {
            double signatures = tally.Sum(static t => t.Value * SignatureTally.SecondsOf(t.Key, Short));
            long before = GC.GetTotalAllocatedBytes(precise: true);
            TimeSpan spent = Environment.CpuUsage.TotalTime;
            await VerifyAsync(items, count, threads: 1);
            double each = (Environment.CpuUsage.TotalTime - spent).TotalSeconds / count;
            bytes = (GC.GetTotalAllocatedBytes(precise: true) - before) / count;
            seconds.Add(each);
            shares.Add(signatures / each);
        }

        table.Add(
            $"{items[0].Kind} bundles ({items.Length} distinct), a second and core",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{1 / Median.Of(seconds):0} ({Median.Of(seconds) * 1e6:0} us, {bytes / 1024} KiB allocated)"),
            "");
        table.Add(
            $"- share inside its {tally.Values.Sum()} signature verifications "
            + $"({string.Join(", ", tally.OrderBy(static t => t.Key).Select(static t => $"{t.Value} {t.Key}"))})",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Median.Of(shares) * 100:0} % ({shares.Min() * 100:0}-{shares.Max() * 100:0})"),
            "", target: ">= 50%");
    }

    private static async Task ManyAsync(Table table, BundleItem[] items, int count)
    {
        int cores = Environment.ProcessorCount;
        await VerifyAsync(items, WarmUp, cores);
        List<double> seconds = [];
        for (int round = 0; round < Rounds; round++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            await VerifyAsync(items, count, cores);
            seconds.Add(clock.Elapsed.TotalSeconds);
        }

        table.Add(
            $"{count} bundles ({items.Length} distinct) in a warm process on {cores} cores, a second",
            $"{count / Median.Of(seconds):0}", "");
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

    private static Task VerifyAsync(BundleItem[] items, int count, int threads) => Parallel.ForAsync(
        0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, async (i, cancel) =>
        {
            BundleItem item = items[i % items.Length];
            IReadOnlyList<BlobCandidate> signatures = await BlobSignatures.ReadAsync(item.Bundle, cancel);
            await BlobVerifier.VerifyAsync(new BlobTarget(item.Artifact, null, signatures), item.Policy, cancel);
        });
}
