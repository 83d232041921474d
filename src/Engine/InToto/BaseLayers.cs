using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.InToto;

/// <summary>
/// The ordered set of layers of a base image, as it is signed. An in-toto statement v1 of type
/// <see cref="PredicateType"/> whose predicate is <c>{"layers":["sha256:…", …]}</c>, the digests of the layers as the
/// manifest lists them, lowest first, and whose subjects are the image it was taken from and the set itself: the SHA-256
/// of the digests, each followed by a newline. By the second subject it speaks about every image that begins with these
/// layers; no image has that digest for its own.
/// </summary>
internal sealed class BaseLayers
{
    /// <summary>
    /// A type of its own: what signs an image must not pass for a base, nor a base for an approved image.
    /// </summary>
    public const string PredicateType = "urn:x-sigstoreps:base-layers:v1";

    private const string SetName = "layers";

    private BaseLayers(IReadOnlyList<Digest> digests) => Digests = digests;

    /// <summary>Digests of the layers, compressed as they are stored, lowest first; at least one.</summary>
    public IReadOnlyList<Digest> Digests { get; }

    /// <summary>The one digest that stands for all of them in their order.</summary>
    public Digest Digest => Digest.Sha256(Encoding.ASCII.GetBytes(string.Concat(Digests.Select(static d => $"{d}\n"))));

    /// <exception cref="SigstoreException">
    /// InvalidValue: no layer, which every image begins with. LimitExceeded.
    /// </exception>
    public static BaseLayers Of(IReadOnlyList<Digest> digests) =>
        digests.Count == 0
            ? throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, "An image without layers is no base: every image would begin with it.")
            : digests.Count > Limits.BaseLayers
            ? throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"A base of {digests.Count} layers is over {Limits.BaseLayers}.")
            : new BaseLayers(digests);

    /// <summary>The layers a statement names.</summary>
    /// <exception cref="SigstoreException">PredicateTypeMismatch, MalformedStatement, InvalidValue, LimitExceeded.
    /// </exception>
    public static BaseLayers Read(Statement statement)
    {
        if (statement.PredicateType != PredicateType)
        {
            throw new SigstoreException(
                SigstoreErrorCode.PredicateTypeMismatch,
                $"The statement is of type {statement.PredicateType}, not {PredicateType}.");
        }

        try
        {
            StrictJson.OnlyMembers(statement.Predicate, SetName);
            return Of([.. statement.Predicate.GetProperty(SetName).EnumerateArray().Take(Limits.BaseLayers + 1)
                .Select(static layer => Digest.Parse(layer.GetString() ?? string.Empty))]);
        }
        catch (Exception e) when (
            e is FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedStatement, "The statement names no layers that could be a base.", e);
        }
    }

    /// <summary>The statement to sign: UTF-8 JSON.</summary>
    /// <param name="image">The image that the layers were taken from.</param>
    public byte[] StatementAbout(StatementSubject image) => StatementBuilder.Build(
        Statement.TypeV1,
        new PredicateContent(PredicateType, CompactJson.Bytes(new JsonObject
        {
            [SetName] = new JsonArray([.. Digests.Select(static d => (JsonNode)d.ToString())]),
        })),
        [image, new StatementSubject(SetName, Digest)]);

    public bool Are(BaseLayers other) => Digests.SequenceEqual(other.Digests);
}
