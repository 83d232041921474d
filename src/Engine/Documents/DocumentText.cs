using System.Text;

namespace SigstorePS.Documents;

/// <summary>The text of a document, with what it takes to write it again to the byte.</summary>
/// <param name="Name">The file, for messages; null for text of the pipeline.</param>
/// <param name="Text">Without a byte order mark.</param>
/// <param name="Encoding">What it was written in.</param>
/// <param name="HasMark">Whether a byte order mark stood before it.</param>
internal sealed record DocumentText(string? Name, string Text, Encoding Encoding, bool HasMark)
{
    private static readonly (byte[] Mark, Encoding Encoding)[] Marks =
    [
        ([0xEF, 0xBB, 0xBF], new UTF8Encoding(false, true)),
        ([0xFF, 0xFE], new UnicodeEncoding(false, false, true)),
        ([0xFE, 0xFF], new UnicodeEncoding(true, false, true)),
    ];

    /// <summary>Reads UTF-8, or what a byte order mark says: PowerShell of old wrote UTF-16.</summary>
    /// <exception cref="SigstoreException">MalformedDocument, LimitExceeded.</exception>
    public static DocumentText Read(byte[] content, string? name)
    {
        if (content.Length > Limits.Document)
        {
            throw TooLong(name);
        }

        (byte[] mark, Encoding encoding) = Marks.FirstOrDefault(
            m => content.AsSpan().StartsWith(m.Mark), ([], Marks[0].Encoding));
        try
        {
            return Of(encoding.GetString(content, mark.Length, content.Length - mark.Length), name)
                with { Encoding = encoding, HasMark = mark.Length > 0 };
        }
        catch (DecoderFallbackException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedDocument, $"{Shown(name)} is not text in UTF-8.", e);
        }
    }

    /// <summary>Text that was read already.</summary>
    /// <exception cref="SigstoreException">MalformedDocument: it holds a NUL; LimitExceeded.</exception>
    public static DocumentText Of(string text, string? name)
    {
        if (text.Length > Limits.Document)
        {
            throw TooLong(name);
        }

        // Readers written in C see the end of the text there, so two of them would see two documents.
        return text.Contains('\0', StringComparison.Ordinal)
            ? throw new SigstoreException(
                SigstoreErrorCode.MalformedDocument, $"{Shown(name)} contains a NUL character: it is not text in UTF-8.")
            : new DocumentText(name, text, Marks[0].Encoding, false);
    }

    /// <summary>The bytes of a changed text.</summary>
    public byte[] Encode(string changed)
    {
        byte[] mark = HasMark ? Marks.First(m => m.Encoding.Equals(Encoding)).Mark : [];
        return [.. mark, .. Encoding.GetBytes(changed)];
    }

    public static string Shown(string? name) => name is null ? "The text" : $"'{name}'";

    private static SigstoreException TooLong(string? name) => new(
        SigstoreErrorCode.LimitExceeded, $"{Shown(name)} is longer than {Limits.Document} bytes.");
}
