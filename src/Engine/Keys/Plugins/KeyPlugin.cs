using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Programs;

namespace SigstorePS.Keys.Plugins;

/// <summary>
/// One <c>sigstore-kms-NAME</c> on this machine, and how it is talked to: each question is a process of its own. What it
/// answers is not trusted in form or content.
/// </summary>
/// <param name="program">The program, which gets the variables of the session.</param>
/// <param name="surroundings">Home and clock.</param>
internal sealed class KeyPlugin(ExternalProgram program, KeySurroundings surroundings)
{
    private const int ShownText = 300;

    // Shorter values are too likely to be in a text by chance.
    private const int ShortestSecret = 6;

    private static readonly string[] SecretNames = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "PIN", "KEY"];
    private static readonly ConcurrentDictionary<string, bool> Announced = new(StringComparer.Ordinal);

    /// <summary>Asks one thing.</summary>
    /// <param name="keyId">What follows <c>NAME://</c>.</param>
    /// <param name="hash">The hash the key signs with.</param>
    /// <param name="method">Such as <c>publicKey</c>.</param>
    /// <param name="arguments">Writes its arguments; it is told the deadline.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="read">Reads the object of that name in the answer.</param>
    /// <param name="refused">What its own no comes to, in words fit to be shown; null: a failure.</param>
    /// <param name="cancel">Ends the program.</param>
    /// <exception cref="SigstoreException">KeyPluginFailed.</exception>
    public async Task<T> AskAsync<T>(
        string keyId, HashAlgorithmName hash, string method, Action<Utf8JsonWriter, DateTimeOffset> arguments,
        ReadOnlyMemory<byte> input, Func<JsonElement, T> read, Func<string, T>? refused, CancellationToken cancel)
    {
        Announce();
        DateTimeOffset deadline = surroundings.Clock.GetUtcNow() + program.Timeout;
        string request = PluginRequest.Write(keyId, hash, deadline, method, json => arguments(json, deadline));

        // Not where the user happens to be: a checkout could bring along what the program loads from its folder.
        string folder = Directory.Exists(surroundings.Home) ? surroundings.Home : Path.GetTempPath();
        ProgramOutcome outcome = await program
            .RunAsync([PluginRequest.Version, request], input, folder, cancel).ConfigureAwait(false);
        string said = Shown(Encoding.UTF8.GetString(outcome.Errors));
        if (said.Length > 0)
        {
            AmbientReports.Send(EngineReport.Debug($"{program.Name} wrote to its standard error: {said}"));
        }

        return Read(outcome, method, read, refused);
    }

    /// <summary>As the protocol wants it: the exit code says nothing, the answer everything.</summary>
    private T Read<T>(ProgramOutcome outcome, string method, Func<JsonElement, T> read, Func<string, T>? refused)
    {
        if (outcome.Output.Length > Limits.KeyServiceReply)
        {
            throw Failed($"answered {method} with more than {Limits.KeyServiceReply} bytes");
        }

        try
        {
            using JsonDocument answer = StrictJson.Parse(outcome.Output);
            if (StrictJson.OptionalString(answer.RootElement, "errorMessage") is { Length: > 0 } message)
            {
                return refused is not null ? refused(Shown(message)) : throw Failed($"says: {Shown(message).TrimEnd('.')}");
            }

            return read(StrictJson.OptionalObject(answer.RootElement, method)
                ?? throw new FormatException($"'{method}' is missing"));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            string code = outcome.ExitCode == 0 ? string.Empty : $" and ended with exit code {outcome.ExitCode}";
            throw Failed(
                outcome.Output.Length == 0 ? $"did not answer {method}{code}; -Debug shows what it wrote to its standard error"
                : $"answered {method} with something that is no answer of protocol {PluginRequest.Version}{code} "
                    + $"({PlainText.Clean(e.Message, 100)})");
        }
    }

    public SigstoreException Failed(string what) =>
        new(SigstoreErrorCode.KeyPluginFailed, $"The program '{program.Name}' {what}.");

    /// <summary>What is on the search path decides which program gets to sign: the user is told which one it is.</summary>
    private void Announce()
    {
        bool first = Announced.TryAdd(program.FullPath, true);
        AmbientReports.Send(
            first ? EngineReport.Warning($"Keys of {program.Name} are asked of the program {program.FullPath}.")
            : EngineReport.Verbose($"Runs {program.FullPath}."));
    }

    /// <summary>One line, without the secrets that the program was given and may have printed.</summary>
    private static string Shown(string text)
    {
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable is { Key: string name, Value: string { Length: >= ShortestSecret } value }
                && SecretNames.Any(s => name.Contains(s, StringComparison.OrdinalIgnoreCase)))
            {
                text = text.Replace(value, "***", StringComparison.Ordinal);
            }
        }

        return PlainText.Clean(text, ShownText);
    }
}
