using System.Diagnostics;
using System.Globalization;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Bench;

/// <summary>64 signers at once on one image, ten times each way: how many signatures are there at the end.</summary>
internal static class Race
{
    private const int Signers = 64;
    private const int Processes = 8;

    public static async Task<int> RunAsync(int runs)
    {
        using SigstoreEngine engine = new(SigstoreOptions.FromProcess());
        await using DockerRegistry registry = await Peers.RequireRegistryAsync(default);
        string home = Directory.CreateTempSubdirectory("sigstoreps-race-").FullName;
        bool kept = true;
        Console.WriteLine($"{Signers} signers at once on one image, docker-registry 2.8.2, {runs} runs each");
        Console.WriteLine();
        Console.WriteLine("| place | signers | survivors per run | writes per signature: mean, worst | seconds per run |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        foreach (SignatureFormats format in (SignatureFormats[])[SignatureFormats.Legacy, SignatureFormats.Bundle])
        {
            string place = format == SignatureFormats.Legacy ? ".sig tag" : "fallback index";
            kept &= await SeriesAsync(
                place, "one process, 64 tasks", image => SigningRace.InOneProcessAsync(engine, image, format, Signers, default));
            kept &= await SeriesAsync(place, "8 processes x 8", image => SigningRace.InProcessesAsync(
                engine, image, format, Processes, Signers / Processes, _ => home, default));
            kept &= await SeriesAsync(place, "8 processes x 8, no common lock", image => SigningRace.InProcessesAsync(
                engine, image, format, Processes, Signers / Processes, Machine, default));
        }

        Directory.Delete(home, recursive: true);
        return kept ? 0 : 1;

        string Machine(int number) => Directory.CreateDirectory(Path.Combine(home, $"machine{number}")).FullName;

        async Task<bool> SeriesAsync(string place, string who, Func<string, Task<RaceResult>> race)
        {
            List<RaceResult> results = [];
            List<double> times = [];
            for (int run = 0; run < runs; run++)
            {
                string image = $"{registry.Host}/race{Guid.NewGuid():n}:v1";
                await SmallImage.PushAsync(
                    engine.Open(ImageReference.Parse(image), new ImageQuery().Access), "v1", image, default);
                Stopwatch clock = Stopwatch.StartNew();
                results.Add(await race(image));
                times.Add(clock.Elapsed.TotalSeconds);
            }

            int[] attempts = [.. results.SelectMany(static r => r.Attempts)];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {place} | {who} | {string.Join(" ", results.Select(static r => r.Survivors))} | "
                + $"{attempts.Average():0.0}, {attempts.Max()} | {Median.Of(times):0.0} ({times.Min():0.0}-{times.Max():0.0}) |"));
            foreach (string failure in results.SelectMany(static r => r.Failures).Distinct())
            {
                Console.WriteLine($"  failure: {failure}");
            }

            return results.All(static r => r.Survivors == Signers && r.Failures.Count == 0);
        }
    }
}
