using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Tests.Keys;

/// <summary>
/// Libraries of packs beside other versions of the same libraries in the default load context, where modules such as Az,
/// AWS.Tools and Posh-ACME have them.
/// </summary>
public sealed class PackIsolationTests
{
    private static readonly string Here = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);

    /// <summary>Output of tests/Clash, beside ours.</summary>
    private static readonly string Clash =
        Path.Combine(Here, "..", "..", "Clash", Path.GetFileName(Here));

    private static readonly string Crypto =
        File.Exists(Path.Combine(Clash, "BouncyCastle.Crypto.dll")) ? "BouncyCastle.Crypto" : "BouncyCastle.Cryptography";

    public static TheoryData<string, string, string> Libraries => new()
    {
        { "Azure", "Azure.Core", "Azure.Core.TokenRequestContext" },
        { "Aws", "AWSSDK.Core", "Amazon.RegionEndpoint" },
        { "BouncyCastle", Crypto, "Org.BouncyCastle.Crypto.Generators.SCrypt" },
    };

    public static TheoryData<string> Packs => ["Aws", "Azure", "BouncyCastle", "Google", "Yaml"];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Two_versions_live_side_by_side(string pack, string library, string type)
    {
        Assembly theirs = Theirs(library);
        AssemblyLoadContext context = ContextOf(pack);
        Assembly ours = context.LoadFromAssemblyName(new AssemblyName(library));
        Assert.SkipWhen(
            theirs.GetName().Version == ours.GetName().Version, $"the feed has no other version of {library}");

        Assert.Same(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(theirs));
        Assert.Same(context, AssemblyLoadContext.GetLoadContext(ours));
        Assert.Contains(Path.Combine("providers", pack), ours.Location, StringComparison.Ordinal);
        Assert.NotSame(theirs.GetType(type, throwOnError: true), ours.GetType(type, throwOnError: true));
        Assert.Same(theirs.GetType(type), Type.GetType($"{type}, {library}"));
    }

    [Fact]
    public async Task Our_cryptography_works_beside_another_version()
    {
        Assembly theirs = Theirs(Crypto);
        using StoredKeyPair pair = StoredKeyPair.Generate(SigningAlgorithm.Ed25519, "pw"u8);
        byte[] pkcs8 = await PrivateKeyFile.ReadAsync(
            pair.PrivateKey!, KeyReference.Parse("x"),
            new KeyAccess(static (_, _) => Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes("pw"))), default);
        using LocalSigner signer = LocalSigner.FromPkcs8(pkcs8);
        byte[] message = "message"u8.ToArray();
        byte[] signature = await signer.SignAsync(message, default);
        Assert.True(signer.PublicKey.Verify(message, signature, SigningAlgorithm.Ed25519));

        // Theirs still works as well, for whoever brought it.
        Type scrypt = theirs.GetType("Org.BouncyCastle.Crypto.Generators.SCrypt", throwOnError: true)!;
        Assert.NotNull(scrypt.GetMethod("Generate")!.Invoke(null, [message, message, 16, 1, 1, 32]));
        Assert.Contains(
            AssemblyLoadContext.All.Where(static c => c.Name == "SigstorePS.BouncyCastle").SelectMany(static c => c.Assemblies),
            a => a.GetName().Name == Crypto);
    }

    [Theory]
    [MemberData(nameof(Packs))]
    public void Nothing_of_a_pack_is_to_be_had_from_outside(string pack)
    {
        Assembly assembly = ContextOf(pack).LoadFromAssemblyName(new AssemblyName($"SigstorePS.{pack}"));
        Assert.NotEmpty(assembly.GetReferencedAssemblies());
        Assert.Throws<FileNotFoundException>(
            () => AssemblyLoadContext.Default.LoadFromAssemblyName(new AssemblyName($"SigstorePS.{pack}")));
        Assert.DoesNotContain(
            AssemblyLoadContext.Default.Assemblies,
            static a => !a.IsDynamic && a.Location.Contains(
                $"{Path.DirectorySeparatorChar}providers{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

        // The contract is the one thing that both sides have in common.
        Assert.Same(
            typeof(IKeyPack).Assembly,
            AssemblyLoadContext.GetLoadContext(assembly)!.LoadFromAssemblyName(new AssemblyName("SigstorePS.Engine")));
    }

    [Fact]
    public void A_pack_that_is_missing_says_how_to_get_it()
    {
        SigstoreException e = Assert.Throws<SigstoreException>(
            static () => ProviderLoadContext.Create<IKeyPack>("Nowhere"));
        Assert.Equal(SigstoreErrorCode.ProviderPackMissing, e.Code);
        Assert.Contains("Install-PSResource", e.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine("providers", "Nowhere"), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_of_a_pack_that_is_missing_is_sought_nowhere_else()
    {
        string folder = Directory.CreateTempSubdirectory("pack").FullName;
        try
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(Here, "providers", "Yaml")))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            string pack = Path.Combine(folder, "SigstorePS.Yaml.dll");
            string library = Path.Combine(folder, "YamlDotNet.dll");
            AssemblyLoadContext context = ContextAt(pack);
            File.Delete(library);
            Exception? late = Record.Exception(() => context.LoadFromAssemblyName(new AssemblyName("YamlDotNet")));
            SigstoreException e = Assert.IsType<SigstoreException>(late?.GetBaseException());
            Assert.Equal(SigstoreErrorCode.ProviderPackMissing, e.Code);
            Assert.Contains("YamlDotNet.dll is missing", e.Message, StringComparison.Ordinal);

            e = Assert.IsType<SigstoreException>(
                Assert.Throws<TargetInvocationException>(() => ContextAt(pack)).InnerException);
            Assert.Equal(SigstoreErrorCode.ProviderPackMissing, e.Code);
            foreach (string text in new[] { "", "{", "[]", "{\"targets\":7}", "{\"targets\":{\"a\":{\"b\":{\"runtime\":[]}}}}" })
            {
                File.WriteAllText(Path.ChangeExtension(pack, ".deps.json"), text);
                e = Assert.IsType<SigstoreException>(
                    Assert.Throws<TargetInvocationException>(() => ContextAt(pack)).InnerException);
                Assert.Equal(SigstoreErrorCode.ProviderPackMissing, e.Code);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_pack_that_failed_to_load_is_tried_again()
    {
        using SigstorePS.Support.KeyWorld world = new();
        int loads = 0;
        KeyPacks packs = new(world.Surroundings, name => ++loads == 1
            ? throw new SigstoreException(SigstoreErrorCode.ProviderPackMissing, name)
            : ProviderLoadContext.Create<IKeyPack>(name));
        Assert.Throws<SigstoreException>(() => packs.Find("azurekms"));
        IKeyProvider? found = packs.Find("azurekms");
        Assert.NotNull(found);
        Assert.Same(found, packs.Find("azurekms"));
        Assert.Equal(2, loads);
    }

    private static Assembly Theirs(string library)
    {
        string path = Path.GetFullPath(Path.Combine(Clash, $"{library}.dll"));
        Assert.SkipUnless(File.Exists(path), "tests/Clash is not built");
        return AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
    }

    /// <summary>A context as a pack gets it, whether or not the pack has a class to begin with.</summary>
    private static AssemblyLoadContext ContextOf(string pack)
    {
        return ContextAt(Path.Combine(Here, "providers", pack, $"SigstorePS.{pack}.dll"));
    }

    private static AssemblyLoadContext ContextAt(string path)
    {
        return (AssemblyLoadContext)Activator.CreateInstance(
            typeof(ProviderLoadContext), BindingFlags.NonPublic | BindingFlags.Instance, null, [path], null)!;
    }
}
