using SigstorePS.Support.Stack;

namespace SigstorePS.Stack;

/// <summary>
/// Starts the sigstore servers and runs until its stdin ends. Arguments: the folder of the programs
/// (<c>.peers/stack</c>), and the file to write where the servers are; its name is for <c>SIGSTOREPS_STACK</c>. Or
/// <c>clouds</c> and a file: see <see cref="Clouds"/>.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [string programs, string file])
        {
            await Console.Error.WriteLineAsync("usage: Stack FOLDER_OF_THE_SERVERS|clouds FILE_TO_WRITE");
            return 1;
        }

        if (programs == "clouds")
        {
            await Clouds.RunAsync(file);
            return 0;
        }

        await using StackServers servers = await StackServers.StartAsync(programs, CancellationToken.None);
        servers.Description.Write(file);
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        return 0;
    }
}
