namespace SigstorePS.Bench;

/// <summary>100 images with one encrypted key: opened once by us, a process and an scrypt each with cosign.</summary>
internal static class SignBench
{
    private const int Images = 100;
    private const int Rounds = 3;

    public static async Task RunAsync(Arena arena, Table table, int runs)
    {
        string[] theirs = await arena.PushAsync("cosign-signs", runs);
        List<double> each = [];
        List<double> ours = [];
        for (int round = 0; round < Rounds; round++)
        {
            string[] images = await arena.PushAsync($"we-sign-{round}-", Images);
            using SigstoreEngine engine = Arena.NewEngine();
            ours.Add(await Arena.SecondsAsync(() => arena.SignAsync(engine, images, Arena.Throttle)));
            foreach (string image in theirs.Where((_, i) => i % Rounds == round))
            {
                each.Add(await arena.CosignAsync(arena.SignArguments(image)));
            }
        }

        double all = each.Sum() * Images / runs;
        table.Add(
            $"sign {Images} with one encrypted key, engine, throttle {Arena.Throttle}, against {Images} processes ({runs} run)",
            Table.Seconds(Median.Of(ours)), Table.Seconds(all), all / Median.Of(ours), ">= 10x");

        string[] inTurn = await arena.PushAsync("in-turn", Images);
        using (SigstoreEngine engine = Arena.NewEngine())
        {
            double seconds = await Arena.SecondsAsync(() => arena.SignAsync(engine, inTurn, 1));
            table.Add($"the same, throttle 1", Table.Seconds(seconds), Table.Seconds(all), all / seconds);
        }

        await RequestsAsync(arena, table);
    }

    private static async Task RequestsAsync(Arena arena, Table table)
    {
        const int Few = 10;
        string[] images = await arena.PushAsync("counted", Few + 1);
        await using LatencyProxy proxy = new(arena.Host);
        string[] proxied = [.. images.Select(i => i.Replace(arena.Host, proxy.Host, StringComparison.Ordinal))];
        using (SigstoreEngine engine = Arena.NewEngine())
        {
            await arena.SignAsync(engine, [.. proxied.Take(Few)], Arena.Throttle);
        }

        int ours = proxy.Requests;
        await arena.CosignAsync(arena.SignArguments(proxied[Few]));
        table.Add(
            $"requests per signed image ({Few} images; cosign 1)",
            Table.Number(ours / (double)Few), Table.Number(proxy.Requests - ours));
    }
}
