using SigstorePS.Support;

namespace SigstorePS.Bench;

/// <summary>
/// <c>verify</c>, <c>sign</c>, <c>memory</c>, <c>import</c>, <c>race</c>, <c>all</c>: our engine and cosign 3.1.1 side by
/// side, in one run, against the same registry.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        string word = arguments is [] ? "all" : arguments[0];
        string[] rest = [.. arguments.Skip(1)];
        switch (word)
        {
            case SigningRace.WorkerWord:
                await SigningRace.WorkAsync(rest, Console.In, Console.Out);
                return 0;
            case "race":
                return await Race.RunAsync(rest);
            default:
                await Console.Error.WriteLineAsync("words: verify, sign, memory, import, race, all");
                return 2;
        }
    }
}
