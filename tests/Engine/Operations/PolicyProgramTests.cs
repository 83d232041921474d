using System.Text;
using SigstorePS.Operations;
using SigstorePS.Programs;
using SigstorePS.Support;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Operations;

/// <summary>
/// Policies of opa and cue, with programs in their place that answer as those do, and with those themselves where they
/// are installed.
/// </summary>
public sealed class PolicyProgramTests : IDisposable
{
    private static readonly byte[] Statement =
        """{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"t","predicate":{"id":"a"}}"""u8.ToArray();

    private readonly string _folder = Directory.CreateTempSubdirectory("policies").FullName;

    private string SearchPath => $"relative{Path.PathSeparator}{_folder}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"result":[{"expressions":[{"value":true,"text":"data.signature.allow"}]}]}""", null)]
    [InlineData("""{"result":[{"expressions":[{"value":false}]}]}""", SigstoreErrorCode.PolicyViolation)]
    [InlineData("""{"result":[{"expressions":[{"value":"true"}]}]}""", SigstoreErrorCode.PolicyViolation)]
    [InlineData("""{"result":[{"expressions":[{"value":[true]}]}]}""", SigstoreErrorCode.PolicyViolation)]
    [InlineData("""{"result":[{"expressions":[{"value":true},{"value":true}]}]}""", SigstoreErrorCode.PolicyViolation)]
    [InlineData("""{"result":[{"expressions":[{"value":true}]},{"expressions":[{"value":true}]}]}""", SigstoreErrorCode.PolicyViolation)]
    [InlineData("""{"result":[{"expressions":[{"value":true}],"bindings":{"x":1}}]}""", SigstoreErrorCode.PolicyViolation)]
    [InlineData("{}", SigstoreErrorCode.PolicyViolation)]
    [InlineData("""{"errors":[{"message":"x"}]}""", SigstoreErrorCode.PolicyFailed)]
    [InlineData("""{"errors":[{}],"result":[{"expressions":[{"value":true}]}]}""", SigstoreErrorCode.PolicyFailed)]
    [InlineData("""{"result":[{"expressions":[{"value":true}]}]} {}""", SigstoreErrorCode.PolicyFailed)]
    [InlineData("""{"result":7}""", SigstoreErrorCode.PolicyFailed)]
    [InlineData("""{"result":[{}]}""", SigstoreErrorCode.PolicyFailed)]
    [InlineData("true", SigstoreErrorCode.PolicyFailed)]
    [InlineData("", SigstoreErrorCode.PolicyFailed)]
    public async Task Rego_allows_by_true_and_nothing_else(string answer, SigstoreErrorCode? code)
    {
        RequireShell();
        Program("opa", $"cat >/dev/null; printf '%s' '{answer}'");
        await Demand(PolicyPrograms.Rego("p.rego", "package signature"u8.ToArray(), SearchPath), code);
    }

    [Theory]
    [InlineData("true", null)]
    [InlineData("false", SigstoreErrorCode.PolicyViolation)]
    [InlineData("""{"result":true}""", null)]
    [InlineData("""{"result":true,"warning":"","error":null}""", null)]
    [InlineData("""{"result":true,"warning":"w"}""", SigstoreErrorCode.PolicyViolation)]
    [InlineData("""{"result":true,"error":"e"}""", SigstoreErrorCode.PolicyViolation)]
    [InlineData("""{"result":false}""", SigstoreErrorCode.PolicyViolation)]
    [InlineData("""{"result":"true"}""", SigstoreErrorCode.PolicyViolation)]
    [InlineData("{}", SigstoreErrorCode.PolicyViolation)]
    public async Task A_module_of_policy_controller_says_whether_it_is_compliant(string value, SigstoreErrorCode? code)
    {
        RequireShell();
        Program(
            "opa",
            "cat >/dev/null; case \"$*\" in *data.sigstore.isCompliant) ;; *) exit 9;; esac; "
            + $"printf '%s' '{{\"result\":[{{\"expressions\":[{{\"value\":{value}}}]}}]}}'");
        await Demand(PolicyPrograms.RegoModule("p.rego", "package sigstore"u8.ToArray(), SearchPath), code);
    }

    [Fact]
    public async Task An_object_is_no_answer_to_a_policy_of_cosign()
    {
        RequireShell();
        Program("opa", """cat >/dev/null; printf '%s' '{"result":[{"expressions":[{"value":{"result":true}}]}]}'""");
        await Demand(PolicyPrograms.Rego("p.rego", [], SearchPath), SigstoreErrorCode.PolicyViolation);
    }

    [Fact]
    public async Task Opa_is_asked_as_cosign_asks()
    {
        RequireShell();
        string seen = Path.Combine(_folder, "seen");
        Program("opa", $"printf '%s\\n' \"$@\" > '{seen}'; pwd >> '{seen}'; cat policy.rego >> '{seen}'; cat >> '{seen}'; env >> '{seen}'; exit 2");
        Environment.SetEnvironmentVariable("SIGSTOREPS_TEST_SECRET", "do-not-tell");
        IStatementPolicy policy = PolicyPrograms.Rego("-x.rego", "package signature"u8.ToArray(), SearchPath);
        await Demand(policy, SigstoreErrorCode.PolicyFailed);
        string[] lines = await File.ReadAllLinesAsync(seen);
        Assert.Equal(
            ["eval", "--v0-compatible", "--format", "json", "--data", "policy.rego", "--stdin-input", "data.signature.allow"],
            lines[..8]);
        Assert.False(Directory.Exists(lines[8]));
        Assert.StartsWith("package signature" + Encoding.UTF8.GetString(Statement), lines[9], StringComparison.Ordinal);
        Assert.DoesNotContain(lines, static l => l.Contains("do-not-tell", StringComparison.Ordinal));
        Environment.SetEnvironmentVariable("SIGSTOREPS_TEST_SECRET", null);
    }

    [Fact]
    public async Task An_older_opa_is_asked_without_the_option_it_does_not_know()
    {
        RequireShell();
        Program(
            "opa",
            "cat >/dev/null; case \"$*\" in *--v0-compatible*) echo 'Error: unknown flag: --v0-compatible' >&2; exit 1;; esac; "
            + """echo '{"result":[{"expressions":[{"value":true}]}]}'""");
        await Demand(PolicyPrograms.Rego("p.rego", [], SearchPath), null);
    }

    [Theory]
    [InlineData("exit 0", null)]
    [InlineData("case \"$*\" in *statement.json*) echo 'predicate.id: conflicting values' >&2; exit 1;; esac", SigstoreErrorCode.PolicyViolation)]
    [InlineData("case \"$*\" in *statement.json*) kill -9 $$;; esac", SigstoreErrorCode.PolicyFailed)]
    [InlineData("echo 'policy.cue:1:1: expected label' >&2; exit 1", SigstoreErrorCode.PolicyFailed)]
    [InlineData("[ \"$2\" = -c ] || exit 0; [ \"$(cat statement.json | wc -c)\" -gt 90 ] && [ \"$3 $4\" = 'policy.cue statement.json' ]", null)]
    public async Task Cue_allows_by_its_exit_code(string script, SigstoreErrorCode? code)
    {
        RequireShell();
        Program("cue", script);
        await Demand(PolicyPrograms.Cue("p.cue", "x: 1"u8.ToArray(), SearchPath), code);
    }

    [Theory]
    [InlineData("$schema", "\"http://json-schema.org/schema#\"")]
    [InlineData("openapi", "\"3.0.0\"")]
    public async Task Cue_is_not_given_what_it_would_take_for_a_schema(string name, string value)
    {
        RequireShell();
        Program("cue", "exit 0");
        byte[] statement = Encoding.UTF8.GetBytes(
            $$"""{"_type":"t","subject":[],"predicateType":"t","predicate":{},"{{name}}":{{value}}}""");
        await FailsAsync(
            SigstoreErrorCode.PolicyFailed,
            () => PolicyPrograms.Cue("p.cue", [], SearchPath).DemandAsync(statement, default));
    }

    [Fact]
    public async Task A_program_that_floods_is_stopped()
    {
        RequireShell();
        Program("opa", "cat >/dev/null; exec yes");
        await Demand(PolicyPrograms.Rego("p.rego", [], SearchPath), SigstoreErrorCode.PolicyFailed);
    }

    [Fact]
    public async Task Whoever_stops_waiting_does_not_leave_the_program_behind()
    {
        RequireShell();
        string seen = Path.Combine(_folder, "pid");
        Program("opa", $"echo $$ > '{seen}.new'; mv '{seen}.new' '{seen}'; exec sleep 300");
        using CancellationTokenSource cancel = new();
        Task demand = PolicyPrograms.Rego("p.rego", [], SearchPath).DemandAsync(Statement, cancel.Token);
        while (!File.Exists(seen) && !demand.IsCompleted)
        {
            await Task.Delay(20);
        }

        int id = int.Parse(await File.ReadAllTextAsync(seen), System.Globalization.CultureInfo.InvariantCulture);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => demand);
        for (int i = 0; i < 500 && Runs(id); i++)
        {
            await Task.Delay(20);
        }

        Assert.False(Runs(id));
    }

    [Fact]
    public void A_program_that_is_missing_is_named()
    {
        File.WriteAllText(Path.Combine(_folder, "opa"), "not executable");
        string path = OperatingSystem.IsWindows() ? Path.Combine(_folder, "none") : _folder;
        SigstoreException e = Assert.Throws<SigstoreException>(() => PolicyPrograms.Rego("p.rego", [], path));
        Assert.Equal(SigstoreErrorCode.PolicyProgramMissing, e.Code);
        Assert.Contains("'opa'", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<SigstoreException>(() => PolicyPrograms.Cue("p.cue", [], null));
        Assert.Contains("'cue'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_real_opa_decides()
    {
        string? path = Environment.GetEnvironmentVariable("PATH");
        Assert.SkipUnless(ExternalProgram.Find("opa", path) is not null, "opa is not installed");
        byte[] rule = "package signature\ndefault allow = false\nallow { input.predicate.id == \"a\" }"u8.ToArray();
        await Demand(PolicyPrograms.Rego("p.rego", rule, path), null);
        await Demand(
            PolicyPrograms.Rego("p.rego", "package signature\nallow { input.predicate.id == \"b\" }"u8.ToArray(), path),
            SigstoreErrorCode.PolicyViolation);
        await Demand(PolicyPrograms.Rego("p.rego", "package"u8.ToArray(), path), SigstoreErrorCode.PolicyFailed);
    }

    [Fact]
    public async Task The_real_cue_decides()
    {
        string? path = Environment.GetEnvironmentVariable("PATH");
        path = ExternalProgram.Find("cue", path) is null ? Peers.RequireCue() : path;
        await Demand(PolicyPrograms.Cue("p.cue", "predicate: id: \"a\""u8.ToArray(), path), null);
        await Demand(
            PolicyPrograms.Cue("p.cue", "predicate: id: \"b\""u8.ToArray(), path), SigstoreErrorCode.PolicyViolation);
        await Demand(PolicyPrograms.Cue("p.cue", "predicate: {"u8.ToArray(), path), SigstoreErrorCode.PolicyFailed);
    }

    [Theory]
    [InlineData("""{"type":"object"}""", true)]
    [InlineData("""{"$schema":"https://json-schema.org/draft/2020-12/schema","$ref":"#/$defs/a"}""", true)]
    [InlineData("""{"$id":"https://acme.test/p","$defs":{"a":{"$id":"https://acme.test/a"}},"$ref":"https://acme.test/a#/x"}""", true)]
    [InlineData("""{"$ref":"https://acme.test/schema.json"}""", false)]
    [InlineData("""{"$id":"https://acme.test/p","properties":{"a":{"$ref":"other.json"}}}""", false)]
    [InlineData("""{"allOf":[{"$dynamicRef":"file:///etc/passwd"}]}""", false)]
    [InlineData("""{"$schema":"https://acme.test/meta"}""", false)]
    [InlineData("""{"a":1,"a":2}""", false)]
    [InlineData("[]", false)]
    [InlineData("true", false)]
    [InlineData("{", false)]
    public void A_schema_is_complete_in_itself(string schema, bool good)
    {
        SigstoreException? e = Record.Exception(
            () => PolicySchema.Check("s", Encoding.UTF8.GetBytes(schema))) as SigstoreException;
        Assert.Equal(good ? null : SigstoreErrorCode.PolicyFailed, e?.Code);
    }

    private static bool Runs(int id)
    {
        try
        {
            using System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void RequireShell() =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the programs in place of opa and cue are shell scripts");

    private static async Task Demand(IStatementPolicy policy, SigstoreErrorCode? code)
    {
        SigstoreException? e = await Record.ExceptionAsync(() => policy.DemandAsync(Statement, default)) as SigstoreException;
        Assert.Equal(code, e?.Code);
    }

    private void Program(string name, string script)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
