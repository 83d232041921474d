using SigstorePS.Crypto;
using SigstorePS.Http;
using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Aws;

/// <summary>What is asked of AWS KMS, and what comes of it when all goes well.</summary>
public sealed class AwsKeyTests
{
    private static readonly byte[] Message = [.. Enumerable.Range(0, 3000).Select(static i => (byte)(i & 0xFF))];

    public static TheoryData<string> Algorithms() => new(SigningAlgorithm.All
        .Where(static a => a != SigningAlgorithm.EcdsaP384Sha256 && a != SigningAlgorithm.EcdsaP521Sha256)
        .Select(static a => a.Name));

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Signs_with_each_algorithm(string name)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.Name == name);
        await using AwsSession session = new();
        VirtualKmsKey key = VirtualKmsKey.Of(SigningAlgorithm.All.First(
            a => a.KeySize == algorithm.KeySize && a.Scheme is not SignatureScheme.RsaPss));
        session.Kms.Add(key, AwsSession.Alias);
        using SigstoreKey opened = await session.OpenAsync(algorithm: algorithm);

        byte[] signature = await opened.Signer.SignAsync(Message, default);

        Assert.True(key.PublicKey.Verify(Message, signature, algorithm));
        Assert.Equal(name, opened.Algorithm);
        KmsRequest sign = Assert.Single(session.Kms.Requests, static r => r.Action == "Sign");
        Assert.Equal(AwsSession.Alias, (string?)sign.Body["KeyId"]);
        Assert.Equal(algorithm == SigningAlgorithm.Ed25519 ? "RAW" : "DIGEST", (string?)sign.Body["MessageType"]);
    }

    [Fact]
    public async Task A_hash_of_a_large_file_is_enough()
    {
        await using AwsSession session = new();
        VirtualKmsKey key = VirtualKmsKey.Of(SigningAlgorithm.EcdsaP384);
        session.Kms.Add(key, AwsSession.Alias);
        using SigstoreKey opened = await session.OpenAsync();
        byte[] hash = System.Security.Cryptography.SHA384.HashData(Message);

        byte[] signature = await opened.Signer.SignHashAsync(hash, SigningAlgorithm.EcdsaP384, default);

        Assert.True(key.PublicKey.Verify(Message, signature, SigningAlgorithm.EcdsaP384));
        Assert.False(opened.Signer.SignsHash(SigningAlgorithm.EcdsaP384Sha256));
    }

    [Fact]
    public async Task The_public_key_is_asked_for_once_and_nothing_else()
    {
        await using AwsSession session = new();
        session.Kms.Add(VirtualKmsKey.Of(SigningAlgorithm.EcdsaP256), AwsSession.Alias);
        using SigstoreKey opened = await session.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => opened.Signer.SignAsync(Message, default)));

        Assert.Equal(1, session.Kms.Count("GetPublicKey"));
        Assert.Equal(40, session.Kms.Count("Sign"));
        Assert.Equal(41, session.Kms.Requests.Count);
    }

    [Fact]
    public async Task Every_form_of_a_reference_opens_the_key()
    {
        await using AwsSession session = new();
        VirtualKmsKey key = VirtualKmsKey.Of(SigningAlgorithm.EcdsaP256);
        string id = session.Kms.Add(key, AwsSession.Alias);
        session.Variables.Remove("AWS_REGION");
        foreach (string name in new[] { VirtualKms.ArnOf(id), VirtualKms.ArnOf(AwsSession.Alias) })
        {
            Assert.Equal(key.PublicKey, (await PublicKeyAsync(session, name)).Key);
        }

        session.Variables["AWS_DEFAULT_REGION"] = VirtualKms.Region;
        foreach (string name in new[] { id, id.ToUpperInvariant(), AwsSession.Alias })
        {
            SigstoreErrorCode? refused = name == id.ToUpperInvariant() ? SigstoreErrorCode.KeyNotFound : null;
            if (refused is { } code)
            {
                await AwsSession.RefusedAsync(code, () => PublicKeyAsync(session, name));
            }
            else
            {
                Assert.Equal(key.PublicKey, (await PublicKeyAsync(session, name)).Key);
            }
        }

        Assert.All(session.Kms.Requests, static r => Assert.Equal("GetPublicKey", r.Action));
    }

    [Theory]
    [InlineData("awskms://alias/x")]
    [InlineData("awskms://")]
    [InlineData("awskms:///")]
    [InlineData("awskms:///key")]
    [InlineData("awskms:///alias/")]
    [InlineData("awskms:///alias/a b")]
    [InlineData("awskms:///alias/a?x=1")]
    [InlineData("awskms:///alias/a\n")]
    [InlineData("awskms:///1234abcd-12ab-34cd-56ef-1234567890a")]
    [InlineData("awskms:///1234abcd-12ab-34cd-56ef-1234567890ab/x")]
    [InlineData("awskms:///arn:aws:kms:us-east-2:1111:key/1234abcd-12ab-34cd-56ef-1234567890ab")]
    [InlineData("awskms:///arn:aws:s3:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")]
    [InlineData("awskms:///arn:aws:kms:US.evil.example:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")]
    [InlineData("awskms://user@host/alias/a")]
    [InlineData("awskms://host:port/alias/a")]
    [InlineData("awskms://host:99999/alias/a")]
    [InlineData("awskms://http://host/alias/a")]
    public async Task Anything_else_is_no_reference(string reference)
    {
        await using AwsSession session = new();
        await AwsSession.RefusedAsync(SigstoreErrorCode.InvalidKeyReference, () => session.OpenAsync(reference));
        Assert.Empty(session.Kms.Requests);
    }

    [Theory]
    [InlineData("awskms:///mrk-1234abcd12ab34cd56ef1234567890ab")]
    [InlineData("awskms:///1234ABCD-12ab-34cd-56ef-1234567890ab")]
    [InlineData("awskms:///arn:aws-cn:kms:cn-north-1:111122223333:alias/team/release_1-a")]
    [InlineData("awskms:///arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab")]
    [InlineData("AWSKMS:///arn:aws-eusc:kms:eusc-de-east-1:111122223333:alias/x")]
    public async Task A_key_that_is_not_there_is_not_found(string reference)
    {
        await using AwsSession session = new();
        SigstoreException e = await AwsSession.RefusedAsync(
            SigstoreErrorCode.KeyNotFound, () => session.OpenAsync(reference));
        Assert.Contains("AWS KMS at 127.0.0.1", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Created))]
    public async Task A_new_key_signs_under_its_alias(string name)
    {
        SigningAlgorithm algorithm = SigningAlgorithm.All.Single(a => a.Name == name);
        await using AwsSession session = new();
        SigstoreKeyPair made = await session.CreateAsync("awskms:///alias/new", algorithm);
        using SigstoreKey opened = await session.OpenAsync(made.Reference);

        Assert.Equal((name, made.KeyId, "awskms:///alias/new"), (made.Algorithm, opened.KeyId, made.Reference));
        Assert.Equal("SIGN_VERIFY", (string?)session.Kms.Requests.Single(static r => r.Action == "CreateKey").Body["KeyUsage"]);
        Assert.Empty(session.Kms.Deleted);
        await AwsSession.RefusedAsync(SigstoreErrorCode.KeyExists, () => session.CreateAsync("awskms:///alias/new", algorithm));
        Assert.Equal(1, session.Kms.Count("CreateKey"));
    }

    public static TheoryData<string> Created() => new(SigningAlgorithm.KeyPairNames);

    [Theory]
    [InlineData("awskms:///1234abcd-12ab-34cd-56ef-1234567890ab")]
    [InlineData("awskms:///arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab")]
    [InlineData("awskms:///alias/aws/ebs")]
    public async Task Only_aliases_of_ones_own_can_be_made(string reference)
    {
        await using AwsSession session = new();
        await AwsSession.RefusedAsync(SigstoreErrorCode.InvalidKeyReference, () => session.CreateAsync(reference));
        Assert.Empty(session.Kms.Requests);
    }

    [Theory]
    [InlineData("CreateAlias", "AlreadyExistsException", SigstoreErrorCode.KeyExists)]
    [InlineData("CreateAlias", "AccessDeniedException", SigstoreErrorCode.KeyAccessDenied)]
    [InlineData("GetPublicKey", "AccessDeniedException", SigstoreErrorCode.KeyAccessDenied)]
    public async Task A_key_that_gets_no_alias_is_deleted(string action, string type, SigstoreErrorCode code)
    {
        await using AwsSession session = new(new JumpingClock());
        session.Kms.Trouble = r => r.Action == action ? VirtualKms.Error(type) : null;
        SigstoreException e = await AwsSession.RefusedAsync(code, () => session.CreateAsync(AwsSession.Reference));
        string id = Assert.Single(session.Kms.Deleted);
        Assert.Contains(id, e.Message, StringComparison.Ordinal);
        Assert.Equal(7, (int?)session.Kms.Requests.Last().Body["PendingWindowInDays"]);
    }

    [Theory]
    [InlineData("KMSInternalException", 500)]
    [InlineData("AlreadyExistsException", 400)]
    public async Task A_key_that_has_its_alias_is_not_deleted_though_the_answer_was_lost(string type, int status)
    {
        await using AwsSession session = new(new JumpingClock());
        session.Kms.Lost = r => r.Action == "CreateAlias" ? VirtualKms.Error(type, status) : null;
        session.Kms.Trouble = static r => r is { Action: "DescribeKey", Number: 2 } ? VirtualKms.Error("NotFoundException") : null;
        SigstoreKeyPair made = await session.CreateAsync(AwsSession.Reference);
        Assert.Empty(session.Kms.Deleted);
        using SigstoreKey opened = await session.OpenAsync(made.Reference);
        Assert.Equal(made.KeyId, opened.KeyId);
    }

    [Fact]
    public async Task A_key_of_which_nobody_knows_whether_it_has_its_alias_is_not_deleted()
    {
        await using AwsSession session = new(new JumpingClock());
        session.Kms.Lost = static r => r.Action == "CreateAlias" || r is { Action: "DescribeKey", Number: > 1 }
            ? VirtualKms.Error("KMSInternalException", 500) : null;
        SigstoreException e = await AwsSession.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnavailable, () => session.CreateAsync(AwsSession.Reference));
        Assert.Contains("is not known", e.Message, StringComparison.Ordinal);
        Assert.Empty(session.Kms.Deleted);
    }

    [Fact]
    public async Task A_key_whose_alias_somebody_else_took_in_between_is_deleted()
    {
        await using AwsSession session = new(new JumpingClock());
        session.Kms.Trouble = r =>
        {
            if (r.Action == "CreateAlias")
            {
                session.Kms.Add(VirtualKmsKey.Of(SigningAlgorithm.EcdsaP256), AwsSession.Alias);
            }

            return null;
        };
        await AwsSession.RefusedAsync(SigstoreErrorCode.KeyExists, () => session.CreateAsync(AwsSession.Reference));
        Assert.Single(session.Kms.Deleted);
    }

    [Fact]
    public async Task A_key_that_cannot_be_deleted_is_named()
    {
        await using AwsSession session = new();
        session.Kms.Trouble = static r => r.Action is "CreateAlias" or "ScheduleKeyDeletion"
            ? VirtualKms.Error("AccessDeniedException") : null;
        SigstoreException e = await AwsSession.RefusedAsync(
            SigstoreErrorCode.KeyAccessDenied, () => session.CreateAsync(AwsSession.Reference));
        string id = (string)session.Kms.Requests.Last().Body["KeyId"]!;
        Assert.Contains($"The key {id} that was made has no name and could not be deleted", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_not_known_everywhere_yet_is_waited_for_and_made_once()
    {
        JumpingClock clock = new();
        await using AwsSession session = new(clock);
        session.Kms.Trouble = static r => r is { Action: "GetPublicKey", Number: < 3 } ? VirtualKms.Error("NotFoundException") : null;
        Assert.Equal("ecdsa-sha2-256-nistp256", (await session.CreateAsync(AwsSession.Reference)).Algorithm);
        Assert.Equal(1, session.Kms.Count("CreateKey"));
        Assert.Equal(2, clock.Waits.Count(static w => w == TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_key_that_may_have_been_made_is_not_made_again()
    {
        await using AwsSession session = new();
        session.Kms.Trouble = static r => r.Action == "CreateKey" ? VirtualKms.Error("KMSInternalException", 500) : null;
        await AwsSession.RefusedAsync(
            SigstoreErrorCode.KeyServiceUnavailable, () => session.CreateAsync(AwsSession.Reference));
        Assert.Equal(1, session.Kms.Count("CreateKey"));
    }

    [Fact]
    public async Task Offline_asks_nobody()
    {
        await using AwsSession session = new();
        await AwsSession.RefusedAsync(SigstoreErrorCode.OfflineUnavailable, async () =>
        {
            OfflineScope.Enter();
            await session.OpenAsync();
        });
        Assert.Empty(session.Kms.Requests);
    }

    private static Task<SigstorePublicKey> PublicKeyAsync(AwsSession session, string name) =>
        session.Keys.ReadPublicKeyAsync("awskms:///" + name, AwsSession.Access(), default);
}
