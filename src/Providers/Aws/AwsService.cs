using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;

namespace SigstorePS.Providers.Aws;

/// <summary>KMS at one place, its failures as ours.</summary>
/// <param name="client">The SDK's.</param>
/// <param name="name">Whom messages name.</param>
/// <param name="time">How long one request may take.</param>
/// <param name="attempts">How often the SDK makes one.</param>
internal sealed class AwsService(AmazonKeyManagementServiceClient client, string name, TimeSpan time, int attempts)
    : IDisposable
{
    // The SDK's waits between attempts, and its search for credentials.
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(30);

    public string Name => name;

    public Task<GetPublicKeyResponse> GetPublicKeyAsync(string keyId, CancellationToken cancel) =>
        AskAsync(c => client.GetPublicKeyAsync(new GetPublicKeyRequest { KeyId = keyId }, c), cancel);

    public Task<DescribeKeyResponse> DescribeKeyAsync(string keyId, CancellationToken cancel) =>
        AskAsync(c => client.DescribeKeyAsync(new DescribeKeyRequest { KeyId = keyId }, c), cancel);

    public Task<SignResponse> SignAsync(SignRequest request, CancellationToken cancel) =>
        AskAsync(c => client.SignAsync(request, c), cancel);

    public Task<CreateKeyResponse> CreateKeyAsync(CreateKeyRequest request, CancellationToken cancel) =>
        AskAsync(c => client.CreateKeyAsync(request, c), cancel);

    public Task CreateAliasAsync(string alias, string keyId, CancellationToken cancel) =>
        AskAsync(
            c => client.CreateAliasAsync(new CreateAliasRequest { AliasName = alias, TargetKeyId = keyId }, c), cancel);

    /// <summary>Deletes a key after the shortest time that AWS waits.</summary>
    public Task ScheduleDeletionAsync(string keyId, CancellationToken cancel) =>
        AskAsync(
            c => client.ScheduleKeyDeletionAsync(
                new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 }, c),
            cancel);

    public void Dispose() => client.Dispose();

    /// <exception cref="SigstoreException">KeyService…, KeyAccessDenied, KeyNotFound, KeyExists.</exception>
    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancel)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(time * attempts + Reserve);
        try
        {
            return await request(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not SigstoreException)
        {
            cancel.ThrowIfCancellationRequested();
            throw AwsFailures.Of(e, name, time);
        }
    }
}
