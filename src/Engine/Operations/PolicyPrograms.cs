using System.Text.Json;
using System.Text;
using SigstorePS.Encodings;
using SigstorePS.Programs;

namespace SigstorePS.Operations;

/// <summary>Policies that an installed program evaluates over the statement, as cosign evaluates them itself.</summary>
internal static class PolicyPrograms
{
    private const string PolicyFile = "policy";

    /// <summary>
    /// A Rego policy, through <c>opa</c>: <c>data.signature.allow</c> must be true, and nothing else (cosign
    /// pkg/cosign/rego). It is read as Rego v0, as cosign does; one written for v1 says <c>import rego.v1</c>.
    /// </summary>
    /// <param name="name">What the user knows it by.</param>
    /// <param name="policy">Its text, UTF-8.</param>
    /// <param name="searchPath">The variable PATH.</param>
    /// <exception cref="SigstoreException">PolicyProgramMissing.</exception>
    public static IStatementPolicy Rego(string name, byte[] policy, string? searchPath) =>
        new RegoPolicy(name, policy, Program("opa", name, searchPath), RegoPolicy.Allow);

    /// <summary>
    /// A Rego module of policy-controller: <c>data.sigstore.isCompliant</c> must be true, or an object whose <c>result</c>
    /// is and that has neither a <c>warning</c> nor an <c>error</c>.
    /// </summary>
    /// <inheritdoc cref="Rego"/>
    public static IStatementPolicy RegoModule(string name, byte[] policy, string? searchPath) =>
        new RegoPolicy(name, policy, Program("opa", name, searchPath), RegoPolicy.Compliant);

    /// <summary>A CUE policy, through <c>cue vet</c>: the statement must fit it and be concrete.</summary>
    /// <inheritdoc cref="Rego"/>
    public static IStatementPolicy Cue(string name, byte[] policy, string? searchPath) =>
        new CuePolicy(name, policy, Program("cue", name, searchPath), CuePolicy.Statement);

    /// <summary>A CUE policy over what the authorities of a ClusterImagePolicy found.</summary>
    /// <inheritdoc cref="Rego"/>
    public static IStatementPolicy CueOfImage(string name, byte[] policy, string? searchPath) =>
        new CuePolicy(name, policy, Program("cue", name, searchPath), CuePolicy.Image);

    private static ExternalProgram Program(string program, string policy, string? searchPath) =>
        ExternalProgram.Find(program, searchPath) ?? throw new SigstoreException(
            SigstoreErrorCode.PolicyProgramMissing,
            $"The policy '{policy}' is evaluated by the program '{program}', which is not on the search path (PATH). "
            + "Install it, or give a script block or a JSON Schema.");

