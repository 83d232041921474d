using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Keys.Plugins;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Keys.Plugins;

/// <summary>Our side of the protocol, and the sample plug-in (tests/KeyPlugin) on the search path.</summary>
internal sealed class PluginSession : IDisposable
{
    private readonly KeyWorld _world = new();

    public PluginSession()
    {
        // tests/KeyPlugin lies beside this program, in artifacts/bin.
        string bin = AppContext.BaseDirectory.Replace("Engine.Tests", "KeyPlugin", StringComparison.Ordinal);
        Assert.SkipUnless(File.Exists(Path.Combine(bin, Program)), "tests/KeyPlugin is not built");
        Programs = bin;
        _world.Variables["PATH"] = bin;
        Keys = _world.Operations();
    }

    public static string Program { get; } = "sigstore-kms-sample" + (OperatingSystem.IsWindows() ? ".exe" : string.Empty);

    /// <summary>Where the plug-in is.</summary>
    public string Programs { get; }

    public string Folder => _world.Home;

    public Dictionary<string, string> Variables => _world.Variables;

    public KeyOperations Keys { get; }

    /// <summary>The same with less patience.</summary>
    public KeyProviders Impatient(TimeSpan time) =>
        new([], scheme => CommandKeyProvider.Find(scheme, _world.Surroundings, time));

    public string Reference(string name = "key.pem", string options = "") =>
        $"sample://{Path.Combine(Folder, name)}{(options.Length > 0 ? "?" + options : options)}";

    public string[] Log(string name = "key.pem") => File.ReadAllLines(Path.Combine(Folder, name + ".log"));

    public Task<SigstoreKeyPair> CreateAsync(string reference, SigningAlgorithm? algorithm = null) => Keys.CreateAsync(
        KeyReference.Parse(reference), algorithm ?? SigningAlgorithm.EcdsaP256, KeyAccess.WithoutPassword, false, null, default);

    public Task<SigstoreKey> OpenAsync(string reference, SigningAlgorithm? algorithm = null) =>
        Keys.OpenAsync(reference, KeyAccess.WithoutPassword with { Algorithm = algorithm }, default);

    public async Task<byte[]> SignAsync(string reference)
    {
        using SigstoreKey key = await OpenAsync(reference);
        return await key.Signer.SignAsync("message"u8.ToArray(), default);
    }

    public void Dispose() => _world.Dispose();
}
