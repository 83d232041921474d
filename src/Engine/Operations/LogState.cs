using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Operations;

/// <summary>A head of a tree as it was signed.</summary>
/// <param name="Origin">First line of the checkpoint: names the tree.</param>
/// <param name="Checkpoint">The signed note.</param>
/// <param name="Seen">When it was seen first.</param>
internal sealed record RememberedHead(string Origin, string Checkpoint, DateTimeOffset Seen);

/// <summary>
/// The heads of one log that were seen last, in a JSON file: <c>heads[] {origin, checkpoint, seen}</c>. Written whole or
/// not at all.
/// </summary>
internal sealed record LogState(IReadOnlyList<RememberedHead> Heads)
{
    private const int Version = 1;

    private static readonly LogState Empty = new([]);

    public RememberedHead? Find(string origin) =>
        Heads.FirstOrDefault(head => string.Equals(head.Origin, origin, StringComparison.Ordinal));

    public LogState With(RememberedHead head) =>
        new([.. Heads.Where(known => !string.Equals(known.Origin, head.Origin, StringComparison.Ordinal)), head]);

    /// <summary>What is remembered; nothing when there is no file.</summary>
    /// <exception cref="SigstoreException">
    /// FileUnavailable: a file that is there and cannot be read is not the same as none, or damage would hide a fork.
    /// </exception>
    public static async Task<LogState> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            if (!File.Exists(path))
            {
                return Empty;
            }

            using JsonDocument document = StrictJson.Parse(
                await BoundedFile.ReadAsync(path, Limits.LogState, cancel).ConfigureAwait(false));
            JsonElement root = document.RootElement;
            return root.GetProperty("version").GetInt32() == Version
                ? new LogState([.. root.GetProperty("heads").EnumerateArray().Select(Read)])
                : throw new FormatException("its version is unknown");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable,
                $"The remembered heads in '{path}' cannot be read: {e.Message} Remove the file to begin anew.", e);
        }
    }

    /// <exception cref="SigstoreException">FileUnavailable, PathNotFound.</exception>
    public Task WriteAsync(string path, CancellationToken cancel) => WriteAsync(
        path,
        new JsonObject
        {
            ["version"] = Version,
            ["heads"] = new JsonArray([.. Heads.Select(Write)]),
        },
        cancel);

    /// <summary>Keeps two contradicting heads beside the state. The same two give the same file.</summary>
    /// <returns>The path of the file.</returns>
    /// <exception cref="SigstoreException">FileUnavailable, PathNotFound.</exception>
    public static async Task<string> WriteEvidenceAsync(
        string path, RememberedHead remembered, RememberedHead present, string reason, CancellationToken cancel)
    {
        string name = Digest.Sha256([.. Bytes(remembered.Checkpoint), .. Bytes(present.Checkpoint)]).Hex[..16];
        string evidence = Path.Combine(
            Path.GetDirectoryName(path)!, $"{Path.GetFileNameWithoutExtension(path)}.fork-{name}.json");
        if (!File.Exists(evidence))
        {
            await WriteAsync(
                evidence,
                new JsonObject
                {
                    ["version"] = Version, ["reason"] = reason,
                    ["remembered"] = Write(remembered), ["present"] = Write(present),
                },
                cancel).ConfigureAwait(false);
        }

        return evidence;
    }

    /// <summary>What was signed, without signatures: a log may sign one head many times, each time differently.</summary>
    private static byte[] Bytes(string checkpoint) => System.Text.Encoding.UTF8.GetBytes(
        checkpoint[..Math.Max(0, checkpoint.IndexOf("\n\n", StringComparison.Ordinal))]);

    private static async Task WriteAsync(string path, JsonObject json, CancellationToken cancel)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable, $"'{path}' cannot be written: {e.Message}", e);
        }

        await OutputFile.WriteAsync(path, CompactJson.Bytes(json), force: true, cancel).ConfigureAwait(false);
    }

    private static RememberedHead Read(JsonElement head) => new(
        StrictJson.String(head, "origin"),
        StrictJson.String(head, "checkpoint"),
        DateTimeOffset.ParseExact(StrictJson.String(head, "seen"), "o", CultureInfo.InvariantCulture));

    private static JsonNode Write(RememberedHead head) => new JsonObject
    {
        ["origin"] = head.Origin,
        ["checkpoint"] = head.Checkpoint,
        ["seen"] = head.Seen.ToString("o", CultureInfo.InvariantCulture),
    };
}
