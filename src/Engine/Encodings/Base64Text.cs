namespace SigstorePS.Encodings;

/// <summary>
/// Base64 as proto3 JSON asks readers to take it: standard or URL-safe alphabet, padded or not (RFC 4648 sections 4
/// and 5). Blanks, line breaks and stray bits at the end are refused: they would give one value many spellings.
/// </summary>
internal static class Base64Text
{
    /// <exception cref="FormatException">The text is not base64.</exception>
    public static byte[] Decode(string text)
    {
        string body = text.TrimEnd('=');
        int padding = text.Length - body.Length;
        if (padding > 2 || (padding > 0 && text.Length % 4 != 0) || body.Length % 4 == 1
            || body.AsSpan().ContainsAny('+', '/') && body.AsSpan().ContainsAny('-', '_'))
        {
            throw new FormatException("not base64");
        }

        string standard = body.Replace('-', '+').Replace('_', '/').PadRight((body.Length + 3) / 4 * 4, '=');
        byte[] buffer = new byte[standard.Length / 4 * 3];
        if (standard.AsSpan().ContainsAny(" \t\r\n") || !Convert.TryFromBase64String(standard, buffer, out int written)
            || Convert.ToBase64String(buffer, 0, written) != standard)
        {
            throw new FormatException("not base64");
        }

        return buffer.AsSpan(0, written).ToArray();
    }
}
