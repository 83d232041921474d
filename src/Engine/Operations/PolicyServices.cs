using System.Net;
using System.Security.Cryptography;
using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Keys;
using SigstorePS.Oci;
using SigstorePS.Registry;
using SigstorePS.Trust;

namespace SigstorePS.Operations;

/// <summary>What the evaluation of policies asks others for, once a command.</summary>
internal sealed record PolicyServices
{
    /// <summary>The trust root that counts where a policy names none.</summary>
    public required Func<CancellationToken, Task<TrustedRoot>> PublicTrust { get; init; }

    public required PolicyTrust NamedTrust { get; init; }

    public required KeyOperations Keys { get; init; }

    /// <summary>Password and PIN for key services; none.</summary>
    public required KeyAccess KeyAccess { get; init; }

    /// <summary>Downloads policies.</summary>
    public required HttpChannel Channel { get; init; }

    public required Func<ImageReference, RegistryAccess, IImageStore> Open { get; init; }

    /// <summary>How to reach the repositories that policies name as sources.</summary>
    public required Func<ImageReference, RegistryAccess> Access { get; init; }

    /// <summary>The variable PATH.</summary>
    public string? SearchPath { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>A policy that is somewhere else, if it is exactly the one that was meant.</summary>
    /// <exception cref="SigstoreException">PolicyUnresolved, Timeout, LimitExceeded, OfflineUnavailable.</exception>
    public async Task<byte[]> DownloadAsync(string url, string sha256, CancellationToken cancel)
    {
        HttpReply reply = await Channel.SendAsync(
            new HttpCall(HttpMethod.Get, new Uri(url)) { BodyLimit = Limits.Policy }, cancel).ConfigureAwait(false);
        if (reply.Status != HttpStatusCode.OK)
        {
            throw Unresolved($"{PlainText.Clean(reply.Uri.Authority)} answered with HTTP {(int)reply.Status}");
        }

        string actual = Convert.ToHexStringLower(SHA256.HashData(reply.Body));
        return actual == sha256 ? reply.Body : throw Unresolved(
            $"what is there has the SHA-256 {actual}, not {PlainText.Clean(sha256, 80)}");
    }

    public static SigstoreException Unresolved(string why, Exception? inner = null) =>
        new(SigstoreErrorCode.PolicyUnresolved, $"The policy names something that cannot be had: {why}.", inner);
}
