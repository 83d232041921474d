using System.Text.Json;
using SigstorePS.Dsse;

namespace SigstorePS.Operations;

/// <summary>
/// Keeps files from being signed that mean something else when they are: a release pipeline that is handed the bytes of
/// an envelope or of a simple-signing payload as "a file" would make a signature of somebody else's image.
/// </summary>
internal sealed class SignedByMistake
{
    private static readonly byte[][] Path = ["critical"u8.ToArray(), "image"u8.ToArray(), "docker-manifest-digest"u8.ToArray()];

    private readonly MemoryStream _head = new();
    private bool _decided;

    /// <summary>Looks at the next piece of a file; pieces come in order and are of any size.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public void Look(ReadOnlySpan<byte> piece)
    {
        if (_decided)
        {
            return;
        }

        _head.Write(piece[..(int)Math.Min(piece.Length, Limits.Payload - _head.Length)]);
        ReadOnlySpan<byte> head = _head.GetBuffer().AsSpan(0, (int)_head.Length);
        if (Envelope.IsPae(head))
        {
            throw Refused("is the pre-authentication encoding of an envelope (it begins with DSSEv1)");
        }

        // JSON is looked at when all of it is there, or as much of it as any payload may have.
        ReadOnlySpan<byte> text = head.TrimStart(" \t\r\n"u8);
        _decided = _head.Length >= "DSSEv1 ".Length && !text.IsEmpty && text[0] != (byte)'{';
        if (_head.Length == Limits.Payload)
        {
            End();
        }
    }

    /// <summary>The file ends here.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public void End()
    {
        if (!_decided && IsPayload(_head.GetBuffer().AsSpan(0, (int)_head.Length)))
        {
            throw Refused("is the payload of an image signature (critical.image.docker-manifest-digest)");
        }

        _decided = true;
        _head.SetLength(0);
    }

    /// <summary>
    /// As forgiving as any reader of payloads: names in any case, again and in any order, whatever else is there.
    /// </summary>
    private static bool IsPayload(ReadOnlySpan<byte> text)
    {
        Utf8JsonReader reader = new(text, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions
        {
            MaxDepth = 10_000,
        }));
        int matched = 0;
        try
        {
            while (reader.Read())
            {
                matched = Math.Min(matched, reader.CurrentDepth);
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == matched + 1
                    && Is(ref reader, Path[matched]) && ++matched == Path.Length)
                {
                    return true;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, and so no payload.
        }

        return false;
    }

    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => string.Equals(
        reader.GetString(), System.Text.Encoding.ASCII.GetString(name), StringComparison.OrdinalIgnoreCase);

    private static SigstoreException Refused(string what) => new(
        SigstoreErrorCode.InvalidValue,
        $"What is to be signed {what}: a signature of it is one of the image it names. Sign the image itself with "
        + "Set-ImageSignature or Set-ImageAttestation.");
}
