using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Keys;

/// <summary>Answers of a key service other than 2xx, as failures. Each service has its own way to put them in words.</summary>
internal static class KeyServiceReplies
{
    private const int ShownText = 300;

    public static readonly HttpErrors Http =
        new(SigstoreErrorCode.KeyServiceUnavailable, SigstoreErrorCode.KeyServiceProtocolViolation);

    /// <summary>The code of an HTTP status.</summary>
    public static SigstoreErrorCode CodeOf(int status) => status switch
    {
        401 => SigstoreErrorCode.KeyServiceUnauthorized,
        403 => SigstoreErrorCode.KeyAccessDenied,
        404 => SigstoreErrorCode.KeyNotFound,
        409 => SigstoreErrorCode.KeyExists,
        429 => SigstoreErrorCode.KeyServiceThrottled,
        408 or >= 500 => SigstoreErrorCode.KeyServiceUnavailable,
        >= 400 => SigstoreErrorCode.KeyServiceRejected,
        _ => SigstoreErrorCode.KeyServiceProtocolViolation,
    };

    /// <param name="status">HTTP status.</param>
    /// <param name="service">Such as <c>Vault at vault.example.com</c>.</param>
    /// <param name="said">What the service says of it, as it came; shown cleaned and shortened. Null: nothing.</param>
    public static SigstoreException Failure(int status, string service, string? said) =>
        Failure(CodeOf(status), service, $"HTTP {status}", said);

    /// <summary>The same for a service that tells its failures by names.</summary>
    /// <param name="code">What it is.</param>
    /// <param name="name">What the service calls it, such as <c>AccessDeniedException</c>.</param>
    public static SigstoreException Failure(SigstoreErrorCode code, string service, string name, string? said)
    {
        string words = string.IsNullOrWhiteSpace(said)
            ? string.Empty : $": {PlainText.Clean(said, ShownText).Trim().TrimEnd('.')}";
        string called = PlainText.Clean(name, 100);
        return new SigstoreException(code, code switch
        {
            SigstoreErrorCode.KeyServiceUnauthorized => $"{service} does not know who asks ({called}){words}.",
            SigstoreErrorCode.KeyAccessDenied => $"{service} denies this to who asks ({called}){words}.",
            SigstoreErrorCode.KeyNotFound => $"{service} has no such key ({called}){words}.",
            SigstoreErrorCode.KeyExists => $"{service} has such a key already ({called}){words}.",
            SigstoreErrorCode.KeyServiceThrottled => $"{service} is asked too often ({called}){words}.",
            SigstoreErrorCode.KeyServiceUnavailable => $"{service} failed ({called}){words}.",
            SigstoreErrorCode.KeyServiceRejected => $"{service} refused the request ({called}){words}.",
            _ => $"{service} answered with {called}, which its protocol does not have{words}.",
        });
    }

    public static SigstoreException Failure(HttpReply reply, string service, string? said) =>
        Failure((int)reply.Status, service, said);

    public static SigstoreException Violation(string service, string what, Exception? inner = null) =>
        new(SigstoreErrorCode.KeyServiceProtocolViolation, $"The answer of {service} {what}.", inner);
}
