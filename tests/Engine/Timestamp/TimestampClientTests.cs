using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Http;
using SigstorePS.Operations;
using SigstorePS.Rfc3161;
using SigstorePS.Support;
using SigstorePS.Support.Sigstore;
using SigstorePS.Timestamp;
using SigstorePS.Trust;
using SigstorePS.Verification;
using Code = SigstorePS.SigstoreErrorCode;

namespace SigstorePS.Tests.Timestamp;

public sealed class TimestampClientTests : IAsyncLifetime
{
    private static readonly byte[] Content = "a signature"u8.ToArray();

    private readonly HttpTransport _transport = new(new HttpOptions());
    private readonly VirtualTsa _tsa = VirtualTsa.Start();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _transport.Dispose();
        await _tsa.DisposeAsync();
    }

    [Fact]
    public async Task The_answer_is_kept_as_it_was_sent_and_verifies()
    {
        byte[] answer = await Client().RequestAsync(_tsa.Address, Content, Cancel);
        VerifiedTimestampToken token = TimestampCheck.Verify(answer, Content, _tsa.Root);
        Assert.Equal("https://tsa.virtual.test", token.AuthorityUri);
        Assert.Equal(HashAlgorithmName.SHA256, token.Token.HashAlgorithm);
        Assert.NotNull(token.Token.Signer);

        // Not the bare token: status first, as bundles want it.
        Assert.False(Rfc3161TimestampToken.TryDecode(answer, out _, out _));

        Assert.True(Rfc3161TimestampRequest.TryDecode(
            Assert.Single(_tsa.Requests), out Rfc3161TimestampRequest? request, out _));
        Assert.True(request.RequestSignerCertificate);
        Assert.Equal(8, request.GetNonce()!.Value.Length);
        Assert.Equal(SHA256.HashData(Content), request.GetMessageHash().ToArray());
        Assert.Null(request.RequestedPolicyId);
    }

    [Fact]
    public async Task No_two_requests_have_one_nonce()
    {
        for (int i = 0; i < 20; i++)
        {
            await Client().RequestAsync(_tsa.Address, Content, Cancel);
        }

        Assert.Equal(20, _tsa.Requests.Select(Convert.ToHexString).Distinct().Count());
    }

    [Theory]
    [InlineData("SHA256", true, true)]
    [InlineData("SHA384", false, true)]
    [InlineData("SHA512", true, false)]
    [InlineData("SHA256", false, false)]
    public async Task Hash_policy_nonce_and_certificates_are_as_asked(string name, bool nonce, bool certificates)
    {
        HashAlgorithmName hash = new(name);
        TimestampOptions options = new()
        {
            Hash = hash, Nonce = nonce, Certificates = certificates, Policy = TestTimestamps.Policy,
        };
        byte[] answer = await Client().RequestAsync(_tsa.Address, Content, options, Cancel);
        TimestampToken token = TimestampCheck.Verify(answer, Content, _tsa.Root).Token;
        Assert.Equal(hash, token.HashAlgorithm);
        Assert.Equal(nonce, token.Nonce is not null);
        Assert.Equal(certificates, token.Signer is not null);
        Assert.Equal(TestTimestamps.Policy, token.Policy);

        Digest digest = Digest.FromHash(hash, CryptographicOperations.HashData(hash, Content));
        byte[] same = await Client().RequestAsync(_tsa.Address, digest, options, Cancel);
        Assert.True(TimestampToken.Read(same).IsOver(Content));
    }

    [Theory]
    [InlineData(TsaLie.Rejection, Code.TimestampRejected)]
    [InlineData(TsaLie.WrongNonce, Code.TimestampProtocolViolation)]
    [InlineData(TsaLie.NoNonce, Code.TimestampProtocolViolation)]
    [InlineData(TsaLie.WrongImprint, Code.TimestampProtocolViolation)]
    [InlineData(TsaLie.Garbage, Code.TimestampProtocolViolation)]
    [InlineData(TsaLie.Trailing, Code.TimestampProtocolViolation)]
    [InlineData(TsaLie.NoToken, Code.TimestampProtocolViolation)]
    [InlineData(TsaLie.Page, Code.TimestampProtocolViolation)]
    [InlineData(TsaLie.Huge, Code.LimitExceeded)]
    public async Task What_does_not_answer_the_question_is_refused(TsaLie lie, Code code)
    {
        _tsa.Lie = lie;
        SigstoreException e = await FailsAsync(code);
        Assert.DoesNotContain(e.Message, char.IsControl);
        if (lie == TsaLie.Rejection)
        {
            Assert.Contains("rejection", e.Message, StringComparison.Ordinal);
            Assert.Contains("today", e.Message, StringComparison.Ordinal);
            Assert.Contains("timeNotAvailable", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Another_policy_than_asked_for_is_refused_and_a_bad_one_is_not_sent()
    {
        _tsa.Lie = TsaLie.WrongPolicy;
        await Client().RequestAsync(_tsa.Address, Content, Cancel);
        await FailsAsync(Code.TimestampProtocolViolation, new TimestampOptions { Policy = TestTimestamps.Policy });
        SigstoreException e = await FailsAsync(
            Code.TimestampRejected, new TimestampOptions { Policy = "1.2.3.4.5" });
        Assert.Contains("unaccepted policy", e.Message, StringComparison.Ordinal);
        int before = _tsa.Requests.Count;
        await FailsAsync(Code.InvalidValue, new TimestampOptions { Policy = "9.9" });
        Assert.Equal(before, _tsa.Requests.Count);
    }

    [Theory]
    [InlineData(TsaLie.Modified)]
    [InlineData(TsaLie.NoCertificates)]
    public async Task What_the_protocol_allows_or_does_no_harm_is_taken(TsaLie lie)
    {
        _tsa.Lie = lie;
        byte[] answer = await Client().RequestAsync(_tsa.Address, Content, Cancel);
        TimestampCheck.Verify(answer, Content, _tsa.Root);
    }

    [Fact]
    public async Task A_forged_signature_is_found_here_by_its_certificate_and_else_by_verification()
    {
        _tsa.Lie = TsaLie.Forged;
        await FailsAsync(Code.TimestampProtocolViolation);
        byte[] answer = await Client().RequestAsync(
            _tsa.Address, Content, new TimestampOptions { Certificates = false }, Cancel);
        Assert.Equal(
            Code.TimestampInvalid,
            Assert.Throws<SigstoreException>(() => TimestampCheck.Verify(answer, Content, _tsa.Root)).Code);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Busy_authorities_are_asked_again(int status)
    {
        _tsa.Outage = (status, 2);
        Assert.NotEmpty(await Client().RequestAsync(_tsa.Address, Content, Cancel));
        _tsa.Outage = (status, 100);
        SigstoreException e = await FailsAsync(Code.TimestampUnavailable);
        Assert.Contains(status.ToString(CultureInfo.InvariantCulture), e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(e.Message, char.IsControl);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    public async Task A_refusal_is_not_repeated(int status)
    {
        _tsa.Outage = (status, 1);
        await FailsAsync(Code.TimestampRejected);
        Assert.NotEmpty(await Client().RequestAsync(_tsa.Address, Content, Cancel));
    }

    [Fact]
    public async Task A_slow_one_runs_out_of_time_and_a_dead_one_is_unavailable()
    {
        _tsa.Latency = TimeSpan.FromMinutes(10);
        using CancellationTokenSource stop = new(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Client().RequestAsync(_tsa.Address, Content, stop.Token));

        using HttpTransport hasty = new(new HttpOptions { Attempts = 1 });
        TimestampClient client = new(hasty.Open(TlsSettings.Default, TimestampReplies.Http));
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => client.RequestAsync(new Uri("http://127.0.0.1:9/tsa"), Content, Cancel));
        Assert.Equal(Code.TimestampUnavailable, e.Code);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(4, false)]
    [InlineData(-6, true)]
    [InlineData(60, true)]
    public async Task A_clock_that_is_off_is_told(int minutes, bool told)
    {
        _tsa.ClockOff = TimeSpan.FromMinutes(minutes);
        Ear ear = new();
        AmbientReports.GoTo(ear);
        await Client().RequestAsync(_tsa.Address, Content, Cancel);
        Assert.Equal(told, ear.Heard.Any(
            static r => r.Level == ReportLevel.Warning && r.Text.Contains("clock", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Mutual_tls_needs_the_right_root_name_and_client()
    {
        TestCertificate root = TestAuthority.Issue(
            null, "CN=tls root", Start, Start.AddYears(10), TestAuthority.Authority());
        TestCertificate server = TlsCertificate(root, "tsa.example.test");
        await using VirtualTsa tsa = VirtualTsa.Start(
            server.Handle.CopyWithPrivateKey(server.Key), wantsClientCertificate: true);
        byte[] ca = Pem(root.Handle.ExportCertificatePem());
        byte[] certificate = Pem(server.Handle.ExportCertificatePem());
        byte[] key = Pem(server.Key.ExportPkcs8PrivateKeyPem());
        TimestampTls good = TimestampTls.Read(ca, certificate, key, "tsa.example.test");
        Assert.NotEmpty(await ClientFor(good, tsa).RequestAsync(tsa.Address, Content, Cancel));
        TimestampTls oneFile = TimestampTls.Read(ca, [.. certificate, .. "\n"u8, .. key], null, "tsa.example.test");
        Assert.NotEmpty(await ClientFor(oneFile, tsa).RequestAsync(tsa.Address, Content, Cancel));
        foreach (TimestampTls bad in (TimestampTls[])[
            TimestampTls.Read(null, certificate, key, "tsa.example.test"),
            TimestampTls.Read(ca, certificate, key, null),
            TimestampTls.Read(ca, null, null, "tsa.example.test")])
        {
            SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
                () => ClientFor(bad, tsa).RequestAsync(tsa.Address, Content, Cancel));
            Assert.Equal(Code.TimestampUnavailable, e.Code);
        }

        Assert.Equal(Code.ContradictoryPolicy, ReadFails(null, null, key));
        Assert.Equal(Code.InvalidValue, ReadFails(key, null, null));
        Assert.Equal(Code.InvalidValue, ReadFails(null, ca, null));
        Assert.Equal(Code.InvalidValue, ReadFails("junk"u8.ToArray(), null, null));
    }

    [Fact]
    public async Task Openssl_reads_and_verifies_what_is_kept()
    {
        string openssl = Peers.RequireOpenSsl();
        using Registry.TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(Path.Combine(folder.Path, "a.bin"), Content, Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "chain.pem"), _tsa.ChainPem, Cancel);
        await File.WriteAllBytesAsync(
            Path.Combine(folder.Path, "a.tsr"), await Client().RequestAsync(_tsa.Address, Content, Cancel), Cancel);
        PeerResult text = await RunAsync(openssl, folder.Path, "ts", "-reply", "-in", "a.tsr", "-text");
        Assert.Contains("Granted", text.Output, StringComparison.Ordinal);
        Assert.Contains("sha256", text.Output, StringComparison.Ordinal);
        PeerResult verified = await RunAsync(
            openssl, folder.Path, "ts", "-verify", "-data", "a.bin", "-in", "a.tsr", "-CAfile", "chain.pem");
        Assert.Contains("Verification: OK", verified.Output + verified.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_real_authority_answers_and_imitation_and_original_have_one_shape()
    {
        SigstoreStack stack = Peers.RequireStack();
        TrustedRoot root = BlobCase.Root(stack.TrustedRoot);
        Uri real = new(stack.TimestampAuthority);
        foreach (TimestampOptions options in (TimestampOptions[])[
            TimestampOptions.Default,
            new() { Hash = HashAlgorithmName.SHA384, Nonce = false, Certificates = false },
            new() { Hash = HashAlgorithmName.SHA512, Policy = TestTimestamps.Policy }])
        {
            TimestampToken theirs = TimestampCheck.Verify(
                await Client().RequestAsync(real, Content, options, Cancel), Content, root).Token;
            TimestampToken ours = TimestampCheck.Verify(
                await Client().RequestAsync(_tsa.Address, Content, options, Cancel), Content, _tsa.Root).Token;
            Assert.Equal(theirs.HashAlgorithm, ours.HashAlgorithm);
            Assert.Equal(theirs.Policy, ours.Policy);
            Assert.Equal(theirs.Nonce is null, ours.Nonce is null);
            Assert.Equal(theirs.Signer is null, ours.Signer is null);
        }

        // The same bad requests on both.
        byte[] sha1 = Rfc3161TimestampRequest.CreateFromData(Content, HashAlgorithmName.SHA1).Encode();
        byte[] policy = Rfc3161TimestampRequest.CreateFromData(
            Content, HashAlgorithmName.SHA256, requestedPolicyId: new Oid("1.2.3.4.5")).Encode();
        foreach (byte[] bad in (byte[][])[sha1, policy, "junk"u8.ToArray()])
        {
            // The media type of an error differs from build to build of the real one.
            Assert.Equal((await PostAsync(real, bad)).Item1, (await PostAsync(_tsa.Address, bad)).Item1);
        }

        // So does whether success is 200 or 201.
        (HttpStatusCode status, string? type) = await PostAsync(
            real, Rfc3161TimestampRequest.CreateFromData(Content, HashAlgorithmName.SHA256).Encode());
        Assert.Contains(status, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.Created]);
        Assert.Equal("application/timestamp-reply", type);
    }

    private static DateTimeOffset Start => TimeProvider.System.GetUtcNow().AddDays(-1);

    private static TestCertificate TlsCertificate(TestCertificate issuer, string name)
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        return TestAuthority.Issue(
            issuer, $"CN={name}", Start.AddHours(1), Start.AddYears(5),
            [names.Build(), TestAuthority.Purposes(false, "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2")]);
    }

    private static byte[] Pem(string text) => Encoding.ASCII.GetBytes(text);

    private static Code ReadFails(byte[]? ca, byte[]? client, byte[]? key) =>
        Assert.Throws<SigstoreException>(() => TimestampTls.Read(ca, client, key, null)).Code;

    private static async Task<(HttpStatusCode Status, string? Type)> PostAsync(Uri address, byte[] query)
    {
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
        using ByteArrayContent content = new(query)
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/timestamp-query") },
        };
        using HttpResponseMessage reply = await client.PostAsync(address, content, Cancel);
        return (reply.StatusCode, reply.Content.Headers.ContentType?.MediaType);
    }

    private static async Task<PeerResult> RunAsync(string program, string folder, params string[] arguments) =>
        await PeerProcess.RunAsync(
            program, arguments, folder, new Dictionary<string, string>(), TimeSpan.FromSeconds(60), Cancel);

    private TimestampClient Client() => new(_transport.Open(TlsSettings.Default, TimestampReplies.Http));

    private TimestampClient ClientFor(TimestampTls tls, VirtualTsa tsa) =>
        new(_transport.Open(tls.For(tsa.Address), TimestampReplies.Http));

    private async Task<SigstoreException> FailsAsync(Code code, TimestampOptions? options = null)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => Client().RequestAsync(
            _tsa.Address, Content, options ?? TimestampOptions.Default, Cancel));
        Assert.Equal(code, e.Code);
        return e;
    }

    private sealed class Ear : IProgress<EngineReport>
    {
        public ConcurrentQueue<EngineReport> Heard { get; } = new();

        public void Report(EngineReport value) => Heard.Enqueue(value);
    }
}
