using SigstorePS.Bundles;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Interop;

/// <summary>A cosign, a format and the logs it writes to.</summary>
public enum Keyless
{
    /// <summary>2.5.0: its JSON bundle, Rekor v1, and a timestamp in a file of its own.</summary>
    Cosign2Old,

    /// <summary>2.5.0: a bundle 0.3, Rekor v1.</summary>
    Cosign2Bundle,

    /// <summary>3.1.1: as <see cref="Cosign2Old"/>.</summary>
    Cosign3Old,

    /// <summary>3.1.1: a bundle, Rekor v1.</summary>
    V1,

    /// <summary>3.1.1: a bundle, Rekor v1 and a timestamp.</summary>
    V1Timestamp,

    /// <summary>3.1.1: a bundle, Rekor v2 and a timestamp.</summary>
    V2,
}

/// <summary>
/// Signatures that cosign made with certificates, logs and timestamps of real servers, each kind once for a test class.
/// </summary>
public sealed class KeylessSession : IAsyncLifetime
{
    public const string Alice = "alice@example.test";

    private readonly Dictionary<Keyless, string> _made = [];
    private SigstoreStack? _stack;
    private int _names;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("sigstoreps-keyless-").FullName;

    /// <summary>The file everything here is signed of.</summary>
    internal string Artifact => Path.Combine(Folder, "artifact.txt");

    internal SigstoreStack Stack => _stack ??= Peers.RequireStack();

    internal TrustedRoot Root => BlobCase.Root(Stack.TrustedRoot);

    internal string EmailIssuer => Stack.Issuer("email");

    /// <summary>Servers of the same names, and other keys.</summary>
    internal static TrustedRoot Impostor =>
        BlobCase.Root(RepositoryRoot.Fixture("golden", "trust", "trusted_root.json"));

    public async ValueTask InitializeAsync() => await File.WriteAllTextAsync(Artifact, "signed by real servers\n");

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    internal static bool HasTimestamp(Keyless kind) => kind is not (Keyless.Cosign2Bundle or Keyless.V1);

    internal static bool IsOld(Keyless kind) => kind is Keyless.Cosign2Old or Keyless.Cosign3Old;

    internal Cosign Cosign(Keyless kind) => Stack.WithParts(
        kind is Keyless.Cosign2Old or Keyless.Cosign2Bundle ? Peers.RequireCosign2() : Peers.RequireCosign3());

    /// <summary>A token of Alice, whose address is confirmed.</summary>
    internal Task<string> TokenAsync() =>
        Stack.TokenAsync("email", $"sub=alice&email={Alice}&email_verified=true", default);

    /// <summary>The bundle of <see cref="Artifact"/> by Alice.</summary>
    internal async Task<string> SignedAsync(Keyless kind)
    {
        if (!_made.TryGetValue(kind, out string? bundle))
        {
            bundle = await SignAsync(kind, await TokenAsync());
            _made.Add(kind, bundle);
        }

        return bundle;
    }

    /// <summary>A new bundle of <see cref="Artifact"/> by whom the token names.</summary>
    internal Task<string> SignAsync(Keyless kind, string token) =>
        RunAsync(kind, token, static bundle => ["sign-blob", "--bundle", bundle], Artifact);

    /// <summary>A new bundle with a statement about <see cref="Artifact"/>.</summary>
    internal async Task<string> AttestAsync(Keyless kind, string predicateType)
    {
        string predicate = Path.Combine(Folder, "predicate.json");
        await File.WriteAllTextAsync(predicate, """{"tested":true}""");
        return await RunAsync(
            kind, await TokenAsync(),
            bundle => ["attest-blob", "--predicate", predicate, "--type", predicateType, "--bundle", bundle], Artifact);
    }

    /// <summary>The flags that make a cosign sign without a key, in this way.</summary>
    internal string[] Flags(Keyless kind, string token) => kind switch
    {
        Keyless.Cosign2Old or Keyless.Cosign2Bundle =>
            ["--yes", "--identity-token", token, "--fulcio-url", Stack.Fulcio, "--rekor-url", Stack.Rekor1],
        Keyless.Cosign3Old =>
        [
            "--yes", "--identity-token", token, "--fulcio-url", Stack.Fulcio, "--rekor-url", Stack.Rekor1,
            "--use-signing-config=false", "--new-bundle-format=false",
        ],
        _ =>
        [
            "--yes", "--identity-token", token, "--signing-config", Stack.SigningConfig(Configuration(kind)),
            "--trusted-root", Stack.TrustedRoot,
        ],
    };

    /// <summary>Every signature in a bundle file, with the timestamp beside an old one.</summary>
    internal static async Task<BlobCandidate> ReadAsync(string bundle)
    {
        BlobCandidate signature = Assert.Single(await BlobSignatures.ReadAsync(bundle, default));
        Assert.Null(signature.Failure);
        string timestamp = TimestampBeside(bundle);
        return File.Exists(timestamp)
            ? signature with
            {
                Artifact = new DetachedMaterial { Timestamp = await File.ReadAllBytesAsync(timestamp) }
                    .AddTo(signature.Artifact!),
            }
            : signature;
    }

    internal VerificationPolicy Policy(string identity = Alice, string? issuer = null) => new()
    {
        Signer = BlobCase.Identity(identity, issuer ?? EmailIssuer),
        Root = Root,
    };

    internal async Task<BlobVerification> VerifyAsync(string bundle, VerificationPolicy policy, string? artifact = null) =>
        await BlobVerifier.VerifyAsync(
            new BlobTarget(artifact ?? Artifact, null, [await ReadAsync(bundle)]), policy, default);

    internal async Task<SigstoreErrorCode> RefuseAsync(
        string bundle, VerificationPolicy policy, string? artifact = null)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => VerifyAsync(bundle, policy, artifact));
        Assert.False(Assert.IsType<BlobVerification>(e.Result).Verified);
        return e.Code;
    }

    private static string TimestampBeside(string bundle) => Path.ChangeExtension(bundle, ".ts");

    private static string Configuration(Keyless kind) => kind switch
    {
        Keyless.V1 => "v1",
        Keyless.V1Timestamp => "v1-tsa",
        Keyless.V2 => "v2",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private async Task<string> RunAsync(Keyless kind, string token, Func<string, string[]> command, string artifact)
    {
        string bundle = Path.Combine(Folder, $"{kind}{Interlocked.Increment(ref _names)}.json");
        string[] more = kind switch
        {
            Keyless.Cosign2Bundle => ["--new-bundle-format"],
            _ when IsOld(kind) =>
            [
                "--timestamp-server-url", Stack.TimestampAuthority,
                "--rfc3161-timestamp", TimestampBeside(bundle),
            ],
            _ => [],
        };
        InteropSession.Passed(await Cosign(kind).RunAsync(
            Folder, string.Empty, [.. command(bundle), .. Flags(kind, token), .. more, artifact], default));
        return bundle;
    }
}
