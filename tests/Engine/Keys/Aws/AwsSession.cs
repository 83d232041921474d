using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Aws;

/// <summary>Our provider against an imitation of KMS.</summary>
internal sealed class AwsSession : IAsyncDisposable
{
    public const string Secret = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY";
    public const string SessionToken = "FwoGZXIvYXdzEXAMPLETOKEN";
    public const string Alias = "alias/release";
    public const string Reference = "awskms:///" + Alias;

    private readonly KeyWorld _world;

    // The last link of the SDK's chain asks the instance, and there is none here to answer soon.
    static AwsSession() => Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");

    public AwsSession(TimeProvider? clock = null, TimeSpan? time = null)
    {
        _world = new KeyWorld(clock);
        Variables["AWS_ENDPOINT_URL"] = Kms.Address;
        Variables["AWS_REGION"] = VirtualKms.Region;
        Variables["AWS_ACCESS_KEY_ID"] = "AKIAIOSFODNN7EXAMPLE";
        Variables["AWS_SECRET_ACCESS_KEY"] = Secret;
        Variables["AWS_SESSION_TOKEN"] = SessionToken;
        Keys = KeyOperations.Create(
            _world.Surroundings with { RequestTime = time ?? Limits.KeyService }, static (_, _) => Task.FromResult<byte[]>([]));
    }

    public VirtualKms Kms { get; } = new();

    public Dictionary<string, string> Variables => _world.Variables;

    public KeyOperations Keys { get; }

    public static KeyAccess Access(SigningAlgorithm? algorithm = null) =>
        KeyAccess.WithoutPassword with { Algorithm = algorithm };

    public Task<SigstoreKey> OpenAsync(string reference = Reference, SigningAlgorithm? algorithm = null) =>
        Keys.OpenAsync(reference, Access(algorithm), default);

    /// <summary>A key under the alias, and a signature of it.</summary>
    public async Task<byte[]> SignAsync(string reference = Reference)
    {
        using SigstoreKey key = await OpenAsync(reference);
        return await key.Signer.SignAsync("message"u8.ToArray(), default);
    }

    public Task<SigstoreKeyPair> CreateAsync(string reference, SigningAlgorithm? algorithm = null) => Keys.CreateAsync(
        KeyReference.Parse(reference), algorithm ?? SigningAlgorithm.EcdsaP256, Access(), false, null, default);

    /// <summary>The failure, with no secret in it and nothing of the SDK's.</summary>
    public static async Task<SigstoreException> RefusedAsync(SigstoreErrorCode code, Func<Task> work)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(work);
        Assert.True(code == e.Code, e.ToString());
        Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(SessionToken, e.ToString(), StringComparison.Ordinal);
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            Assert.False(inner.GetType().Assembly.GetName().Name!.StartsWith("AWSSDK", StringComparison.Ordinal), e.ToString());
        }

        return e;
    }

    public async ValueTask DisposeAsync()
    {
        await Kms.DisposeAsync();
        _world.Dispose();
    }
}
