namespace SigstorePS.Keys;

/// <summary>
/// Where a key is: a file path, <c>env://NAME</c>, <c>http(s)://</c>, <c>pkcs11:</c>, <c>cert:</c>, <c>awskms://</c> and so on
/// (wire facts of cosign's pkg/signature/keys.go). A scheme is two letters or more, so that <c>C:\key</c> is a path.
/// </summary>
public sealed record KeyReference
{
    private KeyReference(string text, string scheme)
    {
        Text = text;
        Scheme = scheme;
    }

    /// <summary>The reference as the user wrote it; a full path for a file.</summary>
    public string Text { get; }

    /// <summary>Lower-case scheme; <c>file</c> for a path.</summary>
    public string Scheme { get; }

    /// <summary>Reads a reference.</summary>
    /// <exception cref="SigstoreException">InvalidKeyReference: the text is blank.</exception>
    public static KeyReference Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new SigstoreException(SigstoreErrorCode.InvalidKeyReference, "A key reference cannot be blank.");
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string scheme = colon >= 2 ? text[..colon] : string.Empty;
        bool named = scheme.Length > 0 && char.IsAsciiLetter(scheme[0])
            && scheme.All(static c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.')
            && (text.AsSpan(colon).StartsWith("://", StringComparison.Ordinal)
                || string.Equals(scheme, "pkcs11", StringComparison.OrdinalIgnoreCase)
                || string.Equals(scheme, "cert", StringComparison.OrdinalIgnoreCase));
        return new KeyReference(text, named ? scheme.ToLowerInvariant() : "file");
    }

    /// <summary>
    /// The text for people: without the parts of anything but a path that may hold a secret: user and password, query
    /// (a PKCS #11 <c>pin-value</c>, the signature of a signed URL) and fragment.
    /// </summary>
    public override string ToString()
    {
        if (Scheme == "file")
        {
            return Text;
        }

        int end = Text.AsSpan().IndexOfAny('?', '#');
        string shown = end < 0 ? Text : Text[..end];
        int host = shown.IndexOf("://", StringComparison.Ordinal) + 3;
        int slash = host < 3 ? -1 : shown.IndexOf('/', host);
        int user = host < 3 ? -1 : shown.AsSpan(host, (slash < 0 ? shown.Length : slash) - host).LastIndexOf('@');
        return user < 0 ? shown : shown[..host] + shown[(host + user + 1)..];
    }
}
