using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Programs;

namespace SigstorePS.Keys.Plugins;

/// <summary>
/// Keys of a program of the user's: <c>NAME://KEY</c> is asked of <c>sigstore-kms-NAME</c> on the search path, as cosign
/// asks it (sigstore pkg/signature/kms/cliplugin).
/// </summary>
internal sealed partial class CommandKeyProvider : IKeyProvider
{
    private readonly KeyPlugin _plugin;
    private readonly KeySurroundings _surroundings;

    private CommandKeyProvider(string scheme, KeyPlugin plugin, KeySurroundings surroundings)
    {
        Scheme = scheme;
        _plugin = plugin;
        _surroundings = surroundings;
    }

    /// <inheritdoc/>
    public string Scheme { get; }

    /// <inheritdoc/>
    public bool NeedsNetwork => true;

    /// <summary>The plug-in of a scheme; null: there is no such program.</summary>
    /// <param name="scheme">Lower case.</param>
    /// <param name="surroundings">Search path, home and clock.</param>
    /// <param name="time">How long one answer may take; null: as long as any program.</param>
    public static CommandKeyProvider? Find(string scheme, KeySurroundings surroundings, TimeSpan? time = null) =>
        NamePattern().IsMatch(scheme)
        && ExternalProgram.Find("sigstore-kms-" + scheme, surroundings.Variable("PATH")) is { } program
            ? new CommandKeyProvider(
                scheme,
                new KeyPlugin(
                    program with
                    {
                        Failure = SigstoreErrorCode.KeyPluginFailed,
                        Withheld = ExternalProgram.OwnSecrets,
                        Timeout = time ?? Limits.Program,
                    },
                    surroundings),
                surroundings)
            : null;

    /// <inheritdoc/>
    public async Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        PublicKey key = await ReadPublicKeyAsync(reference, access, cancel).ConfigureAwait(false);
        return RemoteSigner.Of(
            new PluginKey(_plugin, KeyId(reference), key), access.Algorithm, _surroundings.Clock);
    }

    /// <inheritdoc/>
    public Task<PublicKey> ReadPublicKeyAsync(KeyReference reference, KeyAccess access, CancellationToken cancel) =>
        AskAsync(
            reference, access.Algorithm, "publicKey", static (json, _) => PluginRequest.PublicKey(json), PublicKeyOf, null,
            cancel);

    /// <inheritdoc/>
    public async Task<CreatedKey> CreateAsync(
        KeyReference reference, SigningAlgorithm algorithm, KeyAccess access, bool replace, CancellationToken cancel)
    {
        string said = await RequireFreeAsync(reference, algorithm, cancel).ConfigureAwait(false);
        string[] supported = await AskAsync(
            reference, algorithm, "supportedAlgorithms", static (_, _) => { }, Names, null, cancel).ConfigureAwait(false);
        string name = PluginAlgorithms.Find(algorithm, supported) ?? throw new SigstoreException(
            SigstoreErrorCode.Unsupported,
            $"The program of {Scheme} makes no key for {algorithm}; it has "
            + PlainText.Clean(string.Join(", ", supported), limit: 300) + ".");
        PublicKey key = await AskAsync(
            reference, algorithm, "createKey",
            (json, deadline) => PluginRequest.CreateKey(json, name, deadline), PublicKeyOf, null, cancel)
            .ConfigureAwait(false);
        if (!key.Candidates.Contains(algorithm))
        {
            throw _plugin.Failed($"made a key for {key.Algorithm} where one for {algorithm} was wanted");
        }

        PublicKey kept = await AskAsync(
            reference, algorithm, "publicKey", static (json, _) => PluginRequest.PublicKey(json), PublicKeyOf, null, cancel)
            .ConfigureAwait(false);
        if (!kept.Equals(key))
        {
            throw _plugin.Failed("has another key there than the one that it says it made");
        }

        string words = said.Replace(KeyId(reference), string.Empty, StringComparison.Ordinal);
        if (!NotFoundPattern().IsMatch(words) || OtherTroublePattern().IsMatch(words))
        {
            AmbientReports.Send(EngineReport.Warning(
                $"Nobody knows whether the key {key.KeyId} is new: asked for it before, the program of {Scheme} did not "
                + $"clearly say that there was none ('{said}'), and a program like it cannot tell a key that it made from "
                + "one that was there, which somebody else may have put there. Take another name, or find out whose it is."));
        }

        return new CreatedKey(reference.ToString(), key);
    }

    /// <summary>
    /// createKey of most plug-ins answers with the key that is there already, as if it had just been made. The protocol
    /// has no code for a key that is not there, so that a no can also be a network that is down.
    /// </summary>
    /// <returns>What it said instead of a key.</returns>
    private async Task<string> RequireFreeAsync(
        KeyReference reference, SigningAlgorithm algorithm, CancellationToken cancel) =>
        await AskAsync<string?>(
            reference, algorithm, "publicKey", static (json, _) => PluginRequest.PublicKey(json), static _ => null,
            static said => said, cancel).ConfigureAwait(false)
            ?? throw new SigstoreException(
                SigstoreErrorCode.KeyExists, $"The program of {Scheme} has a key there already.");

    private Task<T> AskAsync<T>(
        KeyReference reference, SigningAlgorithm? algorithm, string method, Action<Utf8JsonWriter, DateTimeOffset> arguments,
        Func<JsonElement, T> read, Func<string, T>? refused, CancellationToken cancel) =>
        _plugin.AskAsync(
            KeyId(reference), algorithm?.Hash ?? HashAlgorithmName.SHA256, method, arguments, ReadOnlyMemory<byte>.Empty, read,
            refused, cancel);

    private static string KeyId(KeyReference reference)
    {
        string id = reference.Text[(reference.Text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        return id.Length is > 0 and <= 4096 && !id.Any(char.IsControl) ? id : throw new SigstoreException(
            SigstoreErrorCode.InvalidKeyReference, "what follows '://' is no key's name.");
    }

    /// <summary>base64 around PEM.</summary>
    private PublicKey PublicKeyOf(JsonElement answer)
    {
        byte[] pem = Base64Text.Decode(StrictJson.String(answer, "publicKeyPEM"));
        try
        {
            return PublicKeyFile.Read(pem);
        }
        catch (SigstoreException e) when (e.Code is SigstoreErrorCode.MalformedKey or SigstoreErrorCode.LimitExceeded)
        {
            throw _plugin.Failed($"answered with a public key that cannot be read: {e.Message.TrimEnd('.')}");
        }
    }

    private static string[] Names(JsonElement answer) =>
        answer.TryGetProperty("supportedAlgorithms", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Take(100).Select(static e =>
                e.ValueKind == JsonValueKind.String ? e.GetString()! : throw new FormatException("a name is no text"))]
            : throw new FormatException("'supportedAlgorithms' is missing");

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+.-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(
        @"not[ _-]?found|not find|no such|(?:does not|doesn't) exist|unknown key",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NotFoundPattern();

    // "credentials not found", "host not found: no such host": nothing is known of the key.
    [GeneratedRegex(
        "credential|token|login|profile|config|permission|denied|forbidden|authori[sz]|authenticat|host|network|connect|"
        + "timeout|timed out|throttl|too many|region|project|account|executable|library|module",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OtherTroublePattern();
}
