using System.Formats.Asn1;
using System.Text;
using SigstorePS.Encodings;
using SigstorePS.Git;
using SigstorePS.Support;

namespace SigstorePS.Tests.Git;

/// <summary>A real gitsign signature in pieces that can be exchanged. What is signed stays as it was.</summary>
internal sealed record GitsignParts
{
    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Context1 = new(TagClass.ContextSpecific, 1, isConstructed: true);

    /// <summary>A file of <c>Fixtures/git</c>.</summary>
    public required GitObject From { get; init; }

    public required byte[] Certificates { get; init; }

    /// <summary>Issuer and number of the signer's certificate.</summary>
    public required byte[] SignerId { get; init; }

    public required byte[] SignedAttributes { get; init; }

    public required byte[] Signature { get; init; }

    /// <summary>Log entry and timestamps.</summary>
    public byte[]? Unsigned { get; init; }

    /// <summary>Content inside the signature, which gitsign never writes.</summary>
    public byte[]? Attached { get; init; }

    public static GitObject Object(string name)
    {
        byte[] content = File.ReadAllBytes(RepositoryRoot.Fixture("git", $"{name}.txt"));
        string type = name == "tag" ? "tag" : "commit";
        return GitObject.Read(GitObject.IdOf(40, type, content), type, content);
    }

    public static GitsignParts Of(string name)
    {
        GitObject from = Object(name);
        AsnReader content = new AsnReader(Pem.Read(from.Signature)[0].Data, AsnEncodingRules.DER).ReadSequence();
        content.ReadObjectIdentifier();
        AsnReader signed = content.ReadSequence(Context0).ReadSequence();
        signed.ReadInteger();
        signed.ReadEncodedValue();
        signed.ReadEncodedValue();
        byte[] certificates = signed.ReadEncodedValue().ToArray();
        AsnReader signer = signed.ReadSetOf().ReadSequence();
        signer.ReadInteger();
        byte[] id = signer.ReadEncodedValue().ToArray();
        signer.ReadEncodedValue();
        byte[] attributes = signer.ReadEncodedValue().ToArray();
        signer.ReadEncodedValue();
        return new GitsignParts
        {
            From = from,
            Certificates = certificates,
            SignerId = id,
            SignedAttributes = attributes,
            Signature = signer.ReadOctetString(),
            Unsigned = signer.HasData ? signer.ReadEncodedValue().ToArray() : null,
        };
    }

    /// <summary>The object with the signature put together again.</summary>
    public GitObject Join()
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.2.840.113549.1.7.2");
            using (writer.PushSequence(Context0))
            using (writer.PushSequence())
            {
                writer.WriteInteger(1);
                using (writer.PushSetOf())
                {
                    Algorithm(writer, "2.16.840.1.101.3.4.2.1");
                }

                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier("1.2.840.113549.1.7.1");
                    if (Attached is not null)
                    {
                        using (writer.PushSequence(Context0))
                        {
                            writer.WriteOctetString(Attached);
                        }
                    }
                }

                writer.WriteEncodedValue(Certificates);
                using (writer.PushSetOf())
                {
                    Signer(writer);
                }
            }
        }

        return Around(From, writer.Encode());
    }

    /// <summary>An object with another signature in its header.</summary>
    public static GitObject Around(GitObject from, byte[] cms)
    {
        string armor = Encoding.ASCII.GetString(Pem.Write("SIGNED MESSAGE", cms));
        string payload = Encoding.UTF8.GetString(from.Payload.Span);
        if (from.Type == "tag")
        {
            return Read(payload + armor, "tag");
        }

        int end = payload.IndexOf("\n\n", StringComparison.Ordinal);
        string header = armor.TrimEnd('\n').Replace("\n", "\n ", StringComparison.Ordinal);
        return Read($"{payload[..end]}\ngpgsig {header}\n \n{payload[(end + 1)..]}", "commit");
    }

    public static GitObject Read(string content, string type = "commit")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        return GitObject.Read(GitObject.IdOf(40, type, bytes), type, bytes);
    }

    private void Signer(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteEncodedValue(SignerId);
            Algorithm(writer, "2.16.840.1.101.3.4.2.1");
            writer.WriteEncodedValue(SignedAttributes);
            Algorithm(writer, "1.2.840.10045.4.3.2");
            writer.WriteOctetString(Signature);
            if (Unsigned is not null)
            {
                writer.WriteEncodedValue(Unsigned);
            }
        }
    }

    private static void Algorithm(AsnWriter writer, string name)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(name);
        }
    }
}
