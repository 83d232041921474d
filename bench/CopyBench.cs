using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Bench;

/// <summary>
/// One large layer between two docker-registries against skopeo, and 200 signed images against a loop of cosign.
/// </summary>
internal static class CopyBench
{
    public const string WorkerWord = "copy-worker";

    private const int Rounds = 3;
    private const int Images = 200;
    private const double Mebibyte = 1024 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    public static async Task RunAsync(int mebibytes)
    {
        Table table = new("peer");
        if (mebibytes > 0)
        {
            await LayerAsync(table, mebibytes);
        }

        await ImagesAsync(table);
        table.Print();
    }

    /// <summary>Copies (source, destination) pairs in a process of its own; prints seconds and peak bytes.</summary>
    public static async Task<int> WorkAsync(string[] arguments)
    {
        using SigstoreEngine engine = Arena.NewEngine();
        Stopwatch clock = Stopwatch.StartNew();
        await CopyAsync(engine, arguments.Chunk(2).Select(static p => (p[0], p[1])), Arena.Throttle);
        double seconds = clock.Elapsed.TotalSeconds;
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {self.PeakWorkingSet64}"));
        return 0;
    }

    private static async Task LayerAsync(Table table, int mebibytes)
    {
        string folder = Directory.CreateTempSubdirectory("sigstoreps-copy-").FullName;
        try
        {
            await using DockerRegistry from = await Peers.RequireRegistryAsync(default);
            string large = $"{from.Host}/large:v1";
            string small = $"{from.Host}/small:v1";
            using (SigstoreEngine engine = Arena.NewEngine())
            {
                await PushAsync(engine, large, mebibytes * (long)Mebibyte);
                await PushAsync(engine, small, 1024);
            }

            string skopeo = Path.Combine(Peers.FolderOf("skopeo"), "skopeo");
            List<double> ours = [];
            List<double> whole = [];
            List<double> growth = [];
            List<double> theirs = [];
            for (int round = 0; round < Rounds; round++)
            {
                await using DockerRegistry to = await Peers.RequireRegistryAsync(default);
                Stopwatch clock = Stopwatch.StartNew();
                (double seconds, double peak) = await WorkerAsync(folder, large, $"{to.Host}/ours:v1");
                whole.Add(clock.Elapsed.TotalSeconds);
                ours.Add(seconds);
                growth.Add(peak - (await WorkerAsync(folder, small, $"{to.Host}/small:v1")).Peak);
                if (File.Exists(skopeo))
                {
                    await using DockerRegistry other = await Peers.RequireRegistryAsync(default);
                    clock.Restart();
                    await RunAsync(
                        skopeo,
                        ["copy", "--src-tls-verify=false", "--dest-tls-verify=false", "--insecure-policy",
                            $"docker://{large}", $"docker://{other.Host}/theirs:v1"],
                        folder);
                    theirs.Add(clock.Elapsed.TotalSeconds);
                }
            }

            string peer = theirs.Count > 0 ? Table.Seconds(Median.Of(theirs)) : "skopeo is missing";
            double? ratio = theirs.Count > 0 ? Median.Of(theirs) / Median.Of(whole) : null;
            table.Add(
                $"a layer of {mebibytes} MiB, docker-registry to docker-registry, whole process (skopeo)",
                Table.Seconds(Median.Of(whole)), peer, ratio, ">= 0.9x");
            table.Add("- in a session", Table.Seconds(Median.Of(ours)), peer);
            table.Add(
                "- peak memory beyond that for 1024 bytes, median and most",
                $"{Table.Number(Median.Of(growth))} MiB, {Table.Number(growth.Max())} MiB", "", target: "<= 100 MiB");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task ImagesAsync(Table table)
    {
        const int Runs = 20;
        await using Arena arena = await Arena.CreateAsync(await Peers.RequireCraneRegistryAsync(default));
        await using MemoryRegistry to = await Peers.RequireCraneRegistryAsync(default);
        string[] images = await arena.PushSignedAsync("signed", Images);
        List<double> ours = [];
        for (int round = 0; round < Rounds; round++)
        {
            using SigstoreEngine engine = Arena.NewEngine();
            ours.Add(await Arena.SecondsAsync(() => CopyAsync(
                engine, images.Select(i => (i, $"{to.Host}/round{round}/{i[(i.IndexOf('/', StringComparison.Ordinal) + 1)..]}")),
                Arena.Throttle)));
        }

        double saved = 0;
        double copied = 0;
        foreach (string image in images.Take(Runs))
        {
            string name = image[(image.IndexOf('/', StringComparison.Ordinal) + 1)..];
            string layout = Path.Combine(arena.Folder, Guid.NewGuid().ToString("N"));
            saved += await arena.CosignAsync("save", "--dir", layout, image);
            saved += await arena.CosignAsync("load", "--dir", layout, $"{to.Host}/loaded/{name}");
            copied += await arena.CosignAsync("copy", image, $"{to.Host}/copied/{name}");
        }

        saved *= Images / (double)Runs;
        copied *= Images / (double)Runs;
        table.Add(
            $"{Images} signed images, crane registry, throttle {Arena.Throttle}, against cosign save and load ({Runs} run)",
            Table.Seconds(Median.Of(ours)), Table.Seconds(saved), saved / Median.Of(ours), ">= 3x");
        table.Add("- against cosign copy, which leaves the bundles behind",
            Table.Seconds(Median.Of(ours)), Table.Seconds(copied), copied / Median.Of(ours));
    }

    private static async Task CopyAsync(
        SigstoreEngine engine, IEnumerable<(string From, string To)> pairs, int throttle)
    {
        ImageCopier copier = engine.NewCopier();
        Progress<EngineReport> silent = new();
        await Parallel.ForEachAsync(
            pairs, new ParallelOptions { MaxDegreeOfParallelism = throttle }, async (pair, cancel) =>
            {
                ImageReference to = ImageReference.Parse(pair.To);
                ImageTarget image = (await engine.Resolver.ResolveAsync(
                    pair.From, ImageReference.Parse(pair.From), new ImageQuery(), cancel)).Single();
                await copier.CopyAsync(
                    image, engine.Open(to, new ImageQuery().Access), new CopyRequest { Tag = to.Tag }, silent, cancel);
            });
    }

    /// <summary>An image of one layer of random bytes, which nothing on the way can make smaller.</summary>
    private static async Task PushAsync(SigstoreEngine engine, string image, long size)
    {
        ImageReference reference = ImageReference.Parse(image);
        IImageStore store = engine.Open(reference, new ImageQuery().Access);
        string file = Path.GetTempFileName();
        try
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using (FileStream stream = File.Create(file))
            {
                byte[] block = new byte[(int)Math.Min(size, (long)Mebibyte)];
                for (long written = 0; written < size; written += block.Length)
                {
                    RandomNumberGenerator.Fill(block);
                    await stream.WriteAsync(block);
                    hash.AppendData(block);
                }
            }

            Digest digest = Digest.FromHash(HashAlgorithmName.SHA256, hash.GetHashAndReset());
            await store.WriteBlobAsync(digest, _ => Task.FromResult<Stream>(File.OpenRead(file)), size, default);
            byte[] config = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"u8.ToArray();
            await store.WriteBlobAsync(Digest.Sha256(config), config, default);
            byte[] manifest = CompactJson.Bytes(new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = MediaTypes.OciManifest,
                ["config"] = ReferrerManifest.Write(
                    new Descriptor(MediaTypes.OciConfig, Digest.Sha256(config), config.Length)),
                ["layers"] = new JsonArray(ReferrerManifest.Write(
                    new Descriptor("application/vnd.oci.image.layer.v1.tar", digest, size))),
            });
            await store.PutManifestAsync(reference.Tag!, manifest, MediaTypes.OciManifest, null, default);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<(double Seconds, double Peak)> WorkerAsync(string folder, string from, string to)
    {
        string[] values = (await RunAsync(
            "dotnet", [typeof(CopyBench).Assembly.Location, WorkerWord, from, to], folder)).Split(' ');
        return (
            double.Parse(values[0], CultureInfo.InvariantCulture),
            double.Parse(values[1], CultureInfo.InvariantCulture) / Mebibyte);
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string folder)
    {
        Dictionary<string, string> variables = new()
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = folder,
            ["TMPDIR"] = folder,
        };
        PeerResult result = await PeerProcess.RunAsync(program, arguments, folder, variables, Limit, default);
        return result.Succeeded ? result.Output : throw new InvalidOperationException(result.ToString());
    }
}
