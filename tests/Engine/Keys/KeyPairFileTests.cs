using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Keys;

public sealed class KeyPairFileTests : IDisposable
{
    private static readonly byte[] Password = Encoding.UTF8.GetBytes("pässword");

    private readonly KeyWorld _world = new();
    private readonly KeyOperations _keys;
    private readonly string _folder = Directory.CreateTempSubdirectory("sigstoreps").FullName;

    private string Prefix => Path.Combine(_folder, "cosign");

    public static TheoryData<string> Names { get; } = [.. SigningAlgorithm.KeyPairNames];

    public KeyPairFileTests() => _keys = _world.Operations();

    public void Dispose()
    {
        _world.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_generated_pair_opens_signs_and_verifies(string name)
    {
        SigstoreKeyPair pair = await GenerateAsync(SigningAlgorithm.All.Single(a => a.Name == name));
        Assert.Equal((Prefix + ".key", Prefix + ".pub", name, Prefix + ".key"),
            (pair.PrivateKeyPath!, pair.PublicKeyPath!, pair.Algorithm, pair.ToString()));
        Assert.Equal(["cosign.key", "cosign.pub"], Files());

        using SigstoreKey key = await _keys.OpenAsync(
            pair.Reference, KeyText.Password("pässword"), CancellationToken.None);
        SigstorePublicKey published = await _keys.ReadPublicKeyAsync(
            pair.PublicKeyPath!, KeyAccess.WithoutPassword, CancellationToken.None);
        Assert.Equal((pair.KeyId, pair.KeyId), (key.KeyId, published.KeyId));
        byte[] signature = await key.Signer.SignAsync(new byte[5], CancellationToken.None);
        Assert.Equal(name, published.Key.Match(new byte[5], signature)?.Name);
    }

    [Fact]
    public async Task The_file_has_the_form_cosign_writes()
    {
        await GenerateAsync(SigningAlgorithm.EcdsaP256);
        PemBlock block = Assert.Single(Pem.Read(await File.ReadAllBytesAsync(Prefix + ".key")));
        Assert.Equal("ENCRYPTED SIGSTORE PRIVATE KEY", block.Label);
        Assert.StartsWith(
            """{"kdf":{"name":"scrypt","params":{"N":65536,"r":8,"p":1},"salt":""",
            Encoding.ASCII.GetString(block.Data), StringComparison.Ordinal);
        Assert.Matches(
            """\},"cipher":\{"name":"nacl/secretbox","nonce":"[0-9A-Za-z+/]{32}"\},"ciphertext":"[0-9A-Za-z+/]+=*"\}$""",
            Encoding.ASCII.GetString(block.Data));
    }

    [Fact]
    public async Task The_private_file_is_for_its_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("file modes are Unix's");
            return;
        }