    /// <summary>
    /// Runs in a folder that is ours alone and gone afterwards, with file names of ours: the program sees no path of the
    /// user's that it could take for an option.
    /// </summary>
    private static async Task<T> InFolderAsync<T>(byte[] policy, string extension, Func<string, Task<T>> run)
    {
        string? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("sigstoreps-policy").FullName;
            await File.WriteAllBytesAsync(Path.Combine(folder, PolicyFile + extension), policy).ConfigureAwait(false);
            return await run(folder).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PolicyFailed, $"The folder for the policy program cannot be used: {e.Message}", e);
        }
        finally
        {
            try
            {
                if (folder is not null)
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What a program still holds on to is the system's to clean.
            }
        }
    }

    private static string Said(ProgramOutcome outcome) => PlainText.Clean(
        Encoding.UTF8.GetString(outcome.Errors.Length > 0 ? outcome.Errors : outcome.Output), limit: 1000);

    private static SigstoreException Failed(string name, string why, Exception? inner = null) =>
        new(SigstoreErrorCode.PolicyFailed, $"The policy '{name}' cannot be evaluated: {why}", inner);

    private static SigstoreException Violated(string name, string why) =>
        new(SigstoreErrorCode.PolicyViolation, $"The policy '{name}' is not satisfied: {why}");

    private sealed class RegoPolicy(string name, byte[] policy, ExternalProgram opa, string query) : IStatementPolicy
    {
        public const string Allow = "data.signature.allow";
        public const string Compliant = "data.sigstore.isCompliant";
        private const string Version0 = "--v0-compatible";

        public string Name => name;

        public async Task DemandAsync(ReadOnlyMemory<byte> statement, CancellationToken cancel)
        {
            ProgramOutcome outcome = await InFolderAsync(
                policy, ".rego", folder => EvalAsync(statement, folder, cancel)).ConfigureAwait(false);
            if (outcome.ExitCode != 0)
            {
                throw Failed(name, $"opa ended with {outcome.ExitCode}: {Said(outcome)}");
            }

            if (!IsAllowed(outcome.Output, out string why))
            {
                throw Violated(name, why);
            }
        }

        /// <summary>Versions of opa before 1.0 know nothing but v0, and some not the option that asks for it.</summary>
        private async Task<ProgramOutcome> EvalAsync(
            ReadOnlyMemory<byte> statement, string folder, CancellationToken cancel)
        {
            string[] arguments =
                ["eval", Version0, "--format", "json", "--data", PolicyFile + ".rego", "--stdin-input", query];
            ProgramOutcome outcome = await opa.RunAsync(arguments, statement, folder, cancel).ConfigureAwait(false);
            return outcome.ExitCode != 0 && outcome.Errors.AsSpan().IndexOf("unknown flag: --v0-compatible"u8) >= 0
                ? await opa.RunAsync(
                    [.. arguments.Where(static a => a != Version0)], statement, folder, cancel).ConfigureAwait(false)
                : outcome;
        }

        /// <summary>One result of one expression, the value <c>true</c>, no bindings: <c>ResultSet.Allowed</c>.</summary>
        private bool IsAllowed(byte[] output, out string why)
        {
            try
            {
                using JsonDocument document = StrictJson.Parse(output);
                JsonElement root = document.RootElement;
                if (root.TryGetProperty("errors", out _))
                {
                    throw new FormatException("opa reports errors");
                }

                if (!root.TryGetProperty("result", out JsonElement results) || results.GetArrayLength() == 0)
                {
                    why = $"{query} is undefined.";
                    return false;
                }

                JsonElement expressions = results[0].GetProperty("expressions");
                why = $"{query} is not true.";
                return results.GetArrayLength() == 1 && expressions.GetArrayLength() == 1
                    && !results[0].TryGetProperty("bindings", out _)
                    && (expressions[0].GetProperty("value") is { ValueKind: JsonValueKind.Object } answer
                        && query == Compliant
                        ? IsCompliant(answer, ref why)
                        : expressions[0].GetProperty("value").ValueKind == JsonValueKind.True);
            }
            catch (Exception e) when (
                e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
            {
                throw Failed(name, $"the answer of opa cannot be read: {e.Message}", e);
            }
        }

        private static bool IsCompliant(JsonElement answer, ref string why)
        {
            foreach (string told in (string[])["error", "warning"])
            {
                if (answer.TryGetProperty(told, out JsonElement text)
                    && text is not { ValueKind: JsonValueKind.Null } && text.ToString().Length > 0)
                {
                    why = PlainText.Clean(text.ToString(), limit: 1000);
                    return false;
                }
            }

            return answer.TryGetProperty("result", out JsonElement result) && result.ValueKind == JsonValueKind.True;
        }
    }

    private sealed class CuePolicy(
        string name, byte[] policy, ExternalProgram cue, string[] members) : IStatementPolicy
    {
        public static readonly string[] Statement = ["_type", "subject", "predicateType", "predicate"];
        public static readonly string[] Image = ["authorityMatches", "config", "spec", "metadata", "typemeta"];
        private const string StatementFile = "statement.json";

        public string Name => name;

        public async Task DemandAsync(ReadOnlyMemory<byte> statement, CancellationToken cancel)
        {
            // cue takes a JSON file with "$schema" or "openapi" at its top for a schema, which constrains nothing.
            // cosign gives it these four members and drops all others.
            RequirePlain(statement);
            ProgramOutcome outcome = await InFolderAsync(
                policy, ".cue", folder => VetAsync(statement, folder, cancel)).ConfigureAwait(false);
            if (outcome.ExitCode == 1)
            {
                throw Violated(name, Said(outcome));
            }

            if (outcome.ExitCode != 0)
            {
                throw Failed(name, $"cue ended with {outcome.ExitCode}: {Said(outcome)}");
            }
        }

        /// <summary>cue ends with 1 for a broken policy and for data that does not fit; the first run tells them apart.</summary>
        private async Task<ProgramOutcome> VetAsync(
            ReadOnlyMemory<byte> statement, string folder, CancellationToken cancel)
        {
            ProgramOutcome alone = await cue.RunAsync(
                ["vet", "-c=false", PolicyFile + ".cue"], default, folder, cancel).ConfigureAwait(false);
            if (alone.ExitCode != 0)
            {
                throw Failed(name, $"cue ended with {alone.ExitCode}: {Said(alone)}");
            }

            await File.WriteAllBytesAsync(Path.Combine(folder, StatementFile), statement, cancel).ConfigureAwait(false);
            return await cue.RunAsync(
                ["vet", "-c", PolicyFile + ".cue", StatementFile], default, folder, cancel).ConfigureAwait(false);
        }

        private void RequirePlain(ReadOnlyMemory<byte> statement)
        {
            try
            {
                using JsonDocument document = StrictJson.Parse(statement);
                StrictJson.OnlyMembers(document.RootElement, members);
            }
            catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
            {
                throw Failed(name, $"the statement is none that cue can be given: {e.Message}", e);
            }
        }
    }
}
