using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.InToto;

/// <summary>What a statement to be made speaks about.</summary>
/// <param name="Name">Repository or file name; empty: none.</param>
/// <param name="Digest">Its digest.</param>
internal sealed record StatementSubject(string Name, Digest Digest)
{
    /// <summary>The same thing by other algorithms: a ready statement may know it by one of them.</summary>
    public IReadOnlyList<Digest> Others { get; init; } = [];
}

/// <summary>
/// Makes in-toto statements, UTF-8 JSON without blanks, members in cosign's order; and checks ready ones.
/// </summary>
internal static class StatementBuilder
{
    /// <summary>A statement: what is said (the predicate) about what (the subjects).</summary>
    /// <param name="statementType"><see cref="Statement.TypeV01"/> as cosign writes, or <see cref="Statement.TypeV1"/>.
    /// </param>
    /// <param name="predicate">What is said.</param>
    /// <param name="subjects">At least one.</param>
    /// <exception cref="SigstoreException">LimitExceeded, ContradictoryPolicy.</exception>
    public static byte[] Build(
        string statementType, PredicateContent predicate, IReadOnlyList<StatementSubject> subjects)
    {
        if (subjects.Count > Limits.Subjects)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"A statement about {subjects.Count} subjects is over {Limits.Subjects}.");
        }

        if (statementType == Statement.TypeV1 && predicate.Json.Span[0] != '{')
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                "A Statement v1 has an object for a predicate: SPDX text goes into a Statement v0.1 only.");
        }

        byte[] head = CompactJson.Bytes(new JsonObject
        {
            ["_type"] = statementType,
            ["subject"] = new JsonArray([.. subjects.Select(Write)]),
            ["predicateType"] = predicate.Type,
        });

        // Joined as text: a predicate that went through a tree of numbers could come out as another one.
        return [.. head.AsSpan(..^1), .. ",\"predicate\":"u8, .. predicate.Json.Span, (byte)'}'];
    }

    /// <summary>Reads a ready statement, which is signed byte for byte.</summary>
    /// <exception cref="SigstoreException">LimitExceeded, MalformedStatement.</exception>
    public static Statement Read(ReadOnlyMemory<byte> content)
    {
        if (content.Length > Limits.Predicate)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"A statement of {content.Length} bytes is over {Limits.Predicate}.");
        }

        try
        {
            Statement statement = Statement.Parse(content);
            using JsonDocument document = StrictJson.Parse(content);
            JsonElement root = document.RootElement;

            // Go takes names in any case and the last of several: 'PredicateType' beside 'predicateType' would be one
            // statement to us and another to cosign.
            foreach (string name in (string[])["_type", "subject", "predicateType", "predicate"])
            {
                _ = GoJson.Find(root, name);
            }

            // Statement v1 asks for an object; in v0.1 cosign itself writes text where it attests SPDX.
            return GoJson.Find(root, "predicate") is null or { ValueKind: JsonValueKind.Object or JsonValueKind.String }
                ? statement
                : throw new FormatException("'predicate' is neither an object nor text");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedStatement,
                $"The statement cannot be used: {PlainText.Clean(e.Message)}", e);
        }
    }

    private static JsonObject Write(StatementSubject subject)
    {
        JsonObject json = [];
        if (subject.Name.Length > 0)
        {
            json["name"] = subject.Name;
        }

        json["digest"] = new JsonObject { [subject.Digest.Algorithm] = subject.Digest.Hex };
        return json;
    }
}
