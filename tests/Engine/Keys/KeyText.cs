using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Keys;
using SigstorePS.Support;

namespace SigstorePS.Tests.Keys;

/// <summary>Opens keys from text the way every PEM provider does, and finds those of the fixtures.</summary>
internal static class KeyText
{
    public static byte[] Golden(string name) => File.ReadAllBytes(RepositoryRoot.Fixture("golden", "keys", name));

    public static byte[] Made(string name) => File.ReadAllBytes(RepositoryRoot.Fixture("keys", name));

    public static KeyAccess Password(string? password, SigningAlgorithm? algorithm = null) =>
        new((_, _) => Task.FromResult(password is null ? null : Encoding.UTF8.GetBytes(password)))
        {
            Algorithm = algorithm,
        };

    public static Task<ISigner> OpenAsync(byte[] text, string? password = null, SigningAlgorithm? algorithm = null) =>
        new Provider(text).OpenAsync(
            KeyReference.Parse("key.pem"), Password(password, algorithm), CancellationToken.None);

    public static Task<PublicKey> ReadPublicAsync(byte[] text, string? password = null) =>
        new Provider(text).ReadPublicKeyAsync(
            KeyReference.Parse("key.pem"), Password(password), CancellationToken.None);

    public static Task<byte[]> Pkcs8Async(byte[] text, string? password = null) =>
        new Provider(text).ReadPkcs8Async(KeyReference.Parse("key.pem"), Password(password), CancellationToken.None);

    /// <summary>The JSON inside a cosign key file, changed and wrapped again.</summary>
    public static byte[] EditJson(string name, Func<string, string> edit)
    {
        string json = Encoding.UTF8.GetString(Assert.Single(Pem.Read(Golden(name))).Data);
        string edited = edit(json);
        Assert.NotEqual(json, edited);
        return Pem.Write(CosignKeyFile.Label, Encoding.UTF8.GetBytes(edited));
    }

    public static byte[] Edit(byte[] text, Func<string, string> edit)
    {
        string before = Encoding.UTF8.GetString(text);
        string after = edit(before);
        Assert.NotEqual(before, after);
        return Encoding.UTF8.GetBytes(after);
    }

    private sealed class Provider(byte[] text) : PemKeyProvider
    {
        public override string Scheme => "file";

        protected override Task<byte[]> ReadTextAsync(KeyReference reference, CancellationToken cancel) =>
            Task.FromResult<byte[]>([.. text]);
    }
}
