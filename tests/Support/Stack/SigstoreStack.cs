using SigstorePS.Support.Stack;

namespace SigstorePS.Support;

/// <summary>
/// The real servers of sigstore on this machine: Fulcio, its certificate log, Rekor v1, Rekor v2, a timestamp authority,
/// OIDC issuers and a TUF repository. The first test that asks starts them for its process, unless
/// <c>SIGSTOREPS_STACK</c> names the <see cref="StackDescription"/> of running ones.
/// </summary>
internal sealed class SigstoreStack
{
    /// <summary>Names that the logs sign with: in the trust root, whatever port they listen on.</summary>
    public const string Rekor1Name = "rekor1.peers.test";
    public const string Rekor2Name = "rekor2.peers.test";
    public const string Rekor1Url = $"https://{Rekor1Name}";
    public const string Rekor2Url = $"https://{Rekor2Name}";

    // Held, so that they are not collected: their processes end with them.
    private readonly StackServers? _servers;
    private readonly StackDescription _stack;

    private SigstoreStack(StackServers servers) => (_servers, _stack) = (servers, servers.Description);

    private SigstoreStack(StackDescription stack) => _stack = stack;

    public string Fulcio => _stack.Fulcio;

    public string Rekor1 => _stack.Rekor1;

    /// <summary>Rekor v2. Its own server only writes; here the checkpoint and the tiles can be read as well.</summary>
    public string Rekor2Tiles => _stack.Rekor2;

    /// <summary>With its path.</summary>
    public string TimestampAuthority => _stack.TimestampAuthority;

    /// <summary>A TUF repository with the trust root of the servers and the signing configuration <c>v2</c>.</summary>
    public string Tuf => _stack.Tuf;

    /// <summary>Path of trusted_root.json.</summary>
    public string TrustedRoot => Path.Combine(_stack.Folder, "trusted_root.json");

    /// <summary>The stack that somebody else runs, or a new one, which ends with this process and not before.</summary>
    /// <param name="programs">Tells the folder of the servers, where they have to be started.</param>
    public static SigstoreStack Open(Func<string> programs) =>
        Environment.GetEnvironmentVariable("SIGSTOREPS_STACK") is { Length: > 0 } file
            ? new SigstoreStack(StackDescription.Read(file))
            : new SigstoreStack(
                Task.Run(() => StackServers.StartAsync(programs(), CancellationToken.None)).GetAwaiter().GetResult());

    /// <summary>Path of a signing configuration: <c>v1</c>, <c>v1-tsa</c> or <c>v2</c>.</summary>
    public string SigningConfig(string name) => Path.Combine(_stack.Folder, $"sc-{name}.json");

    /// <summary>Who vouches for identities of this kind.</summary>
    /// <param name="kind"><c>email</c>, <c>uri</c>, <c>username</c>, <c>spiffe</c>, <c>k8s</c> or <c>github</c>.</param>
    public string Issuer(string kind) => $"{_stack.Issuers}/{kind}";

    /// <summary>An OIDC token for these claims, as a query: <c>sub=alice&amp;…</c>.</summary>
    public async Task<string> TokenAsync(string kind, string claims, CancellationToken cancel)
    {
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
        return await client.GetStringAsync(new Uri($"{Issuer(kind)}/mint?{claims}"), cancel);
    }

    /// <summary>cosign 2.x and the old ways of 3.x take the trust root from the environment, in parts.</summary>
    public Cosign WithParts(Cosign cosign) => cosign
        .With("SIGSTORE_ROOT_FILE", Path.Combine(_stack.Folder, "fulcio-chain.pem"))
        .With("SIGSTORE_REKOR_PUBLIC_KEY", Path.Combine(_stack.Folder, "rekor1.pub"))
        .With("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", Path.Combine(_stack.Folder, "ctfe.pub"))
        .With("SIGSTORE_TSA_CERTIFICATE_FILE", Path.Combine(_stack.Folder, "tsa-chain.pem"));
}
