using System.Net;
using System.Text;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Registry;

/// <summary>What an error answer of a registry means (distribution-spec, error codes).</summary>
internal static class RegistryErrors
{
    public static readonly HttpErrors Http =
        new(SigstoreErrorCode.RegistryUnavailable, SigstoreErrorCode.RegistryProtocolViolation);

    private const int ShownCharacters = 300;

    /// <summary>The registry's own code and message: the first of its list, or the text of a plain body.</summary>
    public static (string? Code, string Message) Read(HttpReply reply)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(reply.Body);
            JsonElement root = document.RootElement;
            if (root.TryGetProperty("errors", out JsonElement errors) && errors.ValueKind == JsonValueKind.Array
                && errors.GetArrayLength() > 0)
            {
                root = errors[0];
            }

            return (StrictJson.OptionalString(root, "code"), Clean(StrictJson.OptionalString(root, "message") ?? ""));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            // A page of HTML says nothing to a user.
            bool text = reply.ContentType == "text/plain";
            return (null, text ? Clean(Encoding.UTF8.GetString(reply.Body)) : string.Empty);
        }
    }

    /// <summary>The failure of a request that has no better meaning where it was made.</summary>
    public static SigstoreException From(HttpReply reply, string registry, string what)
    {
        (string? code, string message) = Read(reply);
        string said = (code is null ? "" : $" {Clean(code)}") + (message.Length == 0 ? "" : $": {message}");
        string status = $"{registry} answered HTTP {(int)reply.Status}{said}";
        return reply.Status switch
        {
            HttpStatusCode.Unauthorized => new SigstoreException(
                SigstoreErrorCode.RegistryUnauthorized,
                $"{status} to {what}. Log in with Connect-ImageRegistry or docker login, or give -Credential."),
            HttpStatusCode.Forbidden => new SigstoreException(
                SigstoreErrorCode.RegistryUnauthorized,
                $"{status} to {what}. The account in use may not do this; a registry may also say so of a repository "
                + "that does not exist."),
            HttpStatusCode.TooManyRequests => new SigstoreException(
                SigstoreErrorCode.RegistryThrottled,
                $"{status} to {what}: too many requests{Wait(reply)}. Try again later or lower -ThrottleLimit."),
            >= HttpStatusCode.InternalServerError => new SigstoreException(
                SigstoreErrorCode.RegistryUnavailable, $"{status} to {what}; try again later."),
            >= HttpStatusCode.BadRequest => new SigstoreException(
                SigstoreErrorCode.RegistryRejected, $"{status} to {what}."),
            _ => new SigstoreException(
                SigstoreErrorCode.RegistryProtocolViolation, $"{status} to {what}, which was not expected."),
        };
    }

    /// <summary>Whether a refused PUT says that the tag may not change. There is no standard code for it.</summary>
    public static bool IsImmutableTag(HttpReply reply)
    {
        if (reply.Status == HttpStatusCode.Conflict)
        {
            return true;
        }

        if (reply.Status is not (HttpStatusCode.BadRequest or HttpStatusCode.Forbidden
            or HttpStatusCode.MethodNotAllowed or HttpStatusCode.PreconditionFailed))
        {
            return false;
        }

        // ECR, Harbor (as 412) and Artifact Registry say immutable or immutability; ACR says locked.
        (string? code, string message) = Read(reply);
        return (code?.Contains("IMMUTAB", StringComparison.OrdinalIgnoreCase) ?? false)
            || message.Contains("immutab", StringComparison.OrdinalIgnoreCase)
            || message.Contains("cannot be overwritten", StringComparison.OrdinalIgnoreCase)
            || message.Contains("is locked", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Text of a registry, cut to what a message can hold.</summary>
    public static string Clean(string text) => PlainText.Clean(text, ShownCharacters);

    private static string Wait(HttpReply reply) => reply.Headers.RetryAfter switch
    {
        { Delta: { } delta } => $"; it asks to wait {delta.TotalSeconds:0} s",
        { Date: { } date } => $"; it asks to wait until {date:u}",
        _ => string.Empty,
    };
}
