using System.Buffers.Binary;
using System.Text;

namespace SigstorePS.Oidc;

/// <summary>
/// The two messages of FetchJWTSVID (workloadapi.proto) in gRPC's frame: a byte that is 0 for "not compressed", four of
/// length, then protobuf, of which length-delimited fields are all that is needed here.
/// </summary>
internal static class SpiffeMessages
{
    private const int Frame = 5;

    /// <summary>JWTSVIDRequest { repeated string audience = 1; string spiffe_id = 2; } in its frame.</summary>
    public static byte[] Request(string audience)
    {
        byte[] text = Encoding.UTF8.GetBytes(audience);
        List<byte> message = [0x0a];
        uint length = (uint)text.Length;
        for (; length >= 0x80; length >>= 7)
        {
            message.Add((byte)((length & 0x7f) | 0x80));
        }

        message.Add((byte)length);
        message.AddRange(text);
        byte[] framed = new byte[Frame + message.Count];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Count);
        message.CopyTo(framed, Frame);
        return framed;
    }

    /// <summary>The first token of JWTSVIDResponse { repeated JWTSVID svids = 1; }, its field svid = 2.</summary>
    /// <exception cref="SigstoreException">OidcProtocolViolation.</exception>
    public static string Token(byte[] body)
    {
        ReadOnlySpan<byte> message = body.Length >= Frame && body[0] == 0
            && BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1)) == (uint)(body.Length - Frame)
                ? body.AsSpan(Frame)
                : throw Bad();
        ReadOnlySpan<byte> svid = First(message, 1);
        ReadOnlySpan<byte> token = First(svid, 2);
        return token.IsEmpty ? throw Bad() : Encoding.UTF8.GetString(token);
    }

    /// <summary>Content of the first field of that number; empty when there is none.</summary>
    private static ReadOnlySpan<byte> First(ReadOnlySpan<byte> message, ulong number)
    {
        while (!message.IsEmpty)
        {
            ulong tag = Varint(ref message);
            switch (tag & 7)
            {
                case 0:
                    _ = Varint(ref message);
                    break;
                case 1:
                    _ = Take(ref message, 8);
                    break;
                case 2:
                    ulong length = Varint(ref message);
                    ReadOnlySpan<byte> content = Take(ref message, length);
                    if (tag >> 3 == number)
                    {
                        return content;
                    }

                    break;
                case 5:
                    _ = Take(ref message, 4);
                    break;
                default:
                    throw Bad();
            }
        }

        return [];
    }

    private static ulong Varint(scoped ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(ref message, 1)[0];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Bad();
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> message, ulong length)
    {
        if (length > (ulong)message.Length)
        {
            throw Bad();
        }

        ReadOnlySpan<byte> taken = message[..(int)length];
        message = message[(int)length..];
        return taken;
    }

    private static SigstoreException Bad() => new(
        SigstoreErrorCode.OidcProtocolViolation, "The answer of the SPIFFE agent cannot be read.");
}
