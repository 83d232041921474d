using System.Globalization;
using System.Net.Http.Headers;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using SigstorePS.Crypto;
using SigstorePS.Http;
using SigstorePS.Rfc3161;

namespace SigstorePS.Timestamp;

/// <summary>
/// Asks timestamp authorities (RFC 3161). What comes back answers the question that was asked; whether the authority is
/// trusted is for others to say.
/// </summary>
/// <param name="channel">Reaches them, with <see cref="TimestampReplies.Http"/>.</param>
/// <param name="clock">Against which an authority's clock is compared; null: the system's.</param>
internal sealed class TimestampClient(HttpChannel channel, TimeProvider? clock = null)
{
    private const string QueryType = "application/timestamp-query";
    private const string ReplyType = "application/timestamp-reply";
    private const int NonceBytes = 8;

    /// <summary>Beyond this an authority's clock is worth a warning: certificates of ten minutes hang on it.</summary>
    private static readonly TimeSpan Drift = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>A timestamp over the SHA-256 of content, with a nonce and certificates.</summary>
    /// <param name="authority">The whole address of its endpoint.</param>
    /// <param name="content">What is timestamped; of an artifact its signature.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <returns>The TimeStampResp as it was sent, DER.</returns>
    /// <exception cref="SigstoreException">
    /// TimestampUnavailable, TimestampRejected, TimestampProtocolViolation, LimitExceeded, Timeout, OfflineUnavailable.
    /// </exception>
    public Task<byte[]> RequestAsync(Uri authority, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        RequestAsync(authority, content, TimestampOptions.Default, cancel);

    /// <summary>The same, as the options say.</summary>
    /// <exception cref="SigstoreException">As the first; InvalidValue: no object identifier.</exception>
    public Task<byte[]> RequestAsync(
        Uri authority, ReadOnlyMemory<byte> content, TimestampOptions options, CancellationToken cancel) =>
        RequestAsync(
            authority, Digest.FromHash(options.Hash, CryptographicOperations.HashData(options.Hash, content.Span)),
            options, cancel);

    /// <summary>A timestamp over what has this digest.</summary>
    /// <exception cref="SigstoreException">As the first; InvalidValue: no object identifier.</exception>
    public async Task<byte[]> RequestAsync(
        Uri authority, Digest digest, TimestampOptions options, CancellationToken cancel)
    {
        byte[]? nonce = options.Nonce ? NewNonce() : null;
        byte[] query = Query(digest, options, nonce);
        HttpReply reply = await channel.SendAsync(
            new HttpCall(HttpMethod.Post, authority)
            {
                Accept = ReplyType,
                BodyLimit = Limits.TimestampToken,
                Timeout = Limits.SigningService,

                // Two answers to one question are two timestamps, of which the second is as good.
                Retry = RetryRule.Idempotent,
                ContentLength = query.Length,
                Content = () => new ByteArrayContent(query)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue(QueryType) },
                },
            },
            cancel).ConfigureAwait(false);
        byte[] answer = TimestampReplies.Demand(reply, ReplyType);
        TimestampToken token = TimestampReplies.Read(authority, answer);
        Check(authority, token, digest, options.Policy, nonce);
        Compare(authority, token.Time);
        return answer;
    }

    /// <summary>A positive integer, in the shortest form.</summary>
    private static byte[] NewNonce()
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        nonce[0] = (byte)((nonce[0] & 0x3f) | 0x40);
        return nonce;
    }

    private static byte[] Query(Digest digest, TimestampOptions options, byte[]? nonce)
    {
        try
        {
            return Rfc3161TimestampRequest.CreateFromHash(
                digest.ToBytes(), digest.HashName,
                requestedPolicyId: options.Policy is null ? null : new Oid(options.Policy),
                nonce: nonce is null ? (ReadOnlyMemory<byte>?)null : nonce,
                requestSignerCertificates: options.Certificates).Encode();
        }
        catch (CryptographicException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{options.Policy}' is no object identifier of a policy, such as 1.3.6.1.4.1.57264.2.", e);
        }
    }

    private static void Check(Uri authority, TimestampToken token, Digest digest, string? policy, byte[]? nonce)
    {
        if (!token.IsOver(digest))
        {
            throw TimestampReplies.Violation(authority, "is a timestamp over something else");
        }

        BigInteger? sent = nonce is null ? null : new BigInteger(nonce, isUnsigned: true, isBigEndian: true);
        if (token.Nonce != sent)
        {
            throw TimestampReplies.Violation(
                authority, token.Nonce is null ? "does not repeat the nonce" : "repeats a nonce that was not sent");
        }

        if (policy is not null && token.Policy != policy)
        {
            throw TimestampReplies.Violation(authority, $"is of policy {token.Policy}, not of {policy}");
        }
    }

    /// <summary>
    /// Whose clock is wrong cannot be told here. Verification compares the time with the certificate's, and would then
    /// say nothing about a clock.
    /// </summary>
    private void Compare(Uri authority, DateTimeOffset time)
    {
        TimeSpan ahead = time - _clock.GetUtcNow();
        if (ahead.Duration() > Drift)
        {
            AmbientReports.Send(EngineReport.Warning(
                $"The clock of the timestamp authority {authority.Authority} and the clock of this machine differ by "
                + string.Create(CultureInfo.InvariantCulture, $"{ahead.Duration():d\\.hh\\:mm\\:ss}: the timestamp is ")
                + (ahead > TimeSpan.Zero ? "ahead." : "behind.")));
        }
    }
}
