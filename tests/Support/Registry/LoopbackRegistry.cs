using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SigstorePS.Crypto;

namespace SigstorePS.Support.Registry;

/// <summary>A registry in this process, on a loopback port of its own, that can be told to misbehave.</summary>
internal sealed class LoopbackRegistry : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly LoopbackRegistryOptions _options;
    private readonly LoopbackRoutes _routes;
    private readonly ConcurrentDictionary<string, LoopbackRepository> _repositories = new();
    private readonly ConcurrentQueue<LoopbackRequest> _requests = new();
    private readonly Lock _faultGate = new();
    private readonly List<PlannedFault> _faults = [];

    private LoopbackRegistry(LoopbackRegistryOptions options)
    {
        _options = options;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, Configure);
            kestrel.Listen(IPAddress.Loopback, 0, Configure);
        });
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        _server = builder.Build();
        _server.Run(HandleAsync);
        _server.Start();
        int[] ports = [.. _server.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(static a => new Uri(a).Port)];
        Host = $"127.0.0.1:{ports[0]}";
        OtherHost = $"127.0.0.1:{ports[1]}";
        _routes = new LoopbackRoutes(options, this);

        void Configure(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http1;
            if (options.Certificate is not null)
            {
                listen.UseHttps(options.Certificate, https =>
                {
                    https.ClientCertificateMode = options.WantsClientCertificate
                        ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                    https.AllowAnyClientCertificate();
                });
            }
        }
    }

    /// <summary>Host and port, as it is written in an image reference.</summary>
    public string Host { get; }

    /// <summary>The second port: another host as far as credentials go.</summary>
    public string OtherHost { get; }

    public string Scheme => _options.Certificate is null ? "http" : "https";

    /// <summary>Everything asked so far, in order.</summary>
    public IReadOnlyList<LoopbackRequest> Requests => [.. _requests];

    public static LoopbackRegistry Start(LoopbackRegistryOptions? options = null) => new(options ?? new());

    /// <summary>Forgets the requests so far.</summary>
    public void ClearRequests() => _requests.Clear();

    /// <summary>Plans a fault for requests whose path (with query) contains a text.</summary>
    public void AddFault(string pathPart, LoopbackFault fault, int times = int.MaxValue, string? method = null)
    {
        lock (_faultGate)
        {
            _faults.Add(new PlannedFault(pathPart, method, fault, times));
        }
    }

    public void ClearFaults()
    {
        lock (_faultGate)
        {
            _faults.Clear();
        }
    }

    /// <summary>Stores a small image without any request and gives its digest.</summary>
    /// <param name="repository">Such as <c>app</c>.</param>
    /// <param name="tag">Such as <c>1.0</c>.</param>
    /// <param name="content">Makes images differ; the names by default.</param>
    public Digest PushImage(string repository, string tag, string? content = null)
    {
        Digest config = PushBlob(repository, "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"u8.ToArray());
        byte[] layer = Encoding.UTF8.GetBytes(content ?? $"{repository}:{tag}");
        Digest layerDigest = PushBlob(repository, layer);
        string manifest =
            $$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{config}}","size":{{GetRepository(repository).Blobs[config.ToString()].Length}}},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{{layerDigest}}","size":{{layer.Length}}}]}
            """;
        return PushManifest(repository, tag, Encoding.UTF8.GetBytes(manifest), "application/vnd.oci.image.manifest.v1+json");
    }

    /// <summary>Makes every token given out so far worthless.</summary>
    public void RevokeTokens() => _routes.RevokeTokens();

    public Digest PushBlob(string repository, byte[] content)
    {
        Digest digest = Digest.Sha256(content);
        GetRepository(repository).Blobs[digest.ToString()] = content;
        return digest;
    }

    /// <summary>Stores a manifest under a tag, or under its digest when the tag is null.</summary>
    public Digest PushManifest(string repository, string? tag, byte[] content, string mediaType)
    {
        Digest digest = Digest.Sha256(content);
        GetRepository(repository).Put(tag ?? digest.ToString(), content, mediaType, null, null);
        return digest;
    }

    public LoopbackRepository GetRepository(string name) =>
        _repositories.GetOrAdd(name, static _ => new LoopbackRepository());

    public LoopbackRepository? FindRepository(string name) => _repositories.GetValueOrDefault(name);

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string path = request.Path.Value + request.QueryString.Value;
        bool elsewhere = request.Host.Value == OtherHost;
        if (_options.RecordRequests)
        {
            string? authorization = request.Headers.Authorization;
            _requests.Enqueue(new LoopbackRequest(request.Method, path, authorization, elsewhere));
        }

        if (_options.Latency > TimeSpan.Zero)
        {
            await Task.Delay(_options.Latency, context.RequestAborted);
        }

        LoopbackFault? fault = NextFault(request.Method, path);
        try
        {
            if (fault is null)
            {
                await _routes.HandleAsync(context, elsewhere);
            }
            else
            {
                await fault.ApplyAsync(context, () => _routes.HandleAsync(context, elsewhere));
            }
        }
        catch (OperationCanceledException)
        {
            // The client went away.
        }
    }

    private LoopbackFault? NextFault(string method, string path)
    {
        lock (_faultGate)
        {
            PlannedFault? planned = _faults.FirstOrDefault(f => f.Left > 0
                && (f.Method is null || f.Method == method) && path.Contains(f.PathPart, StringComparison.Ordinal));
            if (planned is null)
            {
                return null;
            }

            planned.Left--;
            return planned.Fault;
        }
    }

    private sealed class PlannedFault(string pathPart, string? method, LoopbackFault fault, int times)
    {
        public string PathPart => pathPart;

        public string? Method => method;

        public LoopbackFault Fault => fault;

        public int Left { get; set; } = times;
    }
}
