using SigstorePS.Support;
using SigstorePS.Trust;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Interop;

/// <summary>
/// Files that both cosigns signed with an identity: certificate of a real Fulcio with the promise of a real certificate
/// log, entries of a real Rekor v1 and v2, times of a real timestamp authority.
/// </summary>
public sealed class KeylessBlobTests(KeylessSession session) : IClassFixture<KeylessSession>
{
    public static TheoryData<Keyless> Kinds() => [.. Enum.GetValues<Keyless>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_a_cosign_signed_is_verified(Keyless kind)
    {
        string bundle = await session.SignedAsync(kind);
        BlobVerification result = await session.VerifyAsync(bundle, session.Policy() with
        {
            TimestampThreshold = KeylessSession.HasTimestamp(kind) ? 1 : 0,
            ObserverThreshold = kind == Keyless.V1Timestamp || KeylessSession.IsOld(kind) ? 2 : 1,
        });
        Assert.True(result.Verified);
        Assert.Equal(KeylessSession.Alice, result.Signer);
        Assert.Equal(session.EmailIssuer, result.Issuer);
        Assert.All(result.Checks, static c => Assert.Equal("Passed", c.Outcome));
        Assert.Contains(result.Checks, static c => c.Name == "Sct");
        LogEvidence entry = Assert.Single(result.LogEntries);
        Assert.Equal(kind == Keyless.V2 ? SigstoreStack.Rekor2Url : SigstoreStack.Rekor1Url, entry.Log);
        Assert.Equal(kind != Keyless.V2, entry.IntegratedTime is not null);
        Assert.Equal(
            KeylessSession.HasTimestamp(kind) ? 1 : 0,
            result.Timestamps.Count(static t => t.Type == "TimestampAuthority"));
        Assert.All(result.Timestamps, static t =>
            Assert.InRange(t.Time, DateTimeOffset.UtcNow.AddMinutes(-10), DateTimeOffset.UtcNow.AddMinutes(1)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Another_identity_is_refused(Keyless kind) => Assert.Equal(
        SigstoreErrorCode.IdentityMismatch,
        await session.RefuseAsync(await session.SignedAsync(kind), session.Policy("mallory@example.test")));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Another_issuer_is_refused(Keyless kind) => Assert.Equal(
        SigstoreErrorCode.IdentityMismatch,
        await session.RefuseAsync(
            await session.SignedAsync(kind), session.Policy(issuer: session.Stack.Issuer("github"))));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Another_file_is_refused(Keyless kind)
    {
        string other = Path.Combine(session.Folder, "other.txt");
        await File.WriteAllTextAsync(other, "signed by nobody\n");
        Assert.Equal(
            SigstoreErrorCode.LogEntryMismatch,
            await session.RefuseAsync(await session.SignedAsync(kind), session.Policy(), other));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Logs_of_the_same_name_and_another_key_are_refused(Keyless kind) => Assert.Equal(
        SigstoreErrorCode.LogUntrusted,
        await session.RefuseAsync(await session.SignedAsync(kind), session.Policy() with
        {
            Root = session.Root with { Logs = KeylessSession.Impostor.Logs },
        }));

    /// <summary>The id of the log stays, its key is another's.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_log_key_under_a_stolen_id_is_refused(Keyless kind)
    {
        TransparencyLogInstance[] stolen =
        [
            .. session.Root.Logs.Select(static mine => mine with
            {
                Key = KeylessSession.Impostor.Logs.Single(theirs => theirs.BaseUrl == mine.BaseUrl).Key,
            }),
        ];
        Assert.Equal(
            kind == Keyless.V2 ? SigstoreErrorCode.CheckpointInvalid : SigstoreErrorCode.LogPromiseInvalid,
            await session.RefuseAsync(
                await session.SignedAsync(kind),
                session.Policy() with { Root = session.Root with { Logs = stolen } }));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_authority_of_the_same_name_and_another_key_is_refused(Keyless kind) => Assert.Equal(
        SigstoreErrorCode.CertificateUntrusted,
        await session.RefuseAsync(await session.SignedAsync(kind), session.Policy() with
        {
            Root = session.Root with { CertificateAuthorities = KeylessSession.Impostor.CertificateAuthorities },
        }));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_certificate_log_with_another_key_is_refused(Keyless kind)
    {
        VerificationPolicy policy = session.Policy();
        TransparencyLogInstance theirs = Assert.Single(KeylessSession.Impostor.CertificateLogs);
        TransparencyLogInstance stolen = theirs with { LogId = Assert.Single(policy.Root.CertificateLogs).LogId };
        string bundle = await session.SignedAsync(kind);
        Assert.Equal(SigstoreErrorCode.SctMissing, await session.RefuseAsync(bundle, With(theirs)));
        Assert.Equal(SigstoreErrorCode.SctInvalid, await session.RefuseAsync(bundle, With(stolen)));
        Assert.True((await session.VerifyAsync(bundle, With(theirs) with { SkipSct = true })).Verified);

        VerificationPolicy With(TransparencyLogInstance log) =>
            policy with { Root = policy.Root with { CertificateLogs = [log] } };
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_timestamp_authority_with_another_key_is_refused(Keyless kind)
    {
        VerificationPolicy policy = session.Policy();
        policy = policy with
        {
            Root = policy.Root with { TimestampAuthorities = KeylessSession.Impostor.TimestampAuthorities },
        };
        string bundle = await session.SignedAsync(kind);
        if (KeylessSession.HasTimestamp(kind))
        {
            Assert.Equal(SigstoreErrorCode.TimestampUntrusted, await session.RefuseAsync(bundle, policy));
        }
        else
        {
            Assert.True((await session.VerifyAsync(bundle, policy)).Verified);
        }
    }

    [Theory]
    [InlineData(Keyless.V1)]
    [InlineData(Keyless.Cosign2Bundle)]
    public async Task A_timestamp_that_is_asked_for_must_be_there(Keyless kind) => Assert.Equal(
        SigstoreErrorCode.TimestampMissing,
        await session.RefuseAsync(await session.SignedAsync(kind), session.Policy() with { TimestampThreshold = 1 }));

    /// <summary>Rekor v2 signs no time, so that nothing says when the certificate had to be valid.</summary>
    [Fact]
    public async Task An_entry_of_Rekor_v2_is_no_time() => Assert.Equal(
        SigstoreErrorCode.TimestampMissing,
        await session.RefuseAsync(await session.SignedAsync(Keyless.V2), session.Policy() with { SkipTimestamp = true }));

    [Fact]
    public async Task Two_logs_are_not_one_log_twice() => Assert.Equal(
        SigstoreErrorCode.LogEntryMissing,
        await session.RefuseAsync(
            await session.SignedAsync(Keyless.V1Timestamp), session.Policy() with { LogThreshold = 2 }));

    [Theory]
    [InlineData("email", "sub=bob&email=bob@example.test&email_verified=true", "bob@example.test")]
    [InlineData("uri", "sub={uri}/people/carol", "{uri}/people/carol")]
    [InlineData("spiffe", "sub=spiffe://peers.test/build", "spiffe://peers.test/build")]
    public async Task Whoever_an_issuer_vouches_for_is_named(string issuer, string claims, string identity)
    {
        string site = new Uri(session.Stack.Issuer("uri")).GetLeftPart(UriPartial.Authority);
        identity = identity.Replace("{uri}", site, StringComparison.Ordinal);
        string token = await session.Stack.TokenAsync(
            issuer, claims.Replace("{uri}", site, StringComparison.Ordinal), default);
        string bundle = await session.SignAsync(Keyless.V1Timestamp, token);
        BlobVerification result = await session.VerifyAsync(
            bundle, session.Policy(identity, session.Stack.Issuer(issuer)));
        Assert.Equal([identity], result.Certificate!.Identity);
        Assert.Equal(
            SigstoreErrorCode.IdentityMismatch, await session.RefuseAsync(bundle, session.Policy()));
    }

    [Fact]
    public async Task A_workflow_is_told_by_its_extensions()
    {
        const string Workflow = "octo/repo/.github/workflows/ci.yml@refs/heads/main";
        string claims = string.Join('&',
            "sub=repo:octo/repo:ref:refs/heads/main", "event_name=push", "sha=0123456789abcdef0123456789abcdef01234567",
            "workflow=ci", "repository=octo/repo", "ref=refs/heads/main", $"job_workflow_ref={Workflow}",
            "job_workflow_sha=0123456789abcdef0123456789abcdef01234567", "runner_environment=github-hosted",
            "repository_id=1", "repository_owner=octo", "repository_owner_id=2", $"workflow_ref={Workflow}",
            "workflow_sha=0123456789abcdef0123456789abcdef01234567", "run_id=3", "run_attempt=1",
            "repository_visibility=public", "environment=");
        string bundle = await session.SignAsync(
            Keyless.V2, await session.Stack.TokenAsync("github", claims, default));
        VerificationPolicy policy = session.Policy($"https://github.com/{Workflow}", session.Stack.Issuer("github"));
        BlobVerification result = await session.VerifyAsync(bundle, With("octo/repo"));
        Assert.Equal("https://github.com/octo/repo", result.Certificate!.Extensions["SourceRepositoryURI"]);
        Assert.Equal(SigstoreErrorCode.IdentityMismatch, await session.RefuseAsync(bundle, With("octo/other")));

        VerificationPolicy With(string repository) => policy with
        {
            Signer = new SignerPolicy.ByIdentity(
            [
                Assert.Single(((SignerPolicy.ByIdentity)policy.Signer).Identities) with
                {
                    Extensions = new Dictionary<string, string>
                    {
                        ["GithubWorkflowRepository"] = repository,
                        ["RunnerEnvironment"] = "github-hosted",
                    },
                },
            ]),
        };
    }

    [Theory]
    [InlineData(Keyless.V1Timestamp)]
    [InlineData(Keyless.V2)]
    public async Task A_statement_is_verified_and_told_by_its_type(Keyless kind)
    {
        const string Type = "https://example.test/tested/v1";
        string bundle = await session.AttestAsync(kind, Type);
        BlobVerification result = await session.VerifyAsync(bundle, session.Policy() with { PredicateType = Type });
        Assert.Equal("Attestation", result.Kind);
        Assert.Equal(
            SigstoreErrorCode.PredicateTypeMismatch,
            await session.RefuseAsync(
                bundle, session.Policy() with { PredicateType = "https://example.test/reviewed/v1" }));
        string other = Path.Combine(session.Folder, "unstated.txt");
        await File.WriteAllTextAsync(other, "stated by nobody\n");
        Assert.Equal(SigstoreErrorCode.ClaimMismatch, await session.RefuseAsync(bundle, session.Policy(), other));
    }
}
