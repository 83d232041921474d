using SigstorePS.Bundles;
using SigstorePS.Operations;
using SigstorePS.Signing;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Signing;

/// <summary>Which services are asked, and what cannot be had of them.</summary>
public sealed class SigningServicesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly LogTarget Given = new(new Uri("https://log.example/"), 1);

    [Fact]
    public void The_highest_version_of_log_that_is_valid_now_is_used()
    {
        SigningServices services = Choose(new ServiceWishes
        {
            Config = Config([1, 2], tsa: true), Keyless = true, Formats = SignatureFormats.Bundle | SignatureFormats.Legacy,
        });
        Assert.Equal([2u], services.Logs.Select(static l => l.Version));
        Assert.Equal([1u], services.LegacyLogs.Select(static l => l.Version));
        Assert.Equal("https://fulcio.example/", services.Fulcio!.AbsoluteUri);
        Assert.Equal("https://oidc.example/", services.OidcIssuer!.AbsoluteUri);
        Assert.Single(services.PlanFor(SignatureFormat.Bundle).TimestampAuthorities);
        Assert.Equal(["fulcio.example", "rekor2.example", "rekor1.example"], services.LearnIdentity);
    }

    [Fact]
    public void Addresses_stand_in_for_a_configuration()
    {
        SigningServices services = Choose(new ServiceWishes
        {
            Fulcio = new Uri("https://my.example/"), Rekor = Given, Keyless = true,
        });
        Assert.Equal("https://my.example/", services.Fulcio!.AbsoluteUri);
        Assert.Equal([Given], services.Logs);
        Assert.Empty(services.TimestampAuthorities);
    }

    [Fact]
    public void A_key_alone_asks_nobody()
    {
        SigningServices services = Choose(new ServiceWishes { SkipTransparencyLog = true });
        Assert.False(services.Any);
        Assert.Empty(services.LearnIdentity);
    }

    /// <summary>Addresses that name no log must not make an unlogged signature in silence.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Addresses_without_a_log_leave_it_out_by_name_only(bool keyless)
    {
        ServiceWishes wishes = new()
        {
            Fulcio = keyless ? new Uri("https://my.example/") : null, Keyless = keyless,
            TimestampAuthorities = [new Uri("https://tsa.example/")],
        };
        Assert.Equal(
            SigstoreErrorCode.TransparencyLogRequired,
            Assert.Throws<SigstoreException>(() => Choose(wishes)).Code);
        Assert.Single(Choose(wishes with { SkipTransparencyLog = true }).TimestampAuthorities);
    }

    [Fact]
    public void Skipped_services_are_not_asked()
    {
        SigningServices services = Choose(new ServiceWishes
        {
            Config = Config([1], tsa: true), SkipTransparencyLog = true, SkipTimestamp = true,
        });
        Assert.False(services.Any);
    }

    [Theory]
    [InlineData(true, false, SigstoreErrorCode.TransparencyLogRequired)]
    [InlineData(false, true, SigstoreErrorCode.TransparencyLogRequired)]
    [InlineData(false, false, SigstoreErrorCode.TransparencyLogRequired)]
    public void A_certificate_that_nobody_sees_in_time_is_refused(bool rekor2, bool skip, SigstoreErrorCode code)
    {
        SigstoreException e = Assert.Throws<SigstoreException>(() => Choose(new ServiceWishes
        {
            Config = Config(rekor2 ? [2] : [], tsa: false), Keyless = true, SkipTransparencyLog = skip,
        }));
        Assert.Equal(code, e.Code);
    }

    [Fact]
    public void Without_a_certificate_authority_nobody_signs_keyless()
    {
        SigstoreException e = Assert.Throws<SigstoreException>(
            () => Choose(new ServiceWishes { Rekor = Given, Keyless = true }));
        Assert.Equal(SigstoreErrorCode.ContradictoryPolicy, e.Code);
    }

    [Fact]
    public void The_older_format_has_no_place_for_entries_of_rekor_2()
    {
        SigstoreException e = Assert.Throws<SigstoreException>(() => Choose(new ServiceWishes
        {
            Config = Config([2], tsa: true), Formats = SignatureFormats.Legacy,
        }));
        Assert.Equal(SigstoreErrorCode.ContradictoryPolicy, e.Code);
    }

    /// <summary>Such as an old one that somebody puts in the place of today's.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_configuration_whose_logs_have_ended_makes_no_unlogged_signature(bool keyless)
    {
        SigningConfig config = Config([1, 2], tsa: true);
        SigstoreException e = Assert.Throws<SigstoreException>(() => Choose(new ServiceWishes
        {
            Config = config with
            {
                Rekor =
                [
                    .. config.Rekor.Select(static log => log with
                    {
                        ValidFor = new ValidityPeriod(Now.AddDays(-2), Now.AddDays(-1)),
                    }),
                ],
            },
            Keyless = keyless,
        }));
        Assert.Equal(SigstoreErrorCode.TransparencyLogRequired, e.Code);
    }

    [Fact]
    public void A_configuration_without_logs_is_obeyed()
    {
        SigningServices services = Choose(new ServiceWishes { Config = SigningConfig.Empty, Formats = SignatureFormats.Legacy });
        Assert.False(services.Any);
    }

    private static SigningServices Choose(ServiceWishes wishes) => SigningServices.Choose(wishes, Now);

    private static SigningConfig Config(uint[] rekor, bool tsa) => SigningConfig.Empty with
    {
        Fulcio = [Service("https://fulcio.example/", 1)],
        Oidc = [Service("https://oidc.example/", 1)],
        Rekor = [.. rekor.Select(static v => Service($"https://rekor{v}.example/", v))],
        RekorSelector = new ServiceSelector(ServiceSelection.Any),
        Tsa = tsa ? [Service("https://tsa.example/timestamp", 1)] : [],
        TsaSelector = new ServiceSelector(ServiceSelection.Any),
    };

    private static ServiceEndpoint Service(string url, uint version) => new()
    {
        Url = url, MajorApiVersion = version, ValidFor = new ValidityPeriod(Now.AddDays(-1), null), Operator = url,
    };
}
