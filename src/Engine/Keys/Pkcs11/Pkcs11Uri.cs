using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>
/// A PKCS #11 URI (RFC 7512): which token, which key, which module, and where the PIN is. Every attribute of the path
/// narrows what fits, so one that is not known is refused; of the query only what is known counts.
/// </summary>
internal sealed class Pkcs11Uri : IDisposable
{
    private const string Prefix = "pkcs11:";

    /// <summary>RFC 7512 section 2.3, unreserved and pk11-res-avail: what needs no percent sign.</summary>
    private const string Plain = "-._~:[]@!$'()*+,=";

    private static readonly string[] PathNames =
    [
        "token", "manufacturer", "serial", "model", "library-manufacturer", "library-version", "library-description",
        "object", "type", "id", "slot-manufacturer", "slot-description", "slot-id",
    ];

    private readonly Dictionary<string, byte[]> _path = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _query = new(StringComparer.Ordinal);

    private Pkcs11Uri()
    {
    }

    public string? Token => Text(_path, "token");

    public string? Manufacturer => Text(_path, "manufacturer");

    public string? Serial => Text(_path, "serial");

    public string? Model => Text(_path, "model");

    public string? SlotManufacturer => Text(_path, "slot-manufacturer");

    public string? SlotDescription => Text(_path, "slot-description");

    public ulong? SlotId { get; private init; }

    /// <summary>CKA_ID.</summary>
    public byte[]? Id => _path.GetValueOrDefault("id");

    /// <summary>CKA_LABEL.</summary>
    public byte[]? Label => _path.GetValueOrDefault("object");

    /// <summary><c>private</c>, <c>public</c>, <c>cert</c>; null: not said.</summary>
    public string? Type => Text(_path, "type");

    /// <summary>Full path of the module; null: not said.</summary>
    public string? ModulePath => Text(_query, "module-path");

    /// <summary>File name of the module, such as <c>softhsm2</c> for libsofthsm2.so.</summary>
    public string? ModuleName => Text(_query, "module-name");

    /// <summary>The PIN itself; its holder does not outlive the opening of the key.</summary>
    public byte[]? PinValue { get; private set; }

    /// <summary>Where the PIN is: a path or a file: URI.</summary>
    public string? PinSource => Text(_query, "pin-source");

    /// <summary>Reads a URI that names a key: a token or slot, and an id or label, as cosign demands.</summary>
    /// <exception cref="SigstoreException">InvalidKeyReference. No message has a part of the query.</exception>
    public static Pkcs11Uri Parse(string text)
    {
        Pkcs11Uri uri = Read(text);
        if (uri.Token is null && uri.SlotId is null)
        {
            throw Invalid("it names no token: token=LABEL or slot-id=NUMBER is needed");
        }

        if (uri.Id is not { Length: > 0 } && uri.Label is not { Length: > 0 })
        {
            throw Invalid("it names no key: object=LABEL or id=%01 is needed");
        }

        if (uri.Type is not (null or "private" or "public" or "cert"))
        {
            throw Invalid("type is private, public or cert where a key is meant");
        }

        if (uri.ModulePath is { } path && !Path.IsPathFullyQualified(path))
        {
            throw Invalid("module-path must be a full path");
        }

        return uri;
    }

    /// <summary>The URI of a token.</summary>
    /// <param name="label">Empty: named by its slot.</param>
    /// <param name="slot">Number of the slot.</param>
    /// <param name="serial">Given when the label alone is not unique; null otherwise.</param>
    /// <param name="module">Full path of the module.</param>
    public static string OfToken(string label, ulong slot, string? serial, string module) =>
        $"{Prefix}{TokenPart(label, slot, serial)}?module-path={Encode(module, query: true)}";

    /// <summary>The URI of a key; an empty label or id is left out.</summary>
    public static string OfKey(
        string token, ulong slot, string? serial, ReadOnlySpan<byte> label, ReadOnlySpan<byte> id, string module)
    {
        StringBuilder text = new(Prefix + TokenPart(token, slot, serial));
        if (!label.IsEmpty)
        {
            text.Append(";object=").Append(Encode(label, query: false));
        }

        if (!id.IsEmpty)
        {
            text.Append(";id=");
            foreach (byte b in id)
            {
                text.Append(CultureInfo.InvariantCulture, $"%{b:x2}");
            }
        }

        return text.Append("?module-path=").Append(Encode(module, query: true)).ToString();
    }

