using System.Buffers;
using System.Formats.Asn1;
using System.Net;
using System.Text;

namespace SigstorePS.Certificates;

/// <summary>Kinds of subject alternative names (RFC 5280 section 4.2.1.6).</summary>
internal enum AlternativeNameKind
{
    /// <summary>rfc822Name.</summary>
    Mail,

    /// <summary>uniformResourceIdentifier.</summary>
    Uri,

    /// <summary>dNSName.</summary>
    Dns,

    /// <summary>iPAddress, as text.</summary>
    Address,

    /// <summary>otherName with Fulcio's user name (fulcio docs/oid-info.md, number 7).</summary>
    UserName,

    /// <summary>Anything else; its value is the DER in hex.</summary>
    Other,
}

/// <summary>A subject alternative name: who the certificate says signed.</summary>
internal sealed record AlternativeName(AlternativeNameKind Kind, string Value)
{
    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

    private static readonly Asn1Tag[] Tags =
        [.. Enumerable.Range(0, 9).Select(static i => new Asn1Tag(TagClass.ContextSpecific, i))];

    /// <summary>
    /// Whether the value is one that its kind has. An authority that checks names kind by kind may let anything through
    /// as the kind it does not look at: a host called <c>release@acme.example</c> is nobody's address.
    /// </summary>
    public bool IsPossible => Kind switch
    {
        AlternativeNameKind.Mail => Value.IndexOf('@', StringComparison.Ordinal) is var at && at > 0
            && at < Value.Length - 1 && !Value.Contains("://", StringComparison.Ordinal),
        AlternativeNameKind.Dns => Value.AsSpan().IndexOfAny("@:/") < 0,
        AlternativeNameKind.Uri => HasScheme(Value),
        _ => true,
    };

    /// <summary>
    /// Whether a name of this kind can be what somebody who wrote this text meant. Fulcio's user names may be of any form
    /// but that of an address of a resource.
    /// </summary>
    public bool CanBeMeantBy(string text) => Kind switch
    {
        AlternativeNameKind.Uri => IsResource(text),
        AlternativeNameKind.UserName => !IsResource(text),
        AlternativeNameKind.Mail => !IsResource(text) && text.Contains('@', StringComparison.Ordinal),
        AlternativeNameKind.Address => IPAddress.TryParse(text, out _),
        AlternativeNameKind.Dns => !IsResource(text) && !text.Contains('@', StringComparison.Ordinal)
            && !IPAddress.TryParse(text, out _),
        _ => false,
    };

    /// <summary>Reads GeneralNames.</summary>
    /// <exception cref="FormatException">Broken, empty, or with control characters in a name.</exception>
    /// <exception cref="AsnContentException">Not DER.</exception>
    public static IReadOnlyList<AlternativeName> Read(ReadOnlyMemory<byte> value)
    {
        AsnReader outer = new(value, AsnEncodingRules.DER);
        AsnReader names = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        List<AlternativeName> all = [];
        while (names.HasData)
        {
            all.Add(ReadName(names));
        }

        return all.Count > 0 ? all : throw new FormatException("the subject alternative name is empty");
    }

    private static AlternativeName ReadName(AsnReader names)
    {
        Asn1Tag tag = names.PeekTag();
        if (tag.TagClass != TagClass.ContextSpecific || tag.TagValue > 8)
        {
            throw new FormatException("the subject alternative name holds no name");
        }

        switch (tag.TagValue)
        {
            case 0 when ReadUserName(names.PeekEncodedValue()) is { } user:
                names.ReadEncodedValue();
                return new AlternativeName(AlternativeNameKind.UserName, user);
            case 1:
                return new AlternativeName(AlternativeNameKind.Mail, ReadText(names, Tags[1]));
            case 2:
                return new AlternativeName(AlternativeNameKind.Dns, ReadText(names, Tags[2]));
            case 6:
                return new AlternativeName(AlternativeNameKind.Uri, ReadText(names, Tags[6]));
            case 7:
                byte[] address = names.ReadOctetString(Tags[7]);
                return address.Length is 4 or 16
                    ? new AlternativeName(AlternativeNameKind.Address, new IPAddress(address).ToString())
                    : throw new FormatException("an address is neither of version 4 nor 6");
            default:
                return new AlternativeName(
                    AlternativeNameKind.Other, Convert.ToHexStringLower(names.ReadEncodedValue().Span));
        }
    }

    private static bool IsResource(string text) => text.Contains("://", StringComparison.Ordinal)
        || (!text.Contains('@', StringComparison.Ordinal) && HasScheme(text) && !IPAddress.TryParse(text, out _));

    private static bool HasScheme(string text) => text.IndexOf(':', StringComparison.Ordinal) is var colon && colon > 0
        && char.IsAsciiLetter(text[0]) && text.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0;

    private static string? ReadUserName(ReadOnlyMemory<byte> encoded)
    {
        AsnReader other = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence(Tags[0]);
        if (other.ReadObjectIdentifier() != FulcioExtensions.OtherName)
        {
            return null;
        }

        AsnReader value = other.ReadSequence(Tags[0]);
        other.ThrowIfNotEmpty();
        string text = value.ReadCharacterString(UniversalTagNumber.UTF8String);
        value.ThrowIfNotEmpty();
        return Plain(text);
    }

    private static string ReadText(AsnReader names, Asn1Tag tag) =>
        Plain(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));

    // "alice@example.org\0.evil.test" was one name to the authority and another to whoever compared C strings.
    private static string Plain(string text) =>
        text.Length > 0 && !text.EnumerateRunes().Any(static r => Rune.IsControl(r))
            ? text : throw new FormatException("a subject alternative name is empty or has control characters");
}
