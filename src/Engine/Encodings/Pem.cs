using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Utf8Base64 = System.Buffers.Text.Base64;

namespace SigstorePS.Encodings;

/// <summary>One PEM block. <see cref="Data"/> may be a secret; whoever reads a private key zeroes it.</summary>
internal sealed record PemBlock(string Label, byte[] Data);

/// <summary>
/// PEM (RFC 7468), stricter than its "lax" grammar where laxity hides something: a BEGIN without its own END, a
/// broken line of base64 or text after the last block is an error, not skipped, so that a file cannot mean one key here
/// and another elsewhere. Tolerated because real tools write them: a UTF-8 byte order mark, CR LF, blanks at line ends,
/// and text before a block (openssl's "Bag Attributes"). Written: LF, 64 columns, a final newline.
/// </summary>
internal static class Pem
{
    private static readonly SearchValues<byte> Base64Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    /// <summary>Every block in the text, at least one.</summary>
    /// <exception cref="FormatException">No block, a broken one, or text after the last one.</exception>
    /// <exception cref="SigstoreException">LimitExceeded: more than <see cref="Limits.PemBlocks"/>.</exception>
    public static IReadOnlyList<PemBlock> Read(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("\uFEFF"u8))
        {
            text = text[3..];
        }

        List<PemBlock> blocks = [];
        bool textAfterBlock = false;
        while (!text.IsEmpty)
        {
            ReadOnlySpan<byte> line = NextLine(ref text);
            if (BoundaryLabel(line, "-----BEGIN "u8) is { } label)
            {
                if (blocks.Count == Limits.PemBlocks)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.LimitExceeded, $"The PEM text has more than {Limits.PemBlocks} blocks.");
                }

                blocks.Add(new PemBlock(label, ReadBody(ref text, label)));
                textAfterBlock = false;
            }
            else if (line.StartsWith("-----"u8))
            {
                throw new FormatException("a PEM boundary line is broken");
            }
            else
            {
                textAfterBlock |= !line.IsEmpty;
            }
        }

        return blocks.Count == 0 ? throw new FormatException("there is no PEM block")
            : textAfterBlock ? throw new FormatException("there is text after the last PEM block")
            : blocks;
    }

    /// <summary>One block as text; not for a plain private key, since the text passes through strings.</summary>
    public static byte[] Write(string label, ReadOnlySpan<byte> data) =>
        Encoding.ASCII.GetBytes(PemEncoding.WriteString(label, data) + "\n");

    private static byte[] ReadBody(ref ReadOnlySpan<byte> text, string label)
    {
        byte[] body = new byte[text.Length];
        int length = 0;
        try
        {
            while (!text.IsEmpty)
            {
                ReadOnlySpan<byte> line = NextLine(ref text);
                if (BoundaryLabel(line, "-----END "u8) is { } end)
                {
                    return end == label ? Decode(body.AsSpan(0, length))
                        : throw new FormatException($"the block {label} ends as {end}");
                }

                // RFC 1421 headers: openssl's old encryption, MD5 and one round, and nothing else uses them.
                if (line.Contains((byte)':'))
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.Unsupported,
                        "PEM headers (Proc-Type, DEK-Info) are not supported; convert the key with "
                        + "'openssl pkcs8 -topk8 -v2 aes-256-cbc'.");
                }

                if (line.ContainsAnyExcept(Base64Alphabet))
                {
                    throw new FormatException($"the block {label} is not base64");
                }

                line.CopyTo(body.AsSpan(length));
                length += line.Length;
            }

            throw new FormatException($"the block {label} has no end");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private static byte[] Decode(ReadOnlySpan<byte> base64)
    {
        byte[] buffer = new byte[Utf8Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        try
        {
            OperationStatus status = Utf8Base64.DecodeFromUtf8(base64, buffer, out int consumed, out int written);
            return status == OperationStatus.Done && consumed == base64.Length && written > 0
                ? buffer[..written]
                : throw new FormatException("a PEM block is not base64");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
        text = end < 0 ? [] : text[(end + 1)..];
        return line.TrimEnd(" \t\r"u8);
    }

    private static string? BoundaryLabel(ReadOnlySpan<byte> line, ReadOnlySpan<byte> start) =>
        line.StartsWith(start) && line.EndsWith("-----"u8) && line.Length > start.Length + 5
            && !line[start.Length..^5].ContainsAnyExceptInRange((byte)' ', (byte)'~')
            ? Encoding.ASCII.GetString(line[start.Length..^5])
            : null;
}
