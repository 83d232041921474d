using System.Text;
using System.Text.Json;
using SigstorePS.Dsse;

namespace SigstorePS.Support.Mutation;

/// <summary>Parts of one bundle in another.</summary>
internal static class Swaps
{
    public static IEnumerable<Mutant> Of(IReadOnlyList<MutationSource> sources)
    {
        foreach (MutationSource source in sources)
        {
            (object[] Path, LooseJson Value)[] own = [.. source.Json.Walk().Where(static n => n.Path.Length > 0)];
            foreach (MutationSource other in sources.Where(s => s != source))
            {
                foreach ((object[] path, LooseJson value) in own)
                {
                    if (other.Json.At(path) is { } part && !part.ToBytes().AsSpan().SequenceEqual(value.ToBytes()))
                    {
                        yield return Of(source, "swap", other, "/" + string.Join("/", path), root => root.At(path)!.Become(part));
                    }
                    else if (other.Json.At(path) is null && path.Length > 1 && path[^1] is string)
                    {
                        yield return Of(source, "swap away", other, "/" + string.Join("/", path),
                            root => root.At(path[..^1])!.Members.RemoveAll(m => m.Name == (string)path[^1]));
                    }
                }

                foreach (Mutant mutant in Additions(source, other))
                {
                    yield return mutant;
                }
            }
        }
    }

    private static IEnumerable<Mutant> Additions(MutationSource source, MutationSource other)
    {
        // Members the other one has and this one lacks, and its list elements behind or before the own ones.
        foreach ((object[] path, LooseJson value) in other.Json.Walk().Where(static n => n.Path.Length > 0))
        {
            if (path[^1] is string name && source.Json.At(path) is null
                && source.Json.At(path[..^1]) is { Kind: JsonValueKind.Object })
            {
                yield return Of(source, "add member", other, "/" + string.Join("/", path),
                    root => root.At(path[..^1])!.Members.Add((name, value)));
            }
            else if (path[^1] is int && source.Json.At(path[..^1]) is { Kind: JsonValueKind.Array })
            {
                yield return Of(source, "add element", other, "/" + string.Join("/", path),
                    root => root.At(path[..^1])!.Items.Add(value));
                yield return Of(source, "add element before", other, "/" + string.Join("/", path),
                    root => root.At(path[..^1])!.Items.Insert(0, value));
            }
        }

        yield return new Mutant(source, "other bundle", other.Name, () => other.Content);
        yield return new Mutant(source, "lines", other.Name, () => [.. other.Content, (byte)'\n', .. source.Content]);
        yield return new Mutant(source, "attestations", other.Name, () => Encoding.UTF8.GetBytes(
            $"{{\"attestations\":[{{\"bundle\":{Encoding.UTF8.GetString(other.Content)}}}]}}"));
        foreach ((string what, string line) in Lines(other))
        {
            yield return new Mutant(source, "container", $"{what} of {other.Name}", () => Encoding.UTF8.GetBytes(line));
        }
    }

    /// <summary>Another's signature with what it signs, as cosign's old formats would carry them.</summary>
    private static IEnumerable<(string What, string Line)> Lines(MutationSource other)
    {
        LooseJson root = other.Json;
        LooseJson? envelope = root.Find("dsseEnvelope");
        if (root.Find("base64Signature") is { } old)
        {
            byte[] text = Convert.FromBase64String(old.Text);
            envelope = text is [(byte)'{', ..] ? LooseJson.Parse(text)[0] : null;
        }

        LooseJson? signature = envelope?.Find("signatures")?.Items[0].Find("sig")
            ?? root.Find("messageSignature")?.Find("signature") ?? root.Find("base64Signature");
        if (signature is null)
        {
            yield break;
        }

        yield return ("signature", $$"""{"base64Signature":"{{signature.Text}}"}""");
        byte[] signed = envelope is null
            ? File.ReadAllBytes(other.Case.Artifact!)
            : Envelope.Pae(envelope.Find("payloadType")!.Text, Convert.FromBase64String(envelope.Find("payload")!.Text));
        yield return ("signature and payload",
            $$"""{"Base64Signature":"{{signature.Text}}","Payload":"{{Convert.ToBase64String(signed)}}"}""");
        if (envelope is not null)
        {
            yield return ("envelope", Encoding.UTF8.GetString(envelope.ToBytes()));
            yield return ("envelope as signature",
                $$"""{"base64Signature":"{{Convert.ToBase64String(envelope.ToBytes())}}"}""");
        }
    }

    private static Mutant Of(MutationSource source, string kind, MutationSource other, string what, Action<LooseJson> change) =>
        new(source, kind, $"{what} of {other.Name}", () =>
        {
            LooseJson copy = source.Json.Clone();
            change(copy);
            return copy.ToBytes();
        });
}
