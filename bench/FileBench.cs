using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using SigstorePS.Bundles;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Verification;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Bench;

/// <summary>
/// One large file: how much longer than <c>openssl dgst -sha256</c>, and how much more memory than a small one. Each
/// measurement is a process of its own, with everything cold but the file in the page cache.
/// </summary>
internal static class FileBench
{
    public const string WorkerWord = "file-worker";

    private const int Rounds = 5;
    private const int Small = 1024;
    private const double Mebibyte = 1024 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(int mebibytes)
    {
        string folder = Directory.CreateTempSubdirectory("sigstoreps-file-").FullName;
        try
        {
            Table table = new("openssl");
            string openssl = Peers.RequireOpenSsl();
            string large = Path.Combine(folder, "large");
            string small = Path.Combine(folder, "small");
            await WriteAsync(large, mebibytes * (long)Mebibyte);
            await WriteAsync(small, Small);
            await HashOnceAsync(openssl, folder, large);
            List<double> ours = [];
            List<double> whole = [];
            List<double> theirs = [];
            List<double> growth = [];
            for (int round = 0; round < Rounds; round++)
            {
                Stopwatch clock = Stopwatch.StartNew();
                (double seconds, double peak) = await VerifyOnceAsync(folder, large);
                whole.Add(clock.Elapsed.TotalSeconds);
                ours.Add(seconds);
                growth.Add(peak - (await VerifyOnceAsync(folder, small)).Peak);
                theirs.Add(await HashOnceAsync(openssl, folder, large));
            }

            double hash = Median.Of(theirs);
            table.Add(
                $"verify a file of {mebibytes} MiB in a session, first call (openssl dgst -sha256: its process)",
                Table.Seconds(Median.Of(ours)), Table.Seconds(hash), Median.Of(ours) / hash, "<= 1.2x its time");
            table.Add(
                "- with the start of our process", Table.Seconds(Median.Of(whole)), Table.Seconds(hash),
                Median.Of(whole) / hash);
            table.Add(
                $"- peak memory beyond that for {Small} bytes, median and most of {Rounds}",
                $"{Table.Number(Median.Of(growth))} MiB, {Table.Number(growth.Max())} MiB", "", target: "<= 40 MiB");
            table.Print();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Verifies one file as <c>Test-BlobSignature -Signature</c> does; prints seconds and peak bytes.</summary>
    public static async Task<int> WorkAsync(string[] arguments)
    {
        string path = arguments[0];
        PublicKey key = KeyOperations.PublicKeyOf(path, await File.ReadAllTextAsync($"{path}.pub")).Key;
        BlobCandidate signature = BlobSignatures.Detached(
            await File.ReadAllBytesAsync($"{path}.sig"), null, new DetachedMaterial());
        VerificationPolicy policy = new()
        {
            Signer = new SignerPolicy.ByKey([new TrustedKey(path, key)]), SkipTransparencyLog = true,
        };
        Stopwatch clock = Stopwatch.StartNew();
        await BlobVerifier.VerifyAsync(new BlobTarget(path, null, [signature]), policy, default);
        double seconds = clock.Elapsed.TotalSeconds;
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {self.PeakWorkingSet64}"));
        return 0;
    }

    private static async Task<(double Seconds, double Peak)> VerifyOnceAsync(string folder, string path)
    {
        string output = await RunAsync(
            "dotnet", [typeof(FileBench).Assembly.Location, WorkerWord, path], folder);
        string[] values = output.Split(' ');
        return (
            double.Parse(values[0], CultureInfo.InvariantCulture),
            double.Parse(values[1], CultureInfo.InvariantCulture) / Mebibyte);
    }

    private static async Task<double> HashOnceAsync(string openssl, string folder, string path)
    {
        Stopwatch clock = Stopwatch.StartNew();
        await RunAsync(openssl, ["dgst", "-sha256", path], folder);
        return clock.Elapsed.TotalSeconds;
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string folder)
    {
        Dictionary<string, string> variables = new()
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = folder,
        };
        PeerResult result = await PeerProcess.RunAsync(program, arguments, folder, variables, Limit, default);
        return result.Succeeded ? result.Output : throw new InvalidOperationException(result.ToString());
    }

    /// <summary>Random bytes, one block over and over, and a signature of them with its key beside the file.</summary>
    private static async Task WriteAsync(string path, long size)
    {
        byte[] block = RandomNumberGenerator.GetBytes((int)Math.Min(size, (long)Mebibyte));
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (FileStream file = File.Create(path))
        {
            for (long written = 0; written < size; written += block.Length)
            {
                await file.WriteAsync(block);
                hash.AppendData(block);
            }
        }

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] signature = key.SignHash(hash.GetHashAndReset(), DSASignatureFormat.Rfc3279DerSequence);
        await File.WriteAllTextAsync($"{path}.sig", Convert.ToBase64String(signature));
        await File.WriteAllTextAsync($"{path}.pub", key.ExportSubjectPublicKeyInfoPem());
    }
}
