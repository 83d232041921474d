using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SigstorePS.Support.Oidc;
using SigstorePS.Support.Tuf;

namespace SigstorePS.Support.Stack;

/// <summary>
/// Fulcio, its certificate log, Rekor v1, Rekor v2, a timestamp authority, OIDC issuers and a TUF repository, started by
/// this process and ended with it. <c>tests/Peers/build-stack.sh</c> builds the programs.
/// </summary>
internal sealed class StackServers : IAsyncDisposable
{
    private readonly StackProcesses _processes;
    private readonly StackKeys _keys;
    private readonly StackIssuer _issuer = new();
    private readonly StackTiles _tiles;
    private readonly string _storage;
    private LoopbackServer? _tuf;

    private StackServers(string programs)
    {
        _processes = new StackProcesses(programs);
        _keys = new StackKeys(_processes.Folder);
        _storage = Directory.CreateDirectory(Path.Combine(_processes.Folder, "rekor2")).FullName;
        _tiles = new StackTiles(_storage);
    }

    public StackDescription Description { get; private set; } = null!;

    /// <param name="programs">Where the servers are.</param>
    /// <param name="cancel">Ends the start.</param>
    /// <exception cref="InvalidOperationException">One does not start; the message has what it said.</exception>
    public static async Task<StackServers> StartAsync(string programs, CancellationToken cancel)
    {
        StackServers servers = new(programs);
        try
        {
            await servers.StartAsync(cancel);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _issuer.DisposeAsync();
        await _tiles.DisposeAsync();
        if (_tuf is not null)
        {
            await _tuf.DisposeAsync();
        }

        _processes.Dispose();
    }

    private async Task StartAsync(CancellationToken cancel)
    {
        Task<string> authority = StartTimestampAuthorityAsync(cancel);
        Task<string> rekor2 = StartRekor2Async(cancel);
        int trillian = await StartTrillianAsync(cancel);
        Task<string> rekor1 = StartRekor1Async(trillian, cancel);
        string certificateLog = await StartCertificateLogAsync(trillian, cancel);
        string fulcio = await StartFulcioAsync(certificateLog, cancel);
        _tiles.Writer = await rekor2;

        TufTestRepository? published = null;
        _tuf = LoopbackServer.Start(context => ServeAsync(context, published));
        Description = new StackDescription
        {
            Fulcio = fulcio,
            CertificateLog = certificateLog,
            Rekor1 = await rekor1,
            Rekor2 = _tiles.Address,
            TimestampAuthority = await authority,
            Issuers = _issuer.Address,
            Tuf = _tuf.Address,
            Folder = _processes.Folder,
        };
        StackTrust.Write(Description, _keys);
        published = StackTrust.Publish(Description);
    }

    private async Task<int> StartTrillianAsync(CancellationToken cancel)
    {
        int[] ports = await _processes.StartAsync("trillian-mem", 1, static p => [$"127.0.0.1:{p[0]}"], cancel);
        return ports[0];
    }

    /// <summary>A new tree in Trillian. Returns its number.</summary>
    private async Task<string> PlantAsync(int trillian, CancellationToken cancel)
    {
        PeerResult made = await _processes.RunAsync(
            "createtree", [$"--admin_server=127.0.0.1:{trillian}", "--rpc_deadline=20s"], cancel);
        return made.Succeeded ? made.Output.Trim() : throw new InvalidOperationException($"createtree: {made}");
    }

    private async Task<string> StartCertificateLogAsync(int trillian, CancellationToken cancel)
    {
        string file = Path.Combine(_processes.Folder, "ctfe.cfg");
        string tree = await PlantAsync(trillian, cancel);
        await File.WriteAllTextAsync(
            file, StackConfiguration.CertificateLog(tree, _keys.FulcioChain, _keys.CertificateLogKey), cancel);
        int[] ports = await _processes.StartAsync(
            "ct_server", 1,
            p =>
            [
                $"--log_config={file}", $"--log_rpc_server=127.0.0.1:{trillian}",
                $"--http_endpoint=127.0.0.1:{p[0]}", "--get_sth_interval=0", "--logtostderr",
            ],
            cancel);
        return $"http://127.0.0.1:{ports[0]}/ct";
    }

    private async Task<string> StartFulcioAsync(string certificateLog, CancellationToken cancel)
    {
        string file = Path.Combine(_processes.Folder, "fulcio.yaml");
        await File.WriteAllTextAsync(file, StackConfiguration.Fulcio(_issuer.Issuer), cancel);
        int[] ports = await _processes.StartAsync(
            "fulcio", 3,
            p =>
            [
                "serve", "--host", "127.0.0.1", "--port", $"{p[0]}", "--grpc-host", "127.0.0.1", "--grpc-port", $"{p[1]}",
                "--metrics-port", $"{p[2]}", "--legacy-unix-domain-socket", $"@sigstoreps-fulcio-{p[0]}",
                "--config-path", file, "--ca", "fileca", "--fileca-cert", _keys.FulcioChain,
                "--fileca-key", _keys.FulcioKey, "--fileca-key-passwd", StackKeys.Password, "--fileca-watch=false",
                $"--ct-log-url={certificateLog}", "--ct-log-public-key-path", _keys.CertificateLogPublicKey,
            ],
            cancel);
        return $"http://127.0.0.1:{ports[0]}";
    }

    private async Task<string> StartTimestampAuthorityAsync(CancellationToken cancel)
    {
        int[] ports = await _processes.StartAsync(
            "timestamp-server", 1,
            p =>
            [
                "serve", "--host", "127.0.0.1", "--port", $"{p[0]}", "--timestamp-signer", "file",
                "--file-signer-key-path", _keys.TimestampKey, "--certificate-chain-path", _keys.TimestampChain,
                "--disable-ntp-monitoring",
            ],
            cancel);
        return $"http://127.0.0.1:{ports[0]}/api/v1/timestamp";
    }

    private async Task<string> StartRekor1Async(int trillian, CancellationToken cancel)
    {
        string tree = await PlantAsync(trillian, cancel);
        int[] ports = await _processes.StartAsync(
            "rekor-server", 1,
            p =>
            [
                "serve", "--rekor_server.address", "127.0.0.1", "--port", $"{p[0]}",
                "--trillian_log_server.address", "127.0.0.1", "--trillian_log_server.port", $"{trillian}",
                "--trillian_log_server.tlog_id", tree, "--rekor_server.signer", _keys.Rekor1Key,
                "--rekor_server.hostname", SigstoreStack.Rekor1Name,
                "--enable_attestation_storage", "--attestation_storage_bucket", "mem://",
            ],
            cancel);
        string address = $"http://127.0.0.1:{ports[0]}";
        await LogFirstAsync(address, cancel);
        return address;
    }

    private async Task<string> StartRekor2Async(CancellationToken cancel)
    {
        int[] ports = await _processes.StartAsync(
            "rekor-tiles-posix", 3,
            p =>
            [
                "serve", "--http-address", "127.0.0.1", "--http-port", $"{p[0]}",
                "--grpc-address", "127.0.0.1", "--grpc-port", $"{p[1]}", "--http-metrics-port", $"{p[2]}",
                "--hostname", SigstoreStack.Rekor2Name, "--signer-filepath", _keys.Rekor2Key, "--storage-dir", _storage,
                "--checkpoint-interval", "1s", "--batch-max-age", "50ms",
            ],
            cancel);
        return $"http://127.0.0.1:{ports[0]}";
    }

    /// <summary>
    /// Logs what nobody asks for: sigstore-go takes index 0 for none, so that the first entry of a log verifies nowhere.
    /// </summary>
    private static async Task LogFirstAsync(string rekor, CancellationToken cancel)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] content = RandomNumberGenerator.GetBytes(16);
        byte[] signature = key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        byte[] pem = Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem() + "\n");
        JsonObject entry = new()
        {
            ["apiVersion"] = "0.0.1",
            ["kind"] = "hashedrekord",
            ["spec"] = new JsonObject
            {
                ["data"] = new JsonObject
                {
                    ["hash"] = new JsonObject
                    {
                        ["algorithm"] = "sha256", ["value"] = Convert.ToHexStringLower(SHA256.HashData(content)),
                    },
                },
                ["signature"] = new JsonObject
                {
                    ["content"] = Convert.ToBase64String(signature),
                    ["publicKey"] = new JsonObject { ["content"] = Convert.ToBase64String(pem) },
                },
            },
        };
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
        using HttpResponseMessage reply = await client.PostAsJsonAsync($"{rekor}/api/v1/log/entries", entry, cancel);
        if (!reply.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"Rekor v1 takes no entry: {await reply.Content.ReadAsStringAsync(cancel)}");
        }
    }

    private static async Task ServeAsync(HttpContext context, TufTestRepository? repository)
    {
        byte[]? file = repository?.Files.GetValueOrDefault(context.Request.Path.Value!.TrimStart('/'));
        if (file is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentLength = file.Length;
        await context.Response.Body.WriteAsync(file, context.RequestAborted);
    }
}
