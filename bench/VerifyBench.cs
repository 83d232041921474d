using System.Globalization;

namespace SigstorePS.Bench;

/// <summary>
/// Bundle images against <c>cosign verify</c>: of the same list in one process, and as one process each.
/// docker-registry 2.8 compiles its routes anew for every request (1.2 ms of processor time): on a small machine that is
/// most of the time on both sides, so that crane's registry is measured too.
/// </summary>
internal static class VerifyBench
{
    private const int Images = 1000;
    private const int OneEach = 100;
    private const int Delayed = 200;
    private const int Rounds = 3;
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(Arena arena, Table table)
    {
        (string[] images, double own, double theirs) = await LoopbackAsync(arena, table);
        List<double> each = [];
        foreach (string image in images.Take(OneEach))
        {
            each.Add(await arena.CosignAsync(arena.VerifyArguments([image])));
        }

        double all = each.Sum() * Images / OneEach;
        table.Add(
            $"the same against one process each ({OneEach} run, times {Images / OneEach})",
            Table.Seconds(own), Table.Seconds(all), all / own);
        await CmdletAsync(arena, table, images, theirs);
        await DelayedAsync(arena, table, images);
    }

    /// <summary>The same list in one process each side, rounds interleaved.</summary>
    public static async Task<(string[] Images, double Ours, double Theirs)> LoopbackAsync(Arena arena, Table table)
    {
        Console.WriteLine($"verify: pushing and signing {Images} images, {arena.RegistryName}");
        string[] images = await arena.PushSignedAsync("verify", Images);
        List<double> ours = [];
        List<double> theirs = [];
        List<double> processor = [];
        for (int round = 0; round < Rounds; round++)
        {
            // A fresh engine knows nothing of the registry, as a fresh session does.
            using SigstoreEngine engine = Arena.NewEngine();
            TimeSpan before = Environment.CpuUsage.TotalTime;
            ours.Add(await Arena.SecondsAsync(() => Arena.VerifyAsync(engine, images, arena.Pair.PublicKeyPath!)));
            processor.Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds / Images);
            theirs.Add(await arena.CosignAsync(arena.VerifyArguments(images)));
        }

        (double own, double cosign) = (Median.Of(ours), Median.Of(theirs));
        table.Add(
            $"verify {Images} bundle images, engine, throttle {Arena.Throttle}, against one process ({arena.RegistryName})",
            $"{Table.Seconds(own)} (processor time {Table.Number(Median.Of(processor))} ms an image)",
            Table.Seconds(cosign), cosign / own, ">= 3x");
        return (images, own, cosign);
    }

    private static async Task DelayedAsync(Arena arena, Table table, string[] images)
    {
        await using LatencyProxy proxy = new(arena.Host);
        string[] proxied = [.. images.Select(i => i.Replace(arena.Host, proxy.Host, StringComparison.Ordinal))];
        string[] few = [.. proxied.Take(Delayed)];

        using (SigstoreEngine engine = Arena.NewEngine())
        {
            await Arena.VerifyAsync(engine, few, arena.Pair.PublicKeyPath!);
        }

        int ours = proxy.Requests;
        await arena.CosignAsync(arena.VerifyArguments(few));
        table.Add(
            $"requests per verified image ({Delayed} images by tag)",
            Table.Number(ours / (double)Delayed), Table.Number((proxy.Requests - ours) / (double)Delayed));

        proxy.Latency = Latency;
        List<double> own = [];
        for (int round = 0; round < Rounds; round++)
        {
            using SigstoreEngine engine = Arena.NewEngine();
            own.Add(await Arena.SecondsAsync(() => Arena.VerifyAsync(engine, proxied, arena.Pair.PublicKeyPath!)));
        }

        double cosign = await arena.CosignAsync(arena.VerifyArguments(few)) * Images / Delayed;
        table.Add(
            $"verify {Images} with 20 ms added to every request (cosign: {Delayed} run, times {Images / Delayed})",
            Table.Seconds(Median.Of(own)), Table.Seconds(cosign), cosign / Median.Of(own), ">= 10x");
    }

    /// <summary>The real cmdlet in a real PowerShell, where there is one and the module is built.</summary>
    private static async Task CmdletAsync(Arena arena, Table table, string[] images, double theirs)
    {
        string list = Path.Combine(arena.Folder, "images.txt");
        await File.WriteAllLinesAsync(list, images);
        string script = $$"""
            Import-Module '{{PowerShell.Module}}'
            1..{{Rounds}} | ForEach-Object {
                $clock = [Diagnostics.Stopwatch]::StartNew()
                $results = @(Get-Content '{{list}}' |
                    Test-ImageSignature -Key '{{arena.Pair.PublicKeyPath!}}' -SkipTransparencyLog -ThrottleLimit {{Arena.Throttle}} -ErrorAction Stop)
                if ($results.Count -ne {{images.Length}}) { throw "verified $($results.Count)" }
                $clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)
            }
            """;
        if (await PowerShell.RunAsync(script, arena.Folder) is not { } output)
        {
            Console.WriteLine($"  Test-ImageSignature in pwsh: not run ({PowerShell.WhyNot})");
            return;
        }

        double[] times = [.. output.Select(static l => double.Parse(l, CultureInfo.InvariantCulture))];
        table.Add(
            $"verify {Images}, Test-ImageSignature -ThrottleLimit {Arena.Throttle} in pwsh, against one process",
            $"{Table.Seconds(Median.Of(times))} (first {Table.Seconds(times[0])})", Table.Seconds(theirs),
            theirs / Median.Of(times), ">= 3x");
    }
}
