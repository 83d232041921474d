using System.Diagnostics;

namespace SigstorePS.Build.Testing;

/// <summary>The real sigstore servers, for tests in PowerShell: started by tests/Stack and ended by disposing.</summary>
internal sealed class RunningStack : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    private RunningStack(Process process, string file) => (_process, File) = (process, file);

    /// <summary>Where the servers are, for the variable SIGSTOREPS_STACK.</summary>
    public string File { get; }

    /// <summary>Null where <c>./build.sh peers</c> has not built them, or they do not start: that is told.</summary>
    /// <param name="folder">For a file.</param>
    /// <param name="options">What is built.</param>
    public static RunningStack? Start(string folder, Options options)
    {
        string peers = Environment.GetEnvironmentVariable("PEERS") is { Length: > 0 } told ? told : Checkout.At(".peers");
        string programs = Path.Combine(peers, "stack");
        if (!System.IO.File.Exists(Path.Combine(programs, "fulcio")))
        {
            return null;
        }

        string file = Path.Combine(folder, "stack.json");
        string program = Path.Combine(Checkout.Binaries("Stack", options.Configuration), "Stack.dll");
        ProcessStartInfo start = new(Command.Dotnet, [program, programs, file])
        {
            UseShellExecute = false, RedirectStandardInput = true,
        };
        RunningStack stack = new(Process.Start(start) ?? throw new BuildFailure("tests/Stack did not start"), file);
        for (Stopwatch clock = Stopwatch.StartNew(); clock.Elapsed < StartLimit; Thread.Sleep(50))
        {
            if (System.IO.File.Exists(file))
            {
                return stack;
            }

            if (stack._process.HasExited)
            {
                break;
            }
        }

        stack.Dispose();
        Console.WriteLine("the sigstore servers do not start; the tests that need them are skipped");
        return null;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(StartLimit))
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }
}
