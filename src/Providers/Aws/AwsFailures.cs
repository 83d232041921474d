using Amazon.Runtime;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Aws;

/// <summary>
/// Whatever the SDK throws, as one of our failures (AWS KMS API reference, "Common error types" and the errors of each
/// action). No exception of the SDK crosses the border of the pack: its type is unknown there, and what it holds is not
/// ours to judge.
/// </summary>
internal static class AwsFailures
{
    private const int ShownText = 300;

    /// <param name="failure">What the SDK threw.</param>
    /// <param name="service">Whom it was asked of.</param>
    /// <param name="time">How long one request may take.</param>
    public static SigstoreException Of(Exception failure, string service, TimeSpan time)
    {
        HttpRequestException? network = Find<HttpRequestException>(failure);
        if (network?.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return KeyServiceReplies.Violation(service, $"is longer than {Limits.KeyServiceReply} bytes");
        }

        return failure switch
        {
            // It quotes the answer, which nobody has looked at.
            _ when Find<AmazonUnmarshallingException>(failure) is not null =>
                KeyServiceReplies.Violation(service, "cannot be read"),
            AmazonServiceException { StatusCode: not 0 } answer => Of(answer, service),
            _ when network is not null => Unavailable(service, "cannot be reached: " + Words(network)),
            OperationCanceledException or TimeoutException or AmazonServiceException =>
                Unavailable(service, $"did not answer within {time.TotalSeconds:0} s"),
            AmazonClientException client => Unauthorized(client),
            _ => KeyServiceReplies.Violation(service, $"cannot be read ({failure.GetType().Name})"),
        };
    }

    private static SigstoreException Of(AmazonServiceException answer, string service)
    {
        string name = string.IsNullOrWhiteSpace(answer.ErrorCode) || answer.ErrorCode == "Unknown"
            ? $"HTTP {(int)answer.StatusCode}" : answer.ErrorCode;
        SigstoreErrorCode code = CodeOf(answer);

        // What AWS says of a wrong signature quotes the request, session token included.
        return KeyServiceReplies.Failure(
            code, service, name,
            code is SigstoreErrorCode.KeyServiceUnauthorized ? Hint(answer.ErrorCode)
            : IsRefusedSignature(answer) ? null : answer.Message);
    }

    private static SigstoreErrorCode CodeOf(AmazonServiceException answer) => answer.ErrorCode switch
    {
        "AccessDenied" or "AccessDeniedException" or "NotAuthorized" or "OptInRequired" => SigstoreErrorCode.KeyAccessDenied,
        "UnrecognizedClientException" or "UnrecognizedClient" or "InvalidClientTokenId" or "ExpiredToken"
            or "ExpiredTokenException" or "InvalidSignatureException" or "InvalidSignature" or "SignatureDoesNotMatch"
            or "MissingAuthenticationToken" or "MissingAuthenticationTokenException" or "IncompleteSignature"
            or "IncompleteSignatureException" or "InvalidAccessKeyId" or "AuthFailure" or "RequestExpired"
            or "NotSignedException" => SigstoreErrorCode.KeyServiceUnauthorized,
        "NotFoundException" => SigstoreErrorCode.KeyNotFound,
        "AlreadyExistsException" => SigstoreErrorCode.KeyExists,
        "Throttling" or "ThrottlingException" or "ThrottledException" or "RequestThrottled" or "RequestThrottledException"
            or "TooManyRequestsException" or "RequestLimitExceeded" or "LimitExceededException" or "SlowDown"
            or "BandwidthLimitExceeded" => SigstoreErrorCode.KeyServiceThrottled,
        "KMSInternalException" or "KMSInternal" or "DependencyTimeoutException" or "DependencyTimeout"
            or "KeyUnavailableException" or "InternalFailure" or "InternalError" or "ServiceUnavailable"
            or "ServiceUnavailableException" => SigstoreErrorCode.KeyServiceUnavailable,
        _ => KeyServiceReplies.CodeOf((int)answer.StatusCode),
    };

    private static bool IsRefusedSignature(AmazonServiceException answer) =>
        (int)answer.StatusCode is 401 or 403 && answer.ErrorCode is not ("AccessDenied" or "AccessDeniedException");

    private static string Hint(string? code) => code switch
    {
        "ExpiredToken" or "ExpiredTokenException" or "RequestExpired" =>
            "the credentials have expired, or the clock of this machine is wrong; log in again",
        "UnrecognizedClientException" or "UnrecognizedClient" or "InvalidClientTokenId" or "InvalidAccessKeyId" =>
            "there is no such access key, or its session token is wrong",
        _ => "the secret access key or the clock of this machine is wrong",
    };

    private static SigstoreException Unauthorized(AmazonClientException client) => new(
        SigstoreErrorCode.KeyServiceUnauthorized,
        "No AWS credentials are to be had from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE; 'aws sso "
        + "login' renews one of IAM Identity Center), AWS_WEB_IDENTITY_TOKEN_FILE, the container or the instance. The AWS "
        + $"SDK says: {Words(client)}.");

    private static SigstoreException Unavailable(string service, string why) =>
        new(SigstoreErrorCode.KeyServiceUnavailable, $"{service} {why}.");

    private static string Words(Exception e) =>
        Encodings.PlainText.Clean((e is HttpRequestException ? e.GetBaseException() : e).Message, ShownText).TrimEnd('.');

    private static T? Find<T>(Exception? e)
        where T : Exception
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is T found)
            {
                return found;
            }
        }

        return null;
    }
}
