using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SigstorePS.Support.Mutation;

/// <summary>
/// What a bundle says, read without a line of the verifier: two texts with the same meaning are one bundle. Left out is
/// what no rule gives a meaning to, so that any value of it may be accepted: blanks, order and spelling of JSON;
/// base64's alphabet and padding; publicKey.hint and keyid (hints); chains (tried, never trusted); in proofs of Rekor v2
/// index, size and root (section 6.3 of the format notes: "must be ignored"), and signature lines of others on its
/// checkpoints ("can carry extra signatures"); the name on a signature line of Rekor v1, beside which stand key hash and
/// signature; an index over all shards of Rekor v1 without a promise (its proof is of the shard's own); kind and version of an entry when left out, for its body says them; a time without a promise ("a proof alone does not sign the time"); of a
/// CMS token all but content, signed attributes in any order and signature (RFC 5652: nothing else is signed); which of its two
/// values of s an ECDSA signature has.
/// </summary>
internal sealed class Meaning
{
    private static readonly BigInteger P256 = BigInteger.Parse(
        "0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static readonly BigInteger P384 = BigInteger.Parse(
        "0ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>The signature, and of an envelope what is in it.</summary>
    public string Said { get; private set; } = "nothing";

    /// <summary>The certificate; <c>key</c> for none.</summary>
    public string Signer { get; private set; } = "key";

    public string Core => $"{Said} {Signer}";

    /// <summary>Hex of the digest it names; null when it names none.</summary>
    public string? Digest { get; private set; }

    /// <summary>Of each log entry all that is said with it.</summary>
    public List<HashSet<string>> Entries { get; } = [];

    /// <summary>Of each timestamp what is signed of it.</summary>
    public List<string> Timestamps { get; } = [];

    /// <summary>Every bundle in a text.</summary>
    public static List<Meaning> ReadAll(ReadOnlySpan<byte> content, bool byKey)
    {
        List<Meaning> all = [];
        foreach (LooseJson document in LooseJson.Parse(content))
        {
            all.AddRange(document.Find("attestations") is { } list && document.Find("mediaType") is null
                && document.Find("base64Signature") is null
                ? list.Items.Select(a => Read(a.Find("bundle")!, byKey)) : [Read(document, byKey)]);
        }

        return all;
    }

    private static Meaning Read(LooseJson root, bool byKey)
    {
        Meaning meaning = new();
        if (root.Find("mediaType") is null && root.Find("base64Signature") is { } old)
        {
            meaning.ReadOld(root, Bytes(old), byKey);
            return meaning;
        }

        if (root.Find("mediaType") is null && root.Find("payloadType") is not null)
        {
            meaning.Said = Envelope(root);
            return meaning;
        }

        LooseJson? material = root.Find("verificationMaterial");
        meaning.Signer = (material?.Find("certificate")?.Find("rawBytes")
            ?? material?.Find("x509CertificateChain")?.Find("certificates")?.Items.FirstOrDefault()?.Find("rawBytes"))
            is { } certificate ? Hash(Bytes(certificate)) : "key";
        if (root.Find("dsseEnvelope") is { } envelope)
        {
            meaning.Said = Envelope(envelope);
        }

        if (root.Find("messageSignature") is { } message)
        {
            meaning.Said += $" message {Signature(Bytes(message.Find("signature")))}";
            meaning.Digest = message.Find("messageDigest")?.Find("digest") is { } digest
                ? Convert.ToHexStringLower(Bytes(digest)) : null;
        }

        foreach (LooseJson entry in material?.Find("tlogEntries")?.Items ?? [])
        {
            meaning.Entries.Add(Entry(entry));
        }

        foreach (LooseJson token in material?.Find("timestampVerificationData")?.Find("rfc3161Timestamps")?.Items ?? [])
        {
            meaning.Timestamps.Add(Token(Bytes(token.Find("signedTimestamp"))));
        }

        return meaning;
    }

    private void ReadOld(LooseJson root, byte[] signature, bool byKey)
    {
        Signer = !byKey && root.Find("cert") is { } text ? Hash(CertificateOf(text.Text.Trim())) : "key";
        Said = signature is [(byte)'{', ..]
            ? Envelope(LooseJson.Parse(signature)[0])
            : $"nothing message {Signature(signature)}";
        if ((root.Find("rekorBundle") ?? root.Find("Bundle")) is { } log && log.Find("Payload") is { } payload)
        {
            byte[] body = Bytes(payload.Find("body"));
            HashSet<string> facts = [$"log {payload.Find("logID")?.Text}", $"body {Hash(body)}", $"index {Number(payload, "logIndex")}"];
            if (log.Find("SignedEntryTimestamp") is not null)
            {
                facts.Add($"promised {Number(payload, "integratedTime")}");
            }

            Entries.Add(facts);
        }

        if (root.Find("RFC3161Timestamp")?.Find("SignedRFC3161Timestamp") is { } token)
        {
            Timestamps.Add(Token(Bytes(token)));
        }
    }

    private static string Envelope(LooseJson envelope) =>
        $"envelope {envelope.Find("payloadType")?.Text} {Hash(Bytes(envelope.Find("payload")))} "
        + $"{Signature(Bytes(envelope.Find("signatures")?.Items.FirstOrDefault()?.Find("sig")))}";

    private static HashSet<string> Entry(LooseJson entry)
    {
        byte[] body = Bytes(entry.Find("canonicalizedBody"));
        HashSet<string> facts =
        [
            $"log {Convert.ToHexStringLower(Bytes(entry.Find("logId")?.Find("keyId")))}",
        ];
        string index = $"index {Number(entry, "logIndex")}";
        if (body.Length > 0)
        {
            facts.Add($"body {Hash(body)}");
        }

        if (entry.Find("kindVersion") is { } kind)
        {
            Announce("kind", kind);
            Announce("version", kind);
        }

        if (Bytes(entry.Find("inclusionPromise")?.Find("signedEntryTimestamp")).Length > 0)
        {
            facts.Add($"promised {Number(entry, "integratedTime")}");
            facts.Add(index);
        }

        if (entry.Find("inclusionProof") is { } proof && proof.Find("checkpoint")?.Find("envelope")?.Text is { Length: > 0 } note)
        {
            string hashes = string.Join(",", (proof.Find("hashes")?.Items ?? []).Select(static h => Convert.ToHexStringLower(Bytes(h))));
            string origin = note.Split('\n')[0];
            int mark = origin.LastIndexOf(" - ", StringComparison.Ordinal);
            facts.Add(mark > 0 && origin[(mark + 3)..].All(char.IsAsciiDigit)
                ? $"proof 1 {Number(proof, "logIndex")} {Number(proof, "treeSize")} {hashes} "
                    + $"{Convert.ToHexStringLower(Bytes(proof.Find("rootHash")))} {Note(note)}"
                : $"proof 2 {index} {hashes} {Hash(Encoding.UTF8.GetBytes(note.Split("\n\n")[0]))}");
        }

        return facts;

        void Announce(string name, LooseJson kind)
        {
            if (kind.Find(name) is { Text.Length: > 0 } text)
            {
                facts.Add($"{name} {text.Text}");
            }
        }
    }

    /// <summary>A checkpoint of Rekor v1: text, key hashes and signatures, each once.</summary>
    private static string Note(string note)
    {
        string[] parts = note.Split("\n\n", 2);
        IEnumerable<string> lines = parts[^1].Split('\n').Where(static l => l.Length > 0).Select(static l =>
        {
            byte[] data = Base64(l.Split(' ')[^1]);
            return Convert.ToHexStringLower(data.AsSpan(0, Math.Min(4, data.Length))) + Signature([.. data.Skip(4)]);
        });
        return $"{Hash(Encoding.UTF8.GetBytes(parts[0]))} {string.Join(",", lines.Distinct())}";
    }

    /// <summary>RFC 3161 and RFC 5652, as loosely as BER allows.</summary>
    private static string Token(byte[] der)
    {
        try
        {
            AsnReader outer = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            if (outer.PeekTag() != Asn1Tag.ObjectIdentifier)
            {
                outer.ReadEncodedValue();
                outer = outer.ReadSequence();
            }

            outer.ReadObjectIdentifier();
            AsnReader signed = outer.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
            signed.ReadEncodedValue();
            signed.ReadEncodedValue();
            AsnReader content = signed.ReadSequence();
            content.ReadObjectIdentifier();
            byte[] info = content.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadOctetString();
            ReadOnlyMemory<byte> signers = signed.ReadEncodedValue();
            while (signed.HasData)
            {
                signers = signed.ReadEncodedValue();
            }

            AsnReader signer = new AsnReader(signers, AsnEncodingRules.BER).ReadSetOf().ReadSequence();
            signer.ReadEncodedValue();
            signer.ReadEncodedValue();
            signer.ReadEncodedValue();
            AsnReader set = signer.ReadSetOf(skipSortOrderValidation: true, new Asn1Tag(TagClass.ContextSpecific, 0));
            List<string> attributes = [];
            while (set.HasData)
            {
                attributes.Add(Convert.ToHexString(set.ReadEncodedValue().Span));
            }

            attributes.Sort(StringComparer.Ordinal);
            signer.ReadEncodedValue();
            return $"{Hash(info)} {Hash(Encoding.ASCII.GetBytes(string.Join(",", attributes)))} {Signature(signer.ReadOctetString())}";
        }
        catch (AsnContentException)
        {
            return $"unreadable {Hash(der)}";
        }
    }

    private static string Signature(byte[] signature)
    {
        try
        {
            AsnReader pair = new AsnReader(signature, AsnEncodingRules.BER).ReadSequence();
            (BigInteger r, BigInteger s) = (pair.ReadInteger(), pair.ReadInteger());
            BigInteger order = r < P256 && s < P256 ? P256 : P384;
            return $"{r:x}.{BigInteger.Min(s, order - s):x}";
        }
        catch (AsnContentException)
        {
            return Convert.ToHexStringLower(signature);
        }
    }

    /// <summary>The first certificate in PEM, or in base64 of PEM.</summary>
    private static byte[] CertificateOf(string text)
    {
        string pem = text.Contains("-----", StringComparison.Ordinal) ? text : Encoding.UTF8.GetString(Base64(text));
        string[] parts = pem.Split("-----");
        return parts.Length > 2 ? Base64(string.Concat(parts[2].Where(static c => !char.IsWhiteSpace(c)))) : [];
    }

    private static string Number(LooseJson parent, string name) => parent.Find(name)?.Text ?? "0";

    private static byte[] Bytes(LooseJson? node) => node is { Kind: JsonValueKind.String } ? Base64(node.Text) : [];

    private static byte[] Base64(string text)
    {
        string plain = text.TrimEnd('=').Replace('-', '+').Replace('_', '/');
        try
        {
            return Convert.FromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='));
        }
        catch (FormatException)
        {
            return Encoding.UTF8.GetBytes($"no base64: {text}");
        }
    }

    private static string Hash(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data))[..24];
}
