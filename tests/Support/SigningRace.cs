using System.Diagnostics;
using System.Globalization;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Verification;

namespace SigstorePS.Support;

/// <summary>How many signatures were there at the end, and how often each had to be written.</summary>
internal sealed record RaceResult(int Survivors, IReadOnlyList<int> Attempts, IReadOnlyList<string> Failures);

/// <summary>Many signers, each with a key of its own, sign one image at the same moment.</summary>
internal static class SigningRace
{
    /// <summary>The word by which the bench program becomes one of several racing processes.</summary>
    public const string WorkerWord = "race-worker";

    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    public static async Task<RaceResult> InOneProcessAsync(
        SigstoreEngine engine, string image, SignatureFormats format, int signers, CancellationToken cancel)
    {
        List<string> lines = [];
        await SignAsync(engine, image, format, signers, Task.CompletedTask, Add, cancel);
        return await CountAsync(engine, image, lines, cancel);

        void Add(string line)
        {
            lock (lines)
            {
                lines.Add(line);
            }
        }
    }

    /// <param name="engine">Counts at the end.</param>
    /// <param name="image">What to sign.</param>
    /// <param name="format">Where to: a tag or the fallback index.</param>
    /// <param name="processes">Processes of the operating system.</param>
    /// <param name="each">Signers in each of them.</param>
    /// <param name="home">Home folder of a process: processes with different ones know no lock of each other.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<RaceResult> InProcessesAsync(
        SigstoreEngine engine, string image, SignatureFormats format, int processes, int each, Func<int, string> home,
        CancellationToken cancel)
    {
        List<Process> workers = [];
        try
        {
            for (int i = 0; i < processes; i++)
            {
                workers.Add(Start(image, format, each, home(i)));
            }

            // Nobody begins before the last one is ready.
            foreach (Process worker in workers)
            {
                await worker.StandardOutput.ReadLineAsync(cancel);
            }

            foreach (Process worker in workers)
            {
                await worker.StandardInput.WriteLineAsync("go");
                worker.StandardInput.Close();
            }

            string[] outputs = await Task.WhenAll(workers.Select(w => w.StandardOutput.ReadToEndAsync(cancel)));
            return await CountAsync(
                engine, image, [.. outputs.SelectMany(static o => o.Split('\n', StringSplitOptions.RemoveEmptyEntries))],
                cancel);
        }
        finally
        {
            foreach (Process worker in workers)
            {
                if (!worker.HasExited)
                {
                    worker.Kill();
                }

                worker.Dispose();
            }
        }
    }

    /// <summary>A racing process: says "ready", waits for a line, signs, and prints a line for each signer.</summary>
    public static async Task WorkAsync(string[] arguments, TextReader input, TextWriter output)
    {
        using SigstoreEngine engine = new(SigstoreOptions.FromProcess());
        TaskCompletionSource go = new();
        Task signing = SignAsync(
            engine, arguments[0], Enum.Parse<SignatureFormats>(arguments[1]),
            int.Parse(arguments[2], CultureInfo.InvariantCulture), go.Task, TextWriter.Synchronized(output).WriteLine,
            default);
        await output.WriteLineAsync("ready");
        await output.FlushAsync();
        await input.ReadLineAsync();
        go.SetResult();
        await signing;
    }

    private static async Task SignAsync(
        SigstoreEngine engine, string image, SignatureFormats format, int signers, Task go, Action<string> print,
        CancellationToken cancel)
    {
        ImageQuery query = new();
        ImageTarget target = (await engine.Resolver.ResolveAsync(image, ImageReference.Parse(image), query, cancel))[0];
        LocalSigner[] keys =
            [.. Enumerable.Range(0, signers).Select(static _ => LocalSigner.FromPkcs8(Pkcs8.Generate(SigningAlgorithm.EcdsaP256)))];
        await go;
        await Task.WhenAll(keys.Select(key => Task.Run(() => OneAsync(key), cancel)));

        async Task OneAsync(LocalSigner key)
        {
            SigningRequest request = new() { Means = KeyMeans.Of(format, "race", key) };
            string spki = Convert.ToBase64String(key.PublicKey.Spki.Span);
            try
            {
                IReadOnlyList<ImageSignature> made = await engine.Signer.SignAsync(target, request, query, Silent, cancel);
                print($"{spki} {made[0].Attempts.ToString(CultureInfo.InvariantCulture)}");
            }
            catch (SigstoreException e)
            {
                print($"{spki} 0 {e.Code}: {e.Message}");
            }
        }
    }

    private static async Task<RaceResult> CountAsync(
        SigstoreEngine engine, string image, IReadOnlyList<string> lines, CancellationToken cancel)
    {
        string[][] parts = [.. lines.Select(static l => l.Split(' ', 3))];
        VerificationPolicy policy = new()
        {
            Signer = new SignerPolicy.ByKey(
                [.. parts.Select(static p => new TrustedKey("race", PublicKey.FromSpki(Convert.FromBase64String(p[0]))))]),
            Threshold = parts.Length,
            SkipTransparencyLog = true,
        };
        ImageTarget target = (await engine.Resolver.ResolveAsync(
            image, ImageReference.Parse(image), new ImageQuery(), cancel))[0];
        ImageVerification result;
        try
        {
            result = await ImageVerifier.VerifyAsync(target, policy, new ImageQuery(), Silent, cancel);
        }
        catch (SigstoreException e) when (e.Result is ImageVerification failed)
        {
            result = failed;
        }

        return new RaceResult(
            result.Candidates.Where(static c => c.Verified).Select(static c => c.KeyId).Distinct().Count(),
            [.. parts.Select(static p => int.Parse(p[1], CultureInfo.InvariantCulture))],
            [.. parts.Where(static p => p.Length > 2).Select(static p => p[2])]);
    }

    private static Process Start(string image, SignatureFormats format, int signers, string home)
    {
        string host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? Environment.ProcessPath!
            : "dotnet";
        Dictionary<string, string> variables = new(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = home,
        };
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root)
        {
            variables["DOTNET_ROOT"] = root;
        }

        ProcessStartInfo start = PeerProcess.Prepare(
            host,
            [Worker(), WorkerWord, image, format.ToString(), signers.ToString(CultureInfo.InvariantCulture)],
            home, variables);
        start.RedirectStandardError = false;
        return Process.Start(start)!;
    }

    /// <summary>The bench program, built beside whatever this runs in.</summary>
    internal static string Worker()
    {
        string configuration = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string binaries = Path.GetDirectoryName(Path.GetDirectoryName(configuration))!;
        return Path.Combine(binaries, "Bench", Path.GetFileName(configuration), "Bench.dll");
    }
}
