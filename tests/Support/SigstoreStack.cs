using System.Net.Sockets;
using Xunit;

namespace SigstorePS.Support;

/// <summary>
/// Fulcio, its certificate log, Rekor v1, Rekor v2, a timestamp authority and an OIDC issuer on this machine. Nothing
/// packages them: only who built them below <c>PEERS</c> and started them has them.
/// </summary>
internal sealed class SigstoreStack
{
    public const string Fulcio = "http://127.0.0.1:15030";
    public const string Rekor1 = "http://127.0.0.1:15050";
    public const string TimestampAuthority = "http://127.0.0.1:15070/api/v1/timestamp";

    /// <summary>The tiles of Rekor v2, whose own server only writes.</summary>
    public const string Rekor2Tiles = "http://127.0.0.1:15063";

    /// <summary>A TUF repository with the trust root of the servers.</summary>
    public const string Tuf = "http://127.0.0.1:15091";

    private const string Issuers = "http://127.0.0.1:15020";

    /// <summary>Names in the trust root: origins of the logs, whatever port they listen on.</summary>
    public const string Rekor1Url = "https://rekor1.peers.test";
    public const string Rekor2Url = "https://rekor2.peers.test";

    private static readonly int[] Ports = [15020, 15030, 15040, 15050, 15060, 15063, 15070];

    private readonly string _conf;

    private SigstoreStack(string conf) => _conf = conf;

    public string TrustedRoot => Path.Combine(_conf, "trusted_root.json");

    /// <param name="folder">Where the peers are.</param>
    public static SigstoreStack Require(string folder)
    {
        SigstoreStack stack = new(Path.Combine(folder, "conf", "stack"));
        if (!File.Exists(Path.Combine(folder, "stack", "fulcio")))
        {
            Assert.Skip("the sigstore servers are missing (Fulcio, Rekor and the others, built from source; not packaged)");
        }

        if (!File.Exists(stack.TrustedRoot) || !Array.TrueForAll(Ports, Listens))
        {
            Assert.Skip("the sigstore servers are not started (bin/stack.sh start mem; bin/mkroot.sh)");
        }

        return stack;
    }

    /// <summary>Skips by name when the TUF repository is not served.</summary>
    public static void RequireTuf()
    {
        if (!Listens(new Uri(Tuf).Port))
        {
            Assert.Skip("the TUF repository of the sigstore servers is not started (bin/tuf.sh start)");
        }
    }

    /// <summary>A signing configuration: <c>v1</c>, <c>v1-tsa</c> or <c>v2</c>.</summary>
    public string SigningConfig(string name) => Path.Combine(_conf, $"sc-{name}.json");

    /// <summary>Who vouches for people of this kind.</summary>
    /// <param name="kind"><c>email</c>, <c>uri</c>, <c>username</c>, <c>spiffe</c>, <c>k8s</c> or <c>github</c>.</param>
    public static string Issuer(string kind) => $"{Issuers}/{kind}";

    /// <summary>An OIDC token for these claims, as a query: <c>sub=alice&amp;…</c>.</summary>
    public static async Task<string> TokenAsync(string kind, string claims, CancellationToken cancel)
    {
        _ = Peers.RequireStack();
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
        return await client.GetStringAsync(new Uri($"{Issuer(kind)}/mint?{claims}"), cancel);
    }

    /// <summary>cosign 2.x and the old ways of 3.x take the trust root from the environment, in parts.</summary>
    public Cosign WithParts(Cosign cosign) => cosign
        .With("SIGSTORE_ROOT_FILE", Path.Combine(_conf, "fulcio-chain.pem"))
        .With("SIGSTORE_REKOR_PUBLIC_KEY", Path.Combine(_conf, "rekor1.pub"))
        .With("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", Path.Combine(_conf, "ctfe.pub"))
        .With("SIGSTORE_TSA_CERTIFICATE_FILE", Path.Combine(_conf, "tsa-chain.pem"));

    private static bool Listens(int port)
    {
        try
        {
            using TcpClient client = new("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
