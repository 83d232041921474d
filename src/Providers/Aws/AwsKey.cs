using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Aws;

/// <summary>
/// A key of AWS KMS that is open: its public half and what it signs with were asked for once (API reference,
/// GetPublicKey), so that kms:GetPublicKey and kms:Sign are all the rights it takes.
/// </summary>
internal sealed class AwsKey : IRemoteKey
{
    // API reference, Sign: Message.
    private const int LargestMessage = 4096;

    private readonly AwsService _service;
    private readonly string _keyId;
    private readonly IReadOnlyCollection<string> _offered;

    private AwsKey(AwsService service, string keyId, PublicKey publicKey, IReadOnlyCollection<string> offered)
    {
        _service = service;
        _keyId = keyId;
        PublicKey = publicKey;
        _offered = offered;
    }

    /// <inheritdoc/>
    public SigningAlgorithm Algorithm => PublicKey.Algorithm;

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <summary>Takes the service over, also when there is no key.</summary>
    /// <exception cref="SigstoreException">KeyService…, KeyAccessDenied, KeyNotFound, Unsupported.</exception>
    public static async Task<AwsKey> OpenAsync(AwsService service, string keyId, CancellationToken cancel)
    {
        try
        {
            GetPublicKeyResponse answer = await service.GetPublicKeyAsync(keyId, cancel).ConfigureAwait(false);

            // Requests go on naming what the user named: rights may hang on the alias (condition kms:RequestAlias).
            return new AwsKey(service, keyId, Read(answer, service.Name), answer.SigningAlgorithms ?? []);
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    /// <summary>The public key of an answer.</summary>
    /// <exception cref="SigstoreException">Unsupported, KeyServiceProtocolViolation.</exception>
    public static PublicKey Read(GetPublicKeyResponse answer, string service)
    {
        if (answer.KeyUsage is { } usage && usage != KeyUsageType.SIGN_VERIFY)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported, $"The key is for {Shown(usage)}, not for signatures (SIGN_VERIFY).");
        }

        if (answer.KeySpec is { } spec && (spec == KeySpec.ECC_SECG_P256K1 || spec == KeySpec.SM2
            || spec.Value.StartsWith("ML_DSA", StringComparison.Ordinal)))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"Keys of the kind {Shown(spec)} are not supported; use ECC_NIST_P256, _P384, _P521, ECC_NIST_EDWARDS25519 or "
                + "RSA_2048, _3072, _4096.");
        }

        try
        {
            return answer.PublicKey is { } spki ? PublicKey.FromSpki(spki.ToArray())
                : throw KeyServiceReplies.Violation(service, "holds no public key");
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.MalformedKey)
        {
            throw KeyServiceReplies.Violation(service, "holds a public key that cannot be read", e);
        }
    }

    /// <inheritdoc/>
    public bool SignsDigest(SigningAlgorithm algorithm) =>
        algorithm.Scheme != SignatureScheme.Ed25519 && IsOffered(algorithm);

    /// <inheritdoc/>
    public bool SignsMessage(SigningAlgorithm algorithm) =>
        algorithm.Scheme == SignatureScheme.Ed25519 && IsOffered(algorithm);

    /// <inheritdoc/>
    public Task<byte[]> SignDigestAsync(
        ReadOnlyMemory<byte> digest, SigningAlgorithm algorithm, CancellationToken cancel) =>
        SignAsync(digest, MessageType.DIGEST, algorithm, cancel);

    /// <inheritdoc/>
    public Task<byte[]> SignMessageAsync(
        ReadOnlyMemory<byte> message, SigningAlgorithm algorithm, CancellationToken cancel) =>
        message.Length <= LargestMessage
            ? SignAsync(message, MessageType.RAW, algorithm, cancel)
            : throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"AWS KMS signs at most {LargestMessage} bytes with {algorithm}, these are {message.Length}; {SigningAlgorithm.Ed25519Prehash} "
                + "or a key of another kind signs any length.");

    /// <inheritdoc/>
    public void Dispose() => _service.Dispose();

    private async Task<byte[]> SignAsync(
        ReadOnlyMemory<byte> content, MessageType type, SigningAlgorithm algorithm, CancellationToken cancel)
    {
        using MemoryStream message = new(content.ToArray(), writable: false);
        SignResponse answer = await _service.SignAsync(
            new SignRequest
            {
                KeyId = _keyId,
                Message = message,
                MessageType = type,
                SigningAlgorithm = AwsAlgorithms.NameOf(algorithm),
            },
            cancel).ConfigureAwait(false);
        return answer.Signature?.ToArray() ?? throw KeyServiceReplies.Violation(_service.Name, "holds no signature");
    }

    private bool IsOffered(SigningAlgorithm algorithm) =>
        AwsAlgorithms.Fits(PublicKey, algorithm) && AwsAlgorithms.NameOf(algorithm) is { } name
        && _offered.Contains(name.Value, StringComparer.Ordinal);

    private static string Shown(Amazon.Runtime.ConstantClass constant) =>
        Encodings.PlainText.Clean(constant.Value, limit: 50);
}
