using System.Security.Cryptography;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Support;

namespace SigstorePS.Tests.Keys;

/// <summary>What holds for every key that never comes here, wherever it is.</summary>
public sealed class RemoteSignerTests : IDisposable
{
    private static readonly byte[] Message = [1, 2, 3];

    private readonly JumpingClock _clock = new();
    private readonly FakeKey _key = new();

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task It_hashes_here_and_signs_there()
    {
        using RemoteSigner signer = RemoteSigner.Of(_key, null, _clock);
        byte[] signature = await signer.SignAsync(Message, CancellationToken.None);
        Assert.Equal(SigningAlgorithm.EcdsaP256, signer.PublicKey.Match(Message, signature));
        Assert.Equal([SHA256.HashData(Message)], _key.Digests);
    }

    [Fact]
    public async Task A_signature_by_another_key_does_not_leave()
    {
        using FakeKey other = new();
        _key.Sign = digest => other.Ec.SignHash(digest, DSASignatureFormat.Rfc3279DerSequence);
        await RefusedAsync(SigstoreErrorCode.SignatureMismatch);
    }

    [Fact]
    public async Task Bytes_that_are_no_signature_do_not_leave()
    {
        _key.Sign = static _ => [];
        await RefusedAsync(SigstoreErrorCode.SignatureMismatch);
    }

    [Fact]
    public void An_algorithm_the_key_lacks_is_refused_and_the_key_closed()
    {
        SigstoreException e = Assert.Throws<SigstoreException>(
            () => RemoteSigner.Of(_key, SigningAlgorithm.RsaPss2048, _clock));
        Assert.Equal(SigstoreErrorCode.Unsupported, e.Code);
        Assert.True(_key.Disposed);
    }

    [Fact]
    public async Task A_service_that_has_enough_is_given_time()
    {
        int refusals = 3;
        _key.Sign = digest => refusals-- > 0
            ? throw new SigstoreException(SigstoreErrorCode.KeyServiceThrottled, "Too much.") : _key.Ec.SignHash(
                digest, DSASignatureFormat.Rfc3279DerSequence);
        using RemoteSigner signer = RemoteSigner.Of(_key, null, _clock);
        Assert.NotEmpty(await signer.SignAsync(Message, CancellationToken.None));
        Assert.Equal([1, 2, 4], _clock.Waits.Select(static w => Math.Round(w.TotalSeconds)));
    }

    [Fact]
    public async Task A_service_that_always_has_enough_ends_it()
    {
        _key.Sign = static _ => throw new SigstoreException(SigstoreErrorCode.KeyServiceThrottled, "Too much.");
        await RefusedAsync(SigstoreErrorCode.KeyServiceThrottled);
        Assert.Equal(Limits.KeyServiceAttempts, _key.Digests.Count);
    }

    [Fact]
    public async Task Other_failures_are_not_repeated()
    {
        _key.Sign = static _ => throw new SigstoreException(SigstoreErrorCode.KeyAccessDenied, "No.");
        await RefusedAsync(SigstoreErrorCode.KeyAccessDenied);
        Assert.Single(_key.Digests);
    }

    [Fact]
    public async Task A_thousand_signatures_come_a_few_at_a_time()
    {
        _key.Pause = TimeSpan.FromMilliseconds(1);
        using RemoteSigner signer = RemoteSigner.Of(_key, null, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => signer.SignAsync(
            BitConverter.GetBytes(i), CancellationToken.None)));
        Assert.Equal(1000, _key.Digests.Count);
        Assert.InRange(_key.MostAtOnce, 2, Limits.KeyServiceParallelism);
    }

    [Theory]
    [InlineData(new byte[] { 0, 1, 0, 2 }, "3006020101020102")]
    [InlineData(new byte[] { 0x80, 0x00 }, "300702020080020100")]
    [InlineData(new byte[] { 0, 0, 0, 0 }, "3006020100020100")]
    public void Two_numbers_side_by_side_become_der(byte[] pair, string der) =>
        Assert.Equal(der, Convert.ToHexStringLower(EcdsaSignature.ToDer(pair)));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void What_is_no_pair_is_refused(int length) =>
        Assert.Throws<FormatException>(() => EcdsaSignature.ToDer(new byte[length]));

    private async Task RefusedAsync(SigstoreErrorCode code)
    {
        using RemoteSigner signer = RemoteSigner.Of(_key, null, _clock);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => signer.SignAsync(Message, CancellationToken.None));
        Assert.Equal(code, e.Code);
    }

    private sealed class FakeKey : IRemoteKey
    {
        private readonly Lock _gate = new();
        private int _atOnce;

        public FakeKey()
        {
            PublicKey = SigstorePS.Crypto.PublicKey.FromSpki(Ec.ExportSubjectPublicKeyInfo());
            Sign = digest =>
            {
                lock (_gate)
                {
                    return Ec.SignHash(digest, DSASignatureFormat.Rfc3279DerSequence);
                }
            };
        }

        public ECDsa Ec { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public List<byte[]> Digests { get; } = [];

        public Func<byte[], byte[]> Sign { get; set; }

        public TimeSpan Pause { get; set; }

        public int MostAtOnce { get; private set; }

        public bool Disposed { get; private set; }

        public SigningAlgorithm Algorithm => SigningAlgorithm.EcdsaP256;

        public SigstorePS.Crypto.PublicKey PublicKey { get; }

        public bool SignsDigest(SigningAlgorithm algorithm) => algorithm == Algorithm;

        public async Task<byte[]> SignDigestAsync(
            ReadOnlyMemory<byte> digest, SigningAlgorithm algorithm, CancellationToken cancel)
        {
            lock (_gate)
            {
                Digests.Add(digest.ToArray());
                MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
            }

            await Task.Delay(Pause, cancel);
            lock (_gate)
            {
                _atOnce--;
            }

            return Sign(digest.ToArray());
        }

        public void Dispose()
        {
            Disposed = true;
            Ec.Dispose();
        }
    }
}
