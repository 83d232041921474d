namespace SigstorePS.Keys;

/// <summary>
/// Where a key is: a file path, <c>env://NAME</c>, <c>http(s)://</c>, <c>pkcs11:</c>, <c>cert:</c>, <c>awskms://</c> and so on
/// (wire facts of cosign's pkg/signature/keys.go). A scheme is two letters or more, so that <c>C:\key</c> is a path.
/// </summary>
public sealed record KeyReference
{
    private static readonly string[] Pins = ["pin-value", "pin-source"];

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

        // In a message it would be shown, and messages end up in logs.
        if (IsText(text))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference, "This is the text of a key, and not where one is.");
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

    /// <summary>Whether it is a key itself, or anything else of several lines, and not where a key is.</summary>
    public static bool IsText(string text) =>
        text.Contains("-----BEGIN ", StringComparison.Ordinal) || text.AsSpan().ContainsAny('\n', '\r');

    /// <summary>
    /// The text for people: without the parts of anything but a path that may hold a secret: user and password, query
    /// (the signature of a signed URL) and fragment. A PKCS #11 URI keeps its module, so that what is shown opens the
    /// key again; <c>pin-value</c> and <c>pin-source</c> go.
    /// </summary>
    public override string ToString()
    {
        if (Scheme == "file")
        {
            return Text;
        }

        if (Scheme == "pkcs11")
        {
            return WithoutPin();
        }

        int end = Text.AsSpan().IndexOfAny('?', '#');
        string shown = end < 0 ? Text : Text[..end];
        int host = shown.IndexOf("://", StringComparison.Ordinal) + 3;

        if (host < 3)
        {
            return shown;
        }

        int slash = shown.IndexOf('/', host);
        string authority = slash < 0 ? shown[host..] : shown[host..slash];
        int user = authority.LastIndexOf('@');
        if (user >= 0)
        {
            return shown[..host] + shown[(host + user + 1)..];
        }

        // A password may hold a slash: what stands where a port would is none then, and no URI has its end there.
        int port = authority.StartsWith('[') ? -1 : authority.IndexOf(':', StringComparison.Ordinal);
        int last = shown.LastIndexOf('@');
        return last > host && port >= 0 && authority.AsSpan(port + 1).ContainsAnyExceptInRange('0', '9')
            ? $"{shown[..host]}(hidden)@{shown[(last + 1)..]}" : shown;
    }

    /// <summary>
    /// Of the query what names the module; of the path all up to a PIN that was put there by mistake. What follows a
    /// PIN is not shown either: it may be the rest of one that has a separator in it.
    /// </summary>
    private string WithoutPin()
    {
        int question = Text.IndexOf('?', StringComparison.Ordinal);
        string path = question < 0 ? Text : Text[..question];
        int pin = Pins.Select(name => path.IndexOf(name, StringComparison.OrdinalIgnoreCase))
            .Where(static at => at >= 0).DefaultIfEmpty(path.Length).Min();
        if (pin < path.Length || HasPin(path))
        {
            return pin < path.Length ? path[..pin].TrimEnd(';') : "pkcs11:";
        }

        string[] kept = question < 0 ? [] :
        [
            .. Text[(question + 1)..].Split('&').Where(static attribute => !HasPin(attribute)
                && (attribute.StartsWith("module-path=", StringComparison.Ordinal)
                    || attribute.StartsWith("module-name=", StringComparison.Ordinal))),
        ];
        return kept.Length == 0 ? path : $"{path}?{string.Join('&', kept)}";
    }

    private static bool HasPin(string text) => Pins.Any(name =>
        Uri.UnescapeDataString(text).Contains(name, StringComparison.OrdinalIgnoreCase));
}
