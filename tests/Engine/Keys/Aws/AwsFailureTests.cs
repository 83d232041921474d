using SigstorePS.Crypto;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Aws;

/// <summary>AWS KMS that refuses, is busy, broken or hostile.</summary>
public sealed class AwsFailureTests
{
    [Theory]
    [InlineData("AccessDeniedException", 400, SigstoreErrorCode.KeyAccessDenied)]
    [InlineData("AccessDenied", 403, SigstoreErrorCode.KeyAccessDenied)]
    [InlineData("SomethingNew", 403, SigstoreErrorCode.KeyAccessDenied)]
    [InlineData("UnrecognizedClientException", 400, SigstoreErrorCode.KeyServiceUnauthorized)]
    [InlineData("ExpiredTokenException", 400, SigstoreErrorCode.KeyServiceUnauthorized)]
    [InlineData("InvalidSignatureException", 400, SigstoreErrorCode.KeyServiceUnauthorized)]
    [InlineData("SignatureDoesNotMatch", 403, SigstoreErrorCode.KeyServiceUnauthorized)]
    [InlineData("SomethingNew", 401, SigstoreErrorCode.KeyServiceUnauthorized)]
    [InlineData("NotFoundException", 400, SigstoreErrorCode.KeyNotFound)]
    [InlineData("DisabledException", 400, SigstoreErrorCode.KeyServiceRejected)]
    [InlineData("KMSInvalidStateException", 400, SigstoreErrorCode.KeyServiceRejected)]
    [InlineData("InvalidKeyUsageException", 400, SigstoreErrorCode.KeyServiceRejected)]
    [InlineData("ValidationException", 400, SigstoreErrorCode.KeyServiceRejected)]
    [InlineData("LimitExceededException", 400, SigstoreErrorCode.KeyServiceThrottled)]
    [InlineData("ThrottlingException", 400, SigstoreErrorCode.KeyServiceThrottled)]
    [InlineData("SomethingNew", 429, SigstoreErrorCode.KeyServiceThrottled)]
    [InlineData("KMSInternalException", 500, SigstoreErrorCode.KeyServiceUnavailable)]
    [InlineData("DependencyTimeoutException", 503, SigstoreErrorCode.KeyServiceUnavailable)]
    [InlineData("SomethingNew", 502, SigstoreErrorCode.KeyServiceUnavailable)]
    public async Task Each_error_has_its_code_and_quotes_no_credentials(string type, int status, SigstoreErrorCode code)
    {
        await using AwsSession session = new();
        session.Kms.Add(VirtualKmsKey.Of(SigningAlgorithm.EcdsaP256), AwsSession.Alias);

        // What AWS says of a wrong signature quotes the request that it should have been.
        string said = code == SigstoreErrorCode.KeyServiceUnauthorized
            ? $"The Canonical String should have been 'POST x-amz-security-token:{AwsSession.SessionToken} {AwsSession.Secret}'"
            : "said \u001b[31mby\n AWS";
        session.Kms.Trouble = _ => VirtualKms.Error(type, status, said);
        SigstoreException e = await AwsSession.RefusedAsync(code, () => session.OpenAsync());
        Assert.DoesNotContain('\u001b', e.Message);
        Assert.Contains(type, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("Key 'awskms:///alias/release': AWS KMS at 127.0.0.1:", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_requests_are_waited_for()
    {
        JumpingClock clock = new();
        await using AwsSession session = new(clock);
        session.Kms.Add(VirtualKmsKey.Of(SigningAlgorithm.EcdsaP256), AwsSession.Alias);
        session.Kms.Trouble = static r => r is { Action: "Sign", Number: < 5 } ? VirtualKms.Error("ThrottlingException") : null;
        Assert.NotEmpty(await session.SignAsync());
        Assert.Contains(TimeSpan.FromSeconds(1), clock.Waits);
    }

    [Fact]
    public async Task Too_many_requests_for_ever_are_a_failure()
    {
        await using AwsSession session = new(new JumpingClock());
        session.Kms.Add(VirtualKmsKey.Of(SigningAlgorithm.EcdsaP256), AwsSession.Alias);
        session.Kms.Trouble = static r => r.Action == "Sign" ? VirtualKms.Error("Whatever", 429) : null;
        await AwsSession.RefusedAsync(SigstoreErrorCode.KeyServiceThrottled, () => session.SignAsync());
        Assert.InRange(session.Kms.Count("Sign"), Limits.KeyServiceAttempts, 3 * Limits.KeyServiceAttempts);
    }

    [Fact]
    public async Task A_failure_that_passes_is_repeated_and_one_that_stays_is_told()
    {
        await using AwsSession session = new();
        session.Kms.Add(VirtualKmsKey.Of(SigningAlgorithm.EcdsaP256), AwsSession.Alias);
        session.Kms.Trouble = static r => r is { Action: "Sign", Number: 1 } ? new KmsReply(503, "<html>busy</html>") : null;
        Assert.NotEmpty(await session.SignAsync());

        session.Kms.Trouble = static r => r.Action == "Sign" ? new KmsReply(500, "<html>broken</html>") : null;
        int before = session.Kms.Count("Sign");
        await AwsSession.RefusedAsync(SigstoreErrorCode.KeyServiceUnavailable, () => session.SignAsync());
        Assert.InRange(session.Kms.Count("Sign") - before, 1, 3);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_given_up()
    {
        await using AwsSession session = new(time: TimeSpan.FromMilliseconds(300));
        session.Kms.Trouble = static _ => new KmsReply(200, "{}", TimeSpan.FromSeconds(20));
        SigstoreException e = await AwsSession.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnavailable, () => session.OpenAsync());
        Assert.Contains("did not answer", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait()
    {
        await using AwsSession session = new();
        session.Kms.Trouble = static _ => new KmsReply(200, "{}", TimeSpan.FromSeconds(20));
        using CancellationTokenSource cancel = new(TimeSpan.FromMilliseconds(500));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => session.Keys.OpenAsync(AwsSession.Reference, AwsSession.Access(), cancel.Token));
    }

    [Fact]
    public async Task Nobody_there_is_unavailable()
    {
        await using AwsSession session = new();
        session.Variables["AWS_ENDPOINT_URL_KMS"] = "http://127.0.0.1:1";
        SigstoreException e = await AwsSession.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnavailable, () => session.OpenAsync());
        Assert.Contains("AWS KMS at 127.0.0.1:1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_in_the_reference_is_asked_over_tls_whatever_the_variables_say()
    {
        await using AwsSession session = new();
        string host = new Uri(session.Kms.Address).Authority;
        SigstoreException e = await AwsSession.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnavailable, () => session.OpenAsync($"awskms://{host}/{AwsSession.Alias}"));
        Assert.Contains($"AWS KMS at {host}", e.Message, StringComparison.Ordinal);
        Assert.Empty(session.Kms.Requests);
    }

    [Theory]
    [InlineData("GetPublicKey", "<html>login</html>")]
    [InlineData("GetPublicKey", "{\"PublicKey\":\"")]
    [InlineData("GetPublicKey", "")]
    [InlineData("GetPublicKey", "[]")]
    [InlineData("GetPublicKey", "{}")]
    [InlineData("GetPublicKey", "{\"PublicKey\":\"AAAA\",\"KeyUsage\":\"SIGN_VERIFY\"}")]
    [InlineData("GetPublicKey", "{\"PublicKey\":\"@\"}")]
    [InlineData("GetPublicKey", "{\"PublicKey\":7}")]
    [InlineData("Sign", "{}")]
    [InlineData("Sign", "{\"Signature\":{}}")]
    [InlineData("Sign", "null")]
    public async Task Garbage_is_a_violation(string action, string body)
    {
        await using AwsSession session = new();
        session.Kms.Add(VirtualKmsKey.Of(SigningAlgorithm.EcdsaP256), AwsSession.Alias);
        session.Kms.Trouble = r => r.Action == action ? new KmsReply(200, body) : null;
        await AwsSession.RefusedAsync(SigstoreErrorCode.KeyServiceProtocolViolation, () => session.SignAsync());
    }

    [Fact]
    public async Task An_answer_that_is_too_long_is_a_violation()
    {
        await using AwsSession session = new();
        session.Kms.Trouble = static _ => new KmsReply(200, new string(' ', Limits.KeyServiceReply + 1));
        SigstoreException e = await AwsSession.RefusedAsync(
            SigstoreErrorCode.KeyServiceProtocolViolation, () => session.OpenAsync());
        Assert.Contains("longer than", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_by_another_key_does_not_leave()
    {
        await using AwsSession session = new();
        session.Kms.Add(
            VirtualKmsKey.Of(SigningAlgorithm.EcdsaP256).With(impostor: VirtualKmsKey.Of(SigningAlgorithm.EcdsaP256)),
            AwsSession.Alias);
        await AwsSession.RefusedAsync(SigstoreErrorCode.SignatureMismatch, () => session.SignAsync());
    }

    [Theory]
    [InlineData(null, "ENCRYPT_DECRYPT")]
    [InlineData(null, "KEY_AGREEMENT")]
    [InlineData("ECC_SECG_P256K1", null)]
    [InlineData("ML_DSA_65", null)]
    public async Task Keys_for_something_else_are_not_supported(string? spec, string? usage)
    {
        await using AwsSession session = new();
        session.Kms.Add(VirtualKmsKey.Of(SigningAlgorithm.EcdsaP256).With(spec, usage), AwsSession.Alias);
        await AwsSession.RefusedAsync(SigstoreErrorCode.Unsupported, () => session.OpenAsync());
    }

    [Fact]
    public async Task An_algorithm_the_key_does_not_have_is_not_supported()
    {
        await using AwsSession session = new();
        session.Kms.Add(VirtualKmsKey.Of(SigningAlgorithm.EcdsaP384), AwsSession.Alias);
        await AwsSession.RefusedAsync(
            SigstoreErrorCode.Unsupported, () => session.OpenAsync(algorithm: SigningAlgorithm.EcdsaP384Sha256));
        await AwsSession.RefusedAsync(
            SigstoreErrorCode.Unsupported, () => session.OpenAsync(algorithm: SigningAlgorithm.Rsa2048));
    }

    [Fact]
    public async Task Ed25519_signs_no_more_than_kms_takes()
    {
        await using AwsSession session = new();
        session.Kms.Add(VirtualKmsKey.Of(SigningAlgorithm.Ed25519), AwsSession.Alias);
        using SigstoreKey key = await session.OpenAsync();
        await AwsSession.RefusedAsync(
            SigstoreErrorCode.LimitExceeded, () => key.Signer.SignAsync(new byte[4097], default));
    }

    [Fact]
    public async Task No_credentials_and_no_region_are_told_as_that()
    {
        await using AwsSession session = new();
        session.Variables.Remove("AWS_ACCESS_KEY_ID");
        SigstoreException e = await AwsSession.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnauthorized, () => session.OpenAsync());
        Assert.Contains("AWS_PROFILE", e.Message, StringComparison.Ordinal);

        session.Variables.Remove("AWS_REGION");
        await AwsSession.RefusedAsync(SigstoreErrorCode.InvalidKeyReference, () => session.OpenAsync());
        session.Variables["AWS_REGION"] = "eu.evil.example/";
        await AwsSession.RefusedAsync(SigstoreErrorCode.InvalidKeyReference, () => session.OpenAsync());
    }

    [Theory]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("127.0.0.1:80")]
    [InlineData("https://user:secret@127.0.0.1")]
    public async Task An_endpoint_that_is_no_url_is_refused(string url)
    {
        await using AwsSession session = new();
        session.Variables["AWS_ENDPOINT_URL"] = url;
        SigstoreException e = await AwsSession.RefusedAsync(
            SigstoreErrorCode.InvalidKeyReference, () => session.OpenAsync());
        Assert.DoesNotContain("user:secret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_as_safe_as_it_looks_is_said()
    {
        await using AwsSession session = new(time: TimeSpan.FromSeconds(5));
        Said said = new();
        session.Variables["AWS_TLS_INSECURE_SKIP_VERIFY"] = "1";
        await AwsSession.RefusedAsync(SigstoreErrorCode.KeyNotFound, async () =>
        {
            AmbientReports.GoTo(said);
            await session.OpenAsync();
        });
        Assert.Contains(said.Warnings, static w => w.Contains("AWS_TLS_INSECURE_SKIP_VERIFY is not honoured", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://kms.invalid:4566")]
    [InlineData("http://192.168.0.1")]
    [InlineData("http://aws.localhost")]
    public async Task Plain_http_is_for_this_machine_only(string url)
    {
        await using AwsSession session = new(time: TimeSpan.FromSeconds(5));
        session.Variables["AWS_ENDPOINT_URL"] = url;
        SigstoreException e = await AwsSession.RefusedAsync(
            SigstoreErrorCode.InvalidKeyReference, () => session.OpenAsync());
        Assert.Contains("Use https", e.Message, StringComparison.Ordinal);
    }

    private sealed class Said : IProgress<EngineReport>
    {
        public List<string> Warnings { get; } = [];

        public void Report(EngineReport value)
        {
            if (value.Level == ReportLevel.Warning)
            {
                Warnings.Add(value.Text);
            }
        }
    }
}
