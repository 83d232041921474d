using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Tests.Keys;

/// <summary>Key pairs kept as secrets of a store, whatever the store.</summary>
public sealed class StoredKeyProviderTests
{
    private static readonly KeyReference Here = KeyReference.Parse("shelf://one");

    private readonly Shelf _shelf = new();

    [Fact]
    public async Task What_is_made_opens_with_the_password_beside_it()
    {
        CreatedKey made = await MakeAsync("pä ss");
        using ISigner signer = await _shelf.OpenAsync(Here, KeyAccess.WithoutPassword, CancellationToken.None);
        Assert.Equal(made.PublicKey, signer.PublicKey);
        Assert.Equal("pä ss", Encoding.UTF8.GetString(_shelf.Password!));
        Assert.Equal(
            made.PublicKey, await _shelf.ReadPublicKeyAsync(Here, KeyAccess.WithoutPassword, CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_password_beside_it_the_user_is_asked()
    {
        await MakeAsync("pw");
        _shelf.Password = null;
        using ISigner signer = await _shelf.OpenAsync(Here, KeyText.Password("pw"), CancellationToken.None);
        Assert.Equal(SigningAlgorithm.EcdsaP256, signer.Algorithm);
        await RefusedAsync(
            () => _shelf.OpenAsync(Here, KeyAccess.WithoutPassword, CancellationToken.None),
            SigstoreErrorCode.PasswordRequired);
    }

    [Fact]
    public async Task With_the_password_of_another_key_beside_it_the_user_is_asked()
    {
        CreatedKey made = await MakeAsync("pw");
        _shelf.Password = "of the key before"u8.ToArray();
        using ISigner signer = await _shelf.OpenAsync(Here, KeyText.Password("pw"), CancellationToken.None);
        Assert.Equal(made.PublicKey, signer.PublicKey);
        foreach (KeyAccess access in (KeyAccess[])[KeyAccess.WithoutPassword, KeyText.Password("neither")])
        {
            SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
                () => _shelf.OpenAsync(Here, access, CancellationToken.None));
            Assert.Equal(SigstoreErrorCode.WrongPassword, e.Code);
            Assert.Contains("in the store", e.Message, StringComparison.Ordinal);
        }

        _shelf.PublicKey = null;
        Assert.Equal(
            made.PublicKey, await _shelf.ReadPublicKeyAsync(Here, KeyText.Password("pw"), CancellationToken.None));
    }

    [Fact]
    public async Task An_empty_password_is_one()
    {
        await MakeAsync("");
        using ISigner signer = await _shelf.OpenAsync(Here, KeyAccess.WithoutPassword, CancellationToken.None);
        Assert.Empty(_shelf.Password!);
    }

    [Fact]
    public async Task Without_a_public_key_the_private_one_has_it()
    {
        CreatedKey made = await MakeAsync("pw");
        _shelf.PublicKey = null;
        Assert.Equal(
            made.PublicKey, await _shelf.ReadPublicKeyAsync(Here, KeyAccess.WithoutPassword, CancellationToken.None));
    }

    [Fact]
    public async Task An_empty_shelf_has_no_key()
    {
        await RefusedAsync(
            () => _shelf.OpenAsync(Here, KeyAccess.WithoutPassword, CancellationToken.None), SigstoreErrorCode.KeyNotFound);
        await RefusedAsync(
            () => _shelf.ReadPublicKeyAsync(Here, KeyAccess.WithoutPassword, CancellationToken.None),
            SigstoreErrorCode.KeyNotFound);
    }

    [Fact]
    public async Task Without_a_password_none_is_made()
    {
        await RefusedAsync(
            () => _shelf.CreateAsync(
                Here, SigningAlgorithm.EcdsaP256, KeyAccess.WithoutPassword, false, CancellationToken.None),
            SigstoreErrorCode.PasswordRequired);
        Assert.Null(_shelf.PrivateKey);
    }

    private Task<CreatedKey> MakeAsync(string password) => _shelf.CreateAsync(
        Here, SigningAlgorithm.EcdsaP256, KeyText.Password(password), false, CancellationToken.None);

    private static async Task RefusedAsync(Func<Task> act, SigstoreErrorCode code) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<SigstoreException>(act)).Code);

    private sealed class Shelf : StoredKeyProvider
    {
        public byte[]? PrivateKey { get; set; }

        public byte[]? Password { get; set; }

        public byte[]? PublicKey { get; set; }

        public override string Scheme => "shelf";

        protected override Task<StoredKeyPair> ReadAsync(KeyReference reference, CancellationToken cancel) =>
            Task.FromResult(new StoredKeyPair
            {
                PrivateKey = Copy(PrivateKey), Password = Copy(Password), PublicKey = Copy(PublicKey),
            });

        protected override Task WriteAsync(
            KeyReference reference, StoredKeyPair pair, bool replace, CancellationToken cancel)
        {
            (PrivateKey, Password, PublicKey) = (Copy(pair.PrivateKey), Copy(pair.Password), Copy(pair.PublicKey));
            return Task.CompletedTask;
        }

        private static byte[]? Copy(byte[]? text) => text is null ? null : [.. text];
    }
}
