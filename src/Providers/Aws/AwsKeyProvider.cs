using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using SigstorePS.Crypto;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Aws;

/// <summary>Keys of AWS KMS.</summary>
internal sealed class AwsKeyProvider(KeySurroundings surroundings) : IKeyProvider
{
    // A key that was made a moment ago may not be known everywhere (AWS KMS developer guide, "Eventual consistency").
    private const int Looks = 5;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private readonly AwsConnection _connection = new(surroundings);

    /// <inheritdoc/>
    public string Scheme => "awskms";

    /// <inheritdoc/>
    public bool NeedsNetwork => true;

    /// <inheritdoc/>
    public async Task<ISigner> OpenAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        AwsKey key = await OpenKeyAsync(AwsKeyReference.Parse(reference), cancel).ConfigureAwait(false);
        return RemoteSigner.Of(key, access.Algorithm, surroundings.Clock);
    }

    /// <inheritdoc/>
    public async Task<PublicKey> ReadPublicKeyAsync(KeyReference reference, KeyAccess access, CancellationToken cancel)
    {
        using AwsKey key = await OpenKeyAsync(AwsKeyReference.Parse(reference), cancel).ConfigureAwait(false);
        return key.PublicKey;
    }

    /// <inheritdoc/>
    public async Task<CreatedKey> CreateAsync(
        KeyReference reference, SigningAlgorithm algorithm, KeyAccess access, bool replace, CancellationToken cancel)
    {
        AwsKeyReference aws = AwsKeyReference.Parse(reference);
        if (aws.Alias is not { } alias || alias.StartsWith("alias/aws/", StringComparison.Ordinal))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference,
                "AWS chooses the id of a new key; give it a name: awskms:///alias/NAME. Names that begin with aws/ are its own.");
        }

        KeySpec spec = AwsAlgorithms.SpecOf(algorithm) ?? throw new SigstoreException(
            SigstoreErrorCode.Unsupported, $"AWS KMS makes no key that signs with {algorithm}.");
        using AwsService service = await _connection.OpenAsync(aws, repeat: false, cancel).ConfigureAwait(false);
        await RequireFreeAsync(service, aws.KeyId, cancel).ConfigureAwait(false);
        CreateKeyResponse made = await service.CreateKeyAsync(
            new CreateKeyRequest
            {
                KeySpec = spec,
                KeyUsage = KeyUsageType.SIGN_VERIFY,
                Description = "Signing key made by SigstorePS",
            },
            cancel).ConfigureAwait(false);
        string id = made.KeyMetadata?.KeyId is { Length: > 0 and < 200 } given
            ? given : throw KeyServiceReplies.Violation(service.Name, "does not name the key that was made");
        PublicKey? key = null;
        try
        {
            key = await LookAsync(service, id, cancel).ConfigureAwait(false);
            await service.CreateAliasAsync(alias, id, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SigstoreException or OperationCanceledException)
        {
            AliasState state = key is null
                ? AliasState.Absent : await StateAsync(service, aws.KeyId, id, e).ConfigureAwait(false);
            string fate = state switch
            {
                AliasState.Stands => $"The key {Shown(id)} was made and is {alias}.",
                AliasState.Unknown => $"Whether {alias} stands for the key {Shown(id)} that was made is not known; look, and "
                    + "delete the key if it does not.",
                _ => await DiscardAsync(service, id).ConfigureAwait(false),
            };
            if (e is not SigstoreException known)
            {
                throw new OperationCanceledException(fate, e, cancel);
            }

            if (state is not AliasState.Stands)
            {
                throw new SigstoreException(known.Code, $"{known.Message} {fate}", known);
            }
        }

        AmbientReports.Send(EngineReport.Verbose($"{service.Name} made the key {Shown(id)} for {alias}."));
        return new CreatedKey(reference.ToString(), key!);
    }

    /// <summary>
    /// Whether the alias stands for the new key although CreateAlias failed: an answer gets lost, or a request that was
    /// carried out is repeated on its way. A key that signs under its alias must not be deleted.
    /// </summary>
    private async Task<AliasState> StateAsync(AwsService service, string keyId, string id, Exception failure)
    {
        // Of a clear no there is nothing to wait for.
        bool open = failure is OperationCanceledException or SigstoreException
        {
            Code: SigstoreErrorCode.KeyServiceUnavailable or SigstoreErrorCode.Timeout
                or SigstoreErrorCode.KeyServiceProtocolViolation or SigstoreErrorCode.KeyExists,
        };
        for (int look = 1; ; look++)
        {
            try
            {
                DescribeKeyResponse found = await service
                    .DescribeKeyAsync(keyId, CancellationToken.None).ConfigureAwait(false);
                return found.KeyMetadata?.KeyId == id ? AliasState.Stands : AliasState.Absent;
            }
            catch (SigstoreException e) when (e.Code is SigstoreErrorCode.KeyNotFound)
            {
                if (!open || look == Looks)
                {
                    return AliasState.Absent;
                }
            }
            catch (SigstoreException)
            {
                if (!open || look == Looks)
                {
                    return open ? AliasState.Unknown : AliasState.Absent;
                }
            }

            await Task.Delay(BetweenLooks, surroundings.Clock, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<AwsKey> OpenKeyAsync(AwsKeyReference aws, CancellationToken cancel) => await AwsKey.OpenAsync(
        await _connection.OpenAsync(aws, repeat: true, cancel).ConfigureAwait(false), aws.KeyId, cancel)
        .ConfigureAwait(false);

    private static async Task RequireFreeAsync(AwsService service, string keyId, CancellationToken cancel)
    {
        try
        {
            await service.DescribeKeyAsync(keyId, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.KeyNotFound)
        {
            return;
        }

        throw new SigstoreException(SigstoreErrorCode.KeyExists, "The alias stands for a key already.");
    }

    private async Task<PublicKey> LookAsync(AwsService service, string id, CancellationToken cancel)
    {
        for (int look = 1; ; look++)
        {
            try
            {
                return AwsKey.Read(await service.GetPublicKeyAsync(id, cancel).ConfigureAwait(false), service.Name);
            }
            catch (SigstoreException e) when (look < Looks
                && e.Code is SigstoreErrorCode.KeyNotFound or SigstoreErrorCode.KeyServiceRejected)
            {
                await Task.Delay(BetweenLooks, surroundings.Clock, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A key without a name is a key that somebody pays for and nobody finds.</summary>
    private static async Task<string> DiscardAsync(AwsService service, string id)
    {
        try
        {
            await service.ScheduleDeletionAsync(id, CancellationToken.None).ConfigureAwait(false);
            return $"The key {Shown(id)} that was made has no name; it will be deleted in 7 days.";
        }
        catch (SigstoreException e)
        {
            return $"The key {Shown(id)} that was made has no name and could not be deleted ({e.Code}); delete it.";
        }
    }

    private static string Shown(string id) => Encodings.PlainText.Clean(id);

    private enum AliasState
    {
        /// <summary>For no key, or another one.</summary>
        Absent,
        Stands,
        Unknown,
    }
}