    /// <summary>Zeroes the PIN; all else stays.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(PinValue);
        PinValue = null;
    }

    private static string TokenPart(string label, ulong slot, string? serial) =>
        (label.Length > 0 ? $"token={Encode(label, query: false)}"
            : string.Create(CultureInfo.InvariantCulture, $"slot-id={slot}"))
        + (serial is { Length: > 0 } ? $";serial={Encode(serial, query: false)}" : string.Empty);

    private static Pkcs11Uri Read(string text)
    {
        if (text.Length > Limits.Pkcs11Uri)
        {
            throw Invalid($"it is longer than {Limits.Pkcs11Uri} characters");
        }

        string rest = text[Prefix.Length..];
        int question = rest.IndexOf('?', StringComparison.Ordinal);
        Dictionary<string, byte[]> path = Attributes(question < 0 ? rest : rest[..question], ';', PathNames);
        Pkcs11Uri uri = new()
        {
            SlotId = Text(path, "slot-id") is { } number ? Number(number) : null,
        };
        foreach ((string name, byte[] value) in path)
        {
            uri._path.Add(name, value);
        }

        foreach ((string name, byte[] value) in question < 0 ? [] : Attributes(rest[(question + 1)..], '&', null))
        {
            if (name == "pin-value")
            {
                uri.PinValue = value;
            }
            else
            {
                uri._query.Add(name, value);
            }
        }

        return uri;
    }

    /// <param name="text">One component.</param>
    /// <param name="separator">Between its attributes.</param>
    /// <param name="known">Those there may be; null: any, and those of vendors may come twice (section 2.3).</param>
    private static Dictionary<string, byte[]> Attributes(string text, char separator, string[]? known)
    {
        Dictionary<string, byte[]> attributes = new(StringComparer.Ordinal);
        foreach (string attribute in text.Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = attribute.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? string.Empty : attribute[..equals];
            if (known is not null && !known.Contains(name))
            {
                // "pin-value" before the question mark would otherwise be passed over, or shown.
                throw Invalid(known.Any(k => k.Equals(name, StringComparison.OrdinalIgnoreCase))
                    ? "names of attributes are lower case"
                    : "its path has an attribute that RFC 7512 does not know; module-path comes after a '?'");
            }

            bool own = known is not null || name is "module-path" or "module-name" or "pin-value" or "pin-source";
            if (own && !attributes.TryAdd(name, Decode(attribute[(equals + 1)..])))
            {
                throw Invalid($"{name} is there twice");
            }
        }

        return attributes;
    }

    private static byte[] Decode(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        byte[] decoded = GC.AllocateUninitializedArray<byte>(utf8.Length, pinned: true);
        int length = 0;
        for (int i = 0; i < utf8.Length; i++)
        {
            if (utf8[i] != '%')
            {
                decoded[length++] = utf8[i];
                continue;
            }

            if (i + 2 >= utf8.Length || !char.IsAsciiHexDigit((char)utf8[i + 1])
                || !char.IsAsciiHexDigit((char)utf8[i + 2]))
            {
                throw Invalid("a percent sign is not followed by two hex digits");
            }

            decoded[length++] = byte.Parse(
                utf8.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            i += 2;
        }

        byte[] value = decoded[..length];
        Array.Clear(utf8);
        Array.Clear(decoded);
        return value;
    }

    private static string Encode(string text, bool query) => Encode(Encoding.UTF8.GetBytes(text), query);

    private static string Encode(ReadOnlySpan<byte> bytes, bool query)
    {
        StringBuilder text = new();
        foreach (byte b in bytes)
        {
            char c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal) || (query && c == '/'))
            {
                text.Append(c);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }

        return text.ToString();
    }

    private static string? Text(Dictionary<string, byte[]> from, string name)
    {
        if (!from.TryGetValue(name, out byte[]? bytes))
        {
            return null;
        }

        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            return text.Contains('\0', StringComparison.Ordinal) ? throw Invalid($"{name} has a NUL character") : text;
        }
        catch (DecoderFallbackException)
        {
            throw Invalid($"{name} is not UTF-8");
        }
    }

    private static ulong Number(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? number : throw Invalid("slot-id is not a number");

    private static SigstoreException Invalid(string why) =>
        new(SigstoreErrorCode.InvalidKeyReference, $"This is not a PKCS #11 URI that names a key (RFC 7512): {why}.");
}
