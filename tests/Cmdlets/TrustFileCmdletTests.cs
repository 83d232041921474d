using System.Collections;
using System.Management.Automation;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>The cmdlets that make and read trust roots and signing configurations.</summary>
public sealed class TrustFileCmdletTests : IDisposable
{
    private const string Start = "2020-01-01T00:00:00Z";
    private readonly string _folder = Directory.CreateTempSubdirectory("trustfiles").FullName;
    private readonly Session _session;

    public TrustFileCmdletTests()
    {
        _session = new Session(_folder).Import(typeof(SigstoreCmdlet).Assembly);
        foreach (string file in (string[])["rekor1.pub", "rekor2.pub", "ctfe.pub", "fulcio-chain.pem", "tsa-chain.pem",
            "trusted_root.json", "sc-both.json"])
        {
            File.Copy(RepositoryRoot.Fixture("golden", "trust", file), Path.Combine(_folder, file));
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_trust_root_is_made_of_hashtables_objects_and_cosigns_text()
    {
        PSObject fulcio = new();
        fulcio.Properties.Add(new PSNoteProperty("Url", "https://fulcio.test"));
        fulcio.Properties.Add(new PSNoteProperty("CertificateChain", "fulcio-chain.pem"));
        SigstoreTrustRoot root = One<SigstoreTrustRoot>(Run("New-SigstoreTrustRoot", new()
        {
            ["Fulcio"] = new object[] { fulcio },
            ["Rekor"] = new object[]
            {
                Log("rekor1.pub", "https://log1.test"),
                $"url=https://log2.test,public-key=rekor2.pub,start-time={Start},origin=log2.test",
            },
            ["CtLog"] = new object[] { Log("ctfe.pub", "https://ct.test") },
            ["TimestampAuthority"] = new object[]
            {
                new Hashtable { ["url"] = "https://tsa.test", ["certificate-chain"] = "tsa-chain.pem" },
            },
            ["OutFile"] = "made.json",
        }));
        Assert.Equal(
            ["CertificateAuthority", "TransparencyLog", "TransparencyLog", "CertificateLog", "TimestampAuthority"],
            root.Authorities.Select(static a => a.Kind));
        Assert.Equal(root.Json, File.ReadAllText(Path.Combine(_folder, "made.json")));
        Assert.Equal(Path.Combine(_folder, "made.json"), root.Source);
        Assert.Equal("CN=peers fulcio root, O=peers.test", root.Authorities[0].Subject);
        Assert.Equal(2, root.Authorities[0].Certificates);
    }

    [Fact]
    public void An_Ed25519_log_without_origin_is_warned_of()
    {
        RunResult result = Run("New-SigstoreTrustRoot", new()
        {
            ["Rekor"] = new object[] { Log("rekor2.pub", "https://log2.test") },
        });
        Assert.Contains("origin", Assert.Single(result.Warnings), StringComparison.Ordinal);
        Assert.Single(result.Output);
    }

    [Fact]
    public void It_begins_with_a_file_an_object_text_or_a_twin_without_what_is_excluded()
    {
        SigstoreTrustRoot whole =
            One<SigstoreTrustRoot>(Run("New-SigstoreTrustRoot", new() { ["BaseOn"] = "trusted_root.json" }));
        PSObject twin = new();
        twin.Properties.Add(new PSNoteProperty("Json", whole.Json));
        object[] forms =
        [
            "trusted_root.json", whole, whole.Json, twin, new FileInfo(Path.Combine(_folder, "trusted_root.json")),
        ];
        foreach (object form in forms)
        {
            SigstoreTrustRoot root = One<SigstoreTrustRoot>(Run("New-SigstoreTrustRoot", new()
            {
                ["BaseOn"] = form, ["Exclude"] = new[] { "Rekor", "CtLog" },
            }));
            Assert.Equal(
                ["CertificateAuthority", "TimestampAuthority"], root.Authorities.Select(static a => a.Kind));
        }
    }

    [Fact]
    public void Nothing_is_overwritten_without_Force_or_written_under_WhatIf()
    {
        Dictionary<string, object?> parameters = new() { ["BaseOn"] = "trusted_root.json", ["OutFile"] = "out.json" };
        RunResult dry = Run("New-SigstoreTrustRoot", new(parameters) { ["WhatIf"] = true });
        Assert.Single(dry.WhatIf);
        Assert.Empty(dry.Output);
        Assert.False(File.Exists(Path.Combine(_folder, "out.json")));

        Run("New-SigstoreTrustRoot", parameters);
        Assert.StartsWith("FileExists,", Failure("New-SigstoreTrustRoot", parameters), StringComparison.Ordinal);
        Run("New-SigstoreTrustRoot", new(parameters) { ["Force"] = true });
    }

    [Fact]
    public void What_is_wrong_has_its_own_id()
    {
        Assert.StartsWith("InvalidValue,", Failure("New-SigstoreTrustRoot", new()
        {
            ["Rekor"] = new object[] { new Hashtable { ["url"] = "https://log.test", ["public-key"] = "rekor1.pub" } },
        }), StringComparison.Ordinal);
        Assert.StartsWith("PathNotFound,", Failure("New-SigstoreTrustRoot", new()
        {
            ["Rekor"] = new object[] { Log("none.pub", "https://log.test") },
        }), StringComparison.Ordinal);
        Assert.StartsWith("ContradictoryPolicy,", Failure("New-SigstoreTrustRoot", new()
        {
            ["Exclude"] = new[] { "Rekor" },
        }), StringComparison.Ordinal);
        Assert.StartsWith("Unsupported,", Failure("New-SigstoreTrustRoot", new()
        {
            ["BaseOn"] = "sc-both.json",
        }), StringComparison.Ordinal);
        Assert.StartsWith("InvalidValue,", Failure("New-SigstoreTrustRoot", new()
        {
            ["BaseOn"] = 5,
        }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_signing_configuration_is_made_and_read_back()
    {
        Hashtable service = new()
        {
            ["Url"] = "https://one.test", ["ApiVersion"] = 1, ["Operator"] = "one",
            ["StartTime"] = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        };
        SigstoreSigningConfig made = One<SigstoreSigningConfig>(Run("New-SigstoreSigningConfig", new()
        {
            ["BaseOn"] = "sc-both.json",
            ["Exclude"] = new[] { "Oidc", "Tsa" },
            ["Rekor"] = new object[] { service },
            ["RekorSelector"] = "exact:2",
            ["OutFile"] = "made.json",
        }));
        Assert.Equal(["Fulcio", "Rekor", "Rekor", "Rekor"], made.Services.Select(static s => s.Kind));
        Assert.Equal("Exact:2", made.RekorSelector);
        Assert.Equal("", made.TsaSelector);

        SigstoreSigningConfig read =
            One<SigstoreSigningConfig>(Run("Get-SigstoreSigningConfig", new() { ["Path"] = "ma*.json" }));
        Assert.Equal(made.Json, read.Json);
        Assert.Equal(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), read.Services[3].Start);
    }

    [Fact]
    public void A_file_that_cannot_be_read_does_not_keep_the_next_from_it()
    {
        RunResult result = Run("Get-SigstoreSigningConfig", new()
        {
            ["LiteralPath"] = new[] { "none.json", "rekor1.pub", "sc-both.json" },
        });
        Assert.Equal(
            ["PathNotFound", "MalformedSigningConfig"],
            result.Errors.Select(static e => e.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal(5, One<SigstoreSigningConfig>(result).Services.Count);
    }

    private static Hashtable Log(string key, string url) =>
        new() { ["url"] = url, ["publicKey"] = key, ["StartTime"] = Start };

    private static T One<T>(RunResult result) => Assert.IsType<T>(Assert.Single(result.Output));

    private string Failure(string command, Dictionary<string, object?> parameters) =>
        _session.Invoke(command, parameters).TerminatingError!.FullyQualifiedErrorId;

    private RunResult Run(string command, Dictionary<string, object?> parameters)
    {
        RunResult result = _session.Invoke(command, parameters);
        Assert.Null(result.Terminating);
        return result;
    }
}
