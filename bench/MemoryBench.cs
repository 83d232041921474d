using System.Diagnostics;
using System.Globalization;
using SigstorePS.Support;

namespace SigstorePS.Bench;

/// <summary>10,000 different images verified by one process: what it holds after 1,000 and at the end.</summary>
internal static class MemoryBench
{
    public const string WorkerWord = "memory-worker";

    private const int First = 1000;
    private const double Mebibyte = 1024 * 1024;

    public static async Task RunAsync(Arena arena, Table table, int count)
    {
        Console.WriteLine($"memory: pushing and signing {count} images");
        string[] images = await arena.PushSignedAsync("memory", count);
        string list = Path.Combine(arena.Folder, "memory.txt");
        await File.WriteAllLinesAsync(list, images);
        Dictionary<string, string> variables = new()
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = arena.Folder,
        };
        PeerResult result = await PeerProcess.RunAsync(
            "dotnet", [typeof(MemoryBench).Assembly.Location, WorkerWord, list, arena.Pair.PublicKeyPath!],
            arena.Folder, variables, TimeSpan.FromMinutes(15), default);
        if (!result.Succeeded)
        {
            throw new InvalidOperationException(result.ToString());
        }

        double[] values = [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(static l => l.Split(' ')).Select(static v => double.Parse(v, CultureInfo.InvariantCulture))];
        table.Add(
            $"working set after {First}, after {count} images", $"{values[0]:0} MiB, {values[2]:0} MiB (growth "
            + $"{values[2] - values[0]:0})", "", target: "growth <= 100 MiB");
        table.Add($"managed heap after {First}, after {count} images", $"{values[1]:0.0} MiB, {values[3]:0.0} MiB", "");
    }

    public static async Task WorkAsync(string[] arguments)
    {
        string[] images = await File.ReadAllLinesAsync(arguments[0]);
        using SigstoreEngine engine = Arena.NewEngine();
        await Arena.VerifyAsync(engine, images.Take(First), arguments[1]);
        Print();
        await Arena.VerifyAsync(engine, images.Skip(First), arguments[1]);
        Print();

        static void Print()
        {
            // The working set as it is; the heap after a collection: what is really held on to.
            using Process self = Process.GetCurrentProcess();
            double workingSet = self.WorkingSet64 / Mebibyte;
            GC.Collect();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{workingSet} {GC.GetTotalMemory(forceFullCollection: true) / Mebibyte}"));
        }
    }
}
