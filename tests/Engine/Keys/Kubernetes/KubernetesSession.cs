using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Kubernetes;

/// <summary>A cluster, surroundings that know nothing but it, and what no message may show.</summary>
public sealed class KubernetesSession : IAsyncDisposable
{
    public const string Token = "eyJhbGciOiJSUzI1NiJ9.token-0123456789abcdef.sig";
    public const string Password = "pass-word-of-the-key-0123456789";
    public const string Name = "release/cosign";

    internal const string Reference = $"k8s://{Name}";

    internal KubernetesSession(VirtualKubernetes? cluster = null)
    {
        Cluster = cluster ?? VirtualKubernetes.Start();
        Cluster.Tokens[Token] = "signer";
        World = new KeyWorld(Clock);
        Keys = World.Operations();
    }

    internal VirtualKubernetes Cluster { get; }

    internal JumpingClock Clock { get; } = new();

    internal KeyWorld World { get; }

    internal KeyOperations Keys { get; set; }

    /// <summary>Tokens, passwords and keys of the test.</summary>
    internal List<string> Secrets { get; } = [Token, Password];

    internal string ConfigPath => Path.Combine(World.Home, ".kube", "config");

    internal static KeyAccess Access { get; } =
        new((_, _) => Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(Password)));

    /// <summary>A kubeconfig at home with one context.</summary>
    /// <param name="user">The user, a YAML flow mapping.</param>
    /// <param name="cluster">More of the cluster, a YAML flow mapping; null: the address and authority of ours.</param>
    internal void Configure(string user = $"{{token: {Token}}}", string? cluster = null) =>
        Write(ConfigPath, Config("test", cluster ?? OurCluster(), user, current: "test"));

    internal string OurCluster(string more = "") =>
        $"{{server: '{Cluster.Address}', certificate-authority-data: {Base64(Cluster.Tls.Pem)}{more}}}";

    /// <summary>The text of a kubeconfig.</summary>
    internal static string Config(string name, string cluster, string user, string? current) =>
        $"""
        apiVersion: v1
        kind: Config
        {(current is null ? "" : $"current-context: {current}")}
        clusters:
        - name: {name}
          cluster: {cluster}
        contexts:
        - name: {name}
          context: {"{"}cluster: {name}, user: {name}, namespace: elsewhere{"}"}
        users:
        - name: {name}
          user: {user}
        """;

    internal static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    internal static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>Makes a key pair there.</summary>
    internal Task<SigstoreKeyPair> CreateAsync(
        string reference = Reference, bool force = false, SigningAlgorithm? algorithm = null) =>
        Keys.CreateAsync(
            KeyReference.Parse(reference), algorithm ?? SigningAlgorithm.EcdsaP256, Access, force, null, default);

    /// <summary>Stores a pair made here, without asking anybody.</summary>
    /// <param name="name">Namespace and name of the secret.</param>
    /// <param name="encrypted">As cosign stores it; opening it is slow on purpose, which only some tests are about.</param>
    internal SigstorePublicKey Store(string name = Name, bool encrypted = false)
    {
        string text;
        string publicText;
        if (encrypted)
        {
            using StoredKeyPair pair = StoredKeyPair.Generate(
                SigningAlgorithm.EcdsaP256, Encoding.UTF8.GetBytes(Password));
            text = Encoding.ASCII.GetString(pair.PrivateKey!);
            publicText = Encoding.ASCII.GetString(pair.PublicKey!);
        }
        else
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            text = key.ExportPkcs8PrivateKeyPem();
            publicText = key.ExportSubjectPublicKeyInfoPem();
        }

        Secrets.Add(text.Split('\n')[2]);
        Secrets.Add(Base64(text)[..60]);
        Cluster.Put(name, ("cosign.key", text), ("cosign.pub", publicText), ("cosign.password", Password));
        return KeyOperations.PublicKeyOf(name, publicText);
    }

    /// <summary>Opens the key, signs, and verifies with the public key that was read by itself.</summary>
    internal async Task SignAsync(string reference = Reference)
    {
        byte[] message = "what is signed"u8.ToArray();
        using SigstoreKey key = await Keys.OpenAsync(reference, KeyAccess.WithoutPassword, default);
        byte[] signature = await key.Signer.SignAsync(message, default);
        SigstorePublicKey half = await Keys.ReadPublicKeyAsync(reference, KeyAccess.WithoutPassword, default);
        Assert.True(half.Key.Verify(message, signature, key.Signer.Algorithm));
    }

    /// <summary>That reading fails so, and says nothing it must not.</summary>
    internal Task<SigstoreException> FailsAsync(SigstoreErrorCode code, string? says = null) =>
        FailsAsync(code, () => Keys.OpenAsync(Reference, KeyAccess.WithoutPassword, default), says);

    internal async Task<SigstoreException> FailsAsync(SigstoreErrorCode code, Func<Task> action, string? says = null)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(action);
        Assert.True(e.Code == code, e.ToString());
        Assert.StartsWith("Key 'k8s://", e.Message, StringComparison.Ordinal);
        if (says is not null)
        {
            Assert.Contains(says, e.Message, StringComparison.Ordinal);
        }

        string text = e.ToString();
        foreach (string secret in Secrets)
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Base64(secret), text, StringComparison.Ordinal);
        }

        return e;
    }

    /// <summary>Answers everything with this.</summary>
    internal void Answer(int status, string body, string? location = null) => Cluster.Fault = async context =>
    {
        context.Response.StatusCode = status;
        if (location is not null)
        {
            context.Response.Headers.Location = location;
        }

        await context.Response.WriteAsync(body);
        return true;
    };

    public async ValueTask DisposeAsync()
    {
        World.Dispose();
        await Cluster.DisposeAsync();
    }
}
