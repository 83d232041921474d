using SigstorePS.Http;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Interop;

/// <summary>The TUF repository that the servers' trust root is published in.</summary>
public sealed class TufRepositoryTests(KeylessSession session) : IClassFixture<KeylessSession>
{
    [Fact]
    public async Task It_is_initialized_read_and_read_offline()
    {
        SigstoreStack stack = session.Stack;
        string root = Path.Combine(session.Folder, "1.root.json");
        using (HttpClient client = new(new SocketsHttpHandler { UseProxy = false }))
        {
            await File.WriteAllBytesAsync(root, await client.GetByteArrayAsync(new Uri($"{stack.Tuf}/1.root.json")));
        }

        Uri mirror = new(stack.Tuf);
        using HttpTransport transport = new(new HttpOptions());
        HttpChannel channel = transport.Open(
            TlsSettings.Default, new HttpErrors(SigstoreErrorCode.TufUnavailable, SigstoreErrorCode.TufProtocolViolation));
        string home = Directory.CreateDirectory(Path.Combine(session.Folder, "home")).FullName;
        TrustOperations trust = new(static _ => null, home, channel, TimeProvider.System);
        SigstoreTrustRoot made = await trust.InitializeAsync(
            new TrustInitialization { Mirror = mirror, Root = root }, default);
        AssertSame(session.Root, made.Root);

        // Of a fresh session, and of one that may not dial.
        AssertSame(session.Root, (await New().GetAsync(new TrustRequest { MaxAge = TimeSpan.Zero }, default)).Root);
        AssertSame(session.Root, (await New().GetAsync(new TrustRequest { Offline = true }, default)).Root);
        Assert.Equal(
            await File.ReadAllBytesAsync(stack.SigningConfig("v2")),
            await New().GetTargetAsync(new TrustRequest(), "signing_config.v0.2.json", default));

        BlobVerification result = await session.VerifyAsync(
            await session.SignedAsync(Keyless.V1Timestamp), session.Policy() with { Root = made.Root });
        Assert.True(result.Verified);

        TrustOperations New() => new(static _ => null, home, channel, TimeProvider.System);
    }

    private static void AssertSame(TrustedRoot expected, TrustedRoot actual) =>
        Assert.Equal(TrustedRootWriter.Write(expected), TrustedRootWriter.Write(actual));
}
