using System.Globalization;
using SigstorePS.Support;
using SigstorePS.Support.Tuf;

namespace SigstorePS.Bench;

/// <summary>Our engine and cosign 3.1.1 side by side, in one run, against the same registry.</summary>
internal static class Program
{
    private const string Words = """
        words: verify | sign [cosign runs, 30] | keyless [cosign runs, 10] | memory [images, 10000] | import | race [runs, 10] | all
               | mutate [--count N] [--seed S]
               bundles [how many, 1000] | file [MiB, 1024] | copy [MiB, 2048]
        """;

    public static async Task<int> Main(string[] arguments)
    {
        try
        {
            return await RunAsync(arguments is [] ? "all" : arguments[0], [.. arguments.Skip(1)]);
        }
        catch (Xunit.Sdk.SkipException missing)
        {
            await Console.Error.WriteLineAsync(missing.Message);
            return 1;
        }
    }

    private static async Task<int> RunAsync(string word, string[] rest)
    {
        switch (word)
        {
            case TufRace.WorkerWord:
                await TufRace.WorkAsync(Console.In, Console.Out);
                return 0;
            case SigningRace.WorkerWord:
                await SigningRace.WorkAsync(rest, Console.In, Console.Out);
                return 0;
            case MemoryBench.WorkerWord:
                await MemoryBench.WorkAsync(rest);
                return 0;
            case MutateCommand.Word:
                return MutateCommand.Run(rest);
            case BundleBench.WorkerWord:
                return await BundleBench.WorkAsync(rest);
            case FileBench.WorkerWord:
                return await FileBench.WorkAsync(rest);
            case "bundles":
                await BundleBench.RunAsync(Number(rest, 1000));
                return 0;
            case CopyBench.WorkerWord:
                return await CopyBench.WorkAsync(rest);
            case "copy":
                await CopyBench.RunAsync(Number(rest, 2048));
                return 0;
            case "file":
                await FileBench.RunAsync(Number(rest, 1024));
                return 0;
            case "keyless":
                await KeylessAsync(Number(rest, 10));
                return 0;
            case "race":
                return await Race.RunAsync(Number(rest, 10));
            case "verify" or "sign" or "memory" or "import" or "all":
                await CompareAsync(word, rest);
                if (word == "all")
                {
                    await BundleBench.RunAsync(1000);
                    await FileBench.RunAsync(1024);
                    return await Race.RunAsync(10);
                }

                return 0;
            default:
                await Console.Error.WriteLineAsync(Words);
                return 2;
        }
    }

    private static async Task CompareAsync(string word, string[] rest)
    {
        Table table = new();
        if (word is "import" or "all")
        {
            await ImportBench.RunAsync(table);
        }

        if (word is "sign" or "verify" or "all")
        {
            await using Arena arena = await Arena.CreateAsync(await Peers.RequireRegistryAsync(default));
            if (word is not "verify")
            {
                await SignBench.RunAsync(arena, table, word == "all" ? 30 : Number(rest, 30));
            }

            if (word is not "sign")
            {
                await VerifyBench.RunAsync(arena, table);
            }
        }

        if (word is "verify" or "memory" or "all")
        {
            await using Arena arena = await Arena.CreateAsync(await Peers.RequireCraneRegistryAsync(default));
            if (word is not "memory")
            {
                await VerifyBench.LoopbackAsync(arena, table);
            }

            if (word is not "verify")
            {
                await MemoryBench.RunAsync(arena, table, word == "all" ? 10_000 : Number(rest, 10_000));
            }
        }

        table.Print();
    }

    private static async Task KeylessAsync(int runs)
    {
        Table table = new();
        await using Arena arena = await Arena.CreateAsync(await Peers.RequireCraneRegistryAsync(default));
        await KeylessBench.RunAsync(arena, table, images: 100, runs);
        table.Print();
    }

    private static int Number(string[] arguments, int otherwise) =>
        arguments is [string text, ..] ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