        await GenerateAsync(SigningAlgorithm.Ed25519);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Prefix + ".key"));
        Assert.True(File.GetUnixFileMode(Prefix + ".pub").HasFlag(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.False(File.GetUnixFileMode(Prefix + ".pub").HasFlag(UnixFileMode.OtherWrite));
    }

    [Theory]
    [InlineData("cosign.key")]
    [InlineData("cosign.pub")]
    public async Task An_existing_file_is_not_overwritten(string name)
    {
        string path = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(path, "mine");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => GenerateAsync(SigningAlgorithm.Ed25519));
        Assert.Equal(SigstoreErrorCode.FileExists, e.Code);
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(path));
        Assert.Equal([name], Files());
    }

    [Fact]
    public async Task Of_several_writers_at_once_one_wins_and_its_pair_is_whole()
    {
        SigstoreErrorCode?[] outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            try
            {
                await GenerateAsync(SigningAlgorithm.Ed25519);
                return (SigstoreErrorCode?)null;
            }
            catch (SigstoreException e)
            {
                return e.Code;
            }
        })));
        Assert.Single(outcomes, static code => code is null);
        Assert.Equal(3, outcomes.Count(static code => code == SigstoreErrorCode.FileExists));
        Assert.Equal(["cosign.key", "cosign.pub"], Files());
        await WholeAsync();
    }

    [Fact]
    public async Task Force_replaces_both()
    {
        SigstoreKeyPair first = await GenerateAsync(SigningAlgorithm.Ed25519);
        SigstoreKeyPair second = await GenerateAsync(SigningAlgorithm.EcdsaP256, force: true);
        Assert.NotEqual(first.KeyId, second.KeyId);
        Assert.Equal(["cosign.key", "cosign.pub"], Files());
        Assert.Equal(second.KeyId, await WholeAsync());
    }

    [Fact]
    public async Task When_the_public_file_cannot_be_replaced_the_old_private_one_stays()
    {
        await File.WriteAllTextAsync(Prefix + ".key", "mine");
        Directory.CreateDirectory(Prefix + ".pub");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => GenerateAsync(SigningAlgorithm.Ed25519, force: true));
        Assert.Equal(SigstoreErrorCode.FileUnavailable, e.Code);
        Assert.Equal("mine", await File.ReadAllTextAsync(Prefix + ".key"));
        Assert.Equal(["cosign.key", "cosign.pub"], Files());
    }

    [Fact]
    public async Task When_the_private_file_cannot_be_replaced_the_old_public_one_comes_back()
    {
        Directory.CreateDirectory(Prefix + ".key");
        await File.WriteAllTextAsync(Prefix + ".pub", "mine");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => GenerateAsync(SigningAlgorithm.Ed25519, force: true));
        Assert.Equal(SigstoreErrorCode.FileUnavailable, e.Code);
        Assert.Equal("mine", await File.ReadAllTextAsync(Prefix + ".pub"));
        Assert.Equal(["cosign.key", "cosign.pub"], Files());
    }

    [Fact]
    public async Task A_missing_folder_is_said()
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => _keys.GenerateAsync(
            Path.Combine(_folder, "no", "cosign"), SigningAlgorithm.Ed25519, Password, false, CancellationToken.None));
        Assert.Equal(SigstoreErrorCode.PathNotFound, e.Code);
    }

    [Fact]
    public async Task Cancelled_work_leaves_nothing_behind()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _keys.GenerateAsync(
            Prefix, SigningAlgorithm.Ed25519, Password, false, new CancellationToken(canceled: true)));
        Assert.Empty(Files());
    }

    [Theory]
    [InlineData("golden/keys/plain-p521.pem", null)]
    [InlineData("golden/keys/plain-ed25519.pem", null)]
    [InlineData("golden/keys/c3-p384.key", "golden")]
    [InlineData("keys/pbes2-aes128-sha1-rsa2048.pem", "golden")]
    public async Task An_imported_key_is_the_same_key(string source, string? password)
    {
        string path = RepositoryRoot.Fixture(source.Split('/'));
        KeyAccess access = KeyText.Password(password);
        SigstorePublicKey before = await _keys.ReadPublicKeyAsync(path, access, CancellationToken.None);
        SigstoreKeyPair pair = await _keys.ImportAsync(
            path, access, Prefix, ReadOnlyMemory<byte>.Empty, false, CancellationToken.None);
        using SigstoreKey after = await _keys.OpenAsync(
            pair.Reference, KeyText.Password(string.Empty), CancellationToken.None);
        Assert.Equal((before.KeyId, before.KeyId), (pair.KeyId, after.KeyId));
        Assert.Equal(before.Pem, await File.ReadAllTextAsync(pair.PublicKeyPath!));
    }

    [Fact]
    public async Task What_cannot_be_imported_writes_nothing()
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => _keys.ImportAsync(
            RepositoryRoot.Fixture("keys", "secp256k1.pem"), KeyAccess.WithoutPassword, Prefix, Password, false,
            CancellationToken.None));
        Assert.Equal(SigstoreErrorCode.Unsupported, e.Code);
        Assert.Empty(Files());
    }

    private Task<SigstoreKeyPair> GenerateAsync(SigningAlgorithm algorithm, bool force = false) =>
        _keys.GenerateAsync(Prefix, algorithm, Password, force, CancellationToken.None);

    private string[] Files() =>
        [.. Directory.EnumerateFileSystemEntries(_folder).Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];

    private async Task<string> WholeAsync()
    {
        using SigstoreKey key = await _keys.OpenAsync(
            Prefix + ".key", KeyText.Password("pässword"), CancellationToken.None);
        SigstorePublicKey half = await _keys.ReadPublicKeyAsync(
            Prefix + ".pub", KeyAccess.WithoutPassword, CancellationToken.None);
        Assert.Equal(key.KeyId, half.KeyId);
        return key.KeyId;
    }
}
