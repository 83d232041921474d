using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Rfc3161;

namespace SigstorePS.Timestamp;

/// <summary>Answers of timestamp authorities: the token, or the failure they stand for.</summary>
internal static class TimestampReplies
{
    private const int ShownText = 300;
    private const int Granted = 0;
    private const int GrantedWithMods = 1;
    private const int LastFailureBit = 25;

    public static readonly HttpErrors Http =
        new(SigstoreErrorCode.TimestampUnavailable, SigstoreErrorCode.TimestampProtocolViolation);

    /// <summary>The body of an answer that is one.</summary>
    /// <exception cref="SigstoreException">
    /// TimestampUnavailable, TimestampRejected, TimestampProtocolViolation.
    /// </exception>
    public static byte[] Demand(HttpReply reply, string mediaType)
    {
        int status = (int)reply.Status;
        if (status is not (200 or 201))
        {
            throw Failure(reply, status);
        }

        // A page of a proxy or of a log-in comes with 200 as well.
        return string.Equals(reply.ContentType, mediaType, StringComparison.OrdinalIgnoreCase)
            ? reply.Body
            : throw Violation(
                reply.Uri, $"is of type '{PlainText.Clean(reply.ContentType ?? "", 100)}', not {mediaType}");
    }

    /// <summary>The token in a TimeStampResp.</summary>
    /// <param name="authority">For messages.</param>
    /// <param name="answer">DER.</param>
    /// <exception cref="SigstoreException">TimestampRejected, TimestampProtocolViolation.</exception>
    public static TimestampToken Read(Uri authority, byte[] answer)
    {
        try
        {
            AsnReader outer = new(answer, AsnEncodingRules.DER);
            AsnReader response = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            AsnReader info = response.ReadSequence();
            BigInteger status = info.ReadInteger();
            if (status != Granted && status != GrantedWithMods)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.TimestampRejected,
                    $"The timestamp authority {authority.Authority} refused: {StatusName(status)}{Reasons(info)}.");
            }

            return TimestampToken.Read(answer);
        }
        catch (AsnContentException e)
        {
            throw Violation(authority, "is no TimeStampResp", e);
        }
        catch (SigstoreException e) when (e.Code != SigstoreErrorCode.TimestampRejected)
        {
            throw Violation(authority, $"cannot be used: {e.Message.TrimEnd('.')}", e);
        }
    }

    public static SigstoreException Violation(Uri authority, string what, Exception? inner = null) => new(
        SigstoreErrorCode.TimestampProtocolViolation,
        $"The answer of the timestamp authority {authority.Authority} {what}.", inner);

    private static SigstoreException Failure(HttpReply reply, int status)
    {
        string authority = reply.Uri.Authority;
        string said = Message(reply.Body);

        // Too busy is no refusal: whoever asks again later gets an answer.
        return status switch
        {
            408 or 429 or >= 500 => new SigstoreException(
                SigstoreErrorCode.TimestampUnavailable,
                $"The timestamp authority {authority} failed: HTTP {status}{said}. Try again later."),
            >= 400 => new SigstoreException(
                SigstoreErrorCode.TimestampRejected,
                $"The timestamp authority {authority} refused the request: HTTP {status}{said}."),
            _ => Violation(reply.Uri, $"has the HTTP status {status}, which its protocol does not have"),
        };
    }

    private static string StatusName(BigInteger status) => status.IsOne || status > 5 || status.Sign < 0
        ? string.Create(CultureInfo.InvariantCulture, $"status {status}")
        : (int)status switch
        {
            2 => "rejection",
            3 => "waiting",
            4 => "revocation warning",
            _ => "revocation notification",
        };

    /// <summary>What a PKIStatusInfo says besides its status (RFC 3161 section 2.4.2).</summary>
    private static string Reasons(AsnReader info)
    {
        List<string> reasons = [];
        if (info.HasData && info.PeekTag() == Asn1Tag.Sequence)
        {
            AsnReader texts = info.ReadSequence();
            while (texts.HasData)
            {
                reasons.Add(PlainText.Clean(texts.ReadCharacterString(UniversalTagNumber.UTF8String), ShownText));
            }
        }

        if (info.HasData && info.PeekTag() == Asn1Tag.PrimitiveBitString)
        {
            byte[] bits = info.ReadBitString(out _);
            for (int bit = 0; bit <= LastFailureBit && bit / 8 < bits.Length; bit++)
            {
                if ((bits[bit / 8] & (0x80 >> (bit % 8))) != 0)
                {
                    reasons.Add(FailureName(bit));
                }
            }
        }

        return reasons.Count == 0 ? string.Empty
            : $" ({PlainText.Clean(string.Join(", ", reasons), ShownText).TrimEnd('.')})";
    }

    private static string FailureName(int bit) => bit switch
    {
        0 => "badAlg",
        2 => "badRequest",
        5 => "badDataFormat",
        14 => "timeNotAvailable",
        15 => "unacceptedPolicy",
        16 => "unacceptedExtension",
        17 => "addInfoNotAvailable",
        LastFailureBit => "systemFailure",
        _ => string.Create(CultureInfo.InvariantCulture, $"failure {bit}"),
    };

    /// <summary>
    /// sigstore's authority says <c>{"code":…,"message":"…"}</c>; others what they like, which is left out.
    /// </summary>
    private static string Message(byte[] body)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            string? text = StrictJson.OptionalString(document.RootElement, "message");
            return string.IsNullOrWhiteSpace(text)
                ? string.Empty : $" ({PlainText.Clean(text, ShownText).TrimEnd('.')})";
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return string.Empty;
        }
    }
}
