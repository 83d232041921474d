using System.Text.Json;

namespace SigstorePS.Encodings;

/// <summary>JSON Lines (jsonlines.org): a JSON text a line.</summary>
internal static class JsonLines
{
    /// <summary>The lines that are not blank.</summary>
    /// <exception cref="SigstoreException">LimitExceeded: over <see cref="Limits.BundleLines"/>.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> content)
    {
        List<ReadOnlyMemory<byte>> lines = [];
        foreach (Range range in content.Span.Split((byte)'\n'))
        {
            ReadOnlyMemory<byte> line = content[range];
            if (line.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
            {
                continue;
            }

            if (lines.Count == Limits.BundleLines)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded, $"There are more than {Limits.BundleLines} lines.");
            }

            lines.Add(line);
        }

        return lines;
    }

    /// <summary>
    /// Whether another text follows the first one, which may be spread over lines: such a file is no single document.
    /// False for what is no JSON at all; its reader will say so.
    /// </summary>
    public static bool AreIn(ReadOnlySpan<byte> content)
    {
        Utf8JsonReader reader = new(
            content, new JsonReaderOptions { MaxDepth = Limits.JsonDepth, AllowMultipleValues = true });
        try
        {
            if (!reader.Read() || !reader.TrySkip())
            {
                return false;
            }

            return content[(int)reader.BytesConsumed..].IndexOfAnyExcept(" \t\r\n"u8) >= 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
