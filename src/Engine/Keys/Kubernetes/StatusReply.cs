using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>The object Status that the API server answers with when it did not do what was asked (meta/v1).</summary>
/// <param name="Reason">Such as <c>NotFound</c>, <c>Forbidden</c>, <c>AlreadyExists</c>, <c>Conflict</c>.</param>
/// <param name="Message">For people.</param>
internal sealed record StatusReply(string? Reason, string? Message)
{
    private const int ShortestSecret = 4;

    /// <summary>Reads it; whoever is between can answer with anything, which is then no reason or message.</summary>
    public static StatusReply Read(byte[] body)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            JsonElement root = document.RootElement;
            return StrictJson.OptionalString(root, "kind") == "Status"
                ? new StatusReply(StrictJson.OptionalString(root, "reason"), StrictJson.OptionalString(root, "message"))
                : new StatusReply(null, null);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return new StatusReply(null, null);
        }
    }

    /// <param name="reply">Not 2xx.</param>
    /// <param name="service">For messages.</param>
    /// <param name="secrets">A message that says one of these back is not shown.</param>
    public static SigstoreException Failure(HttpReply reply, string service, IEnumerable<string> secrets)
    {
        (string? reason, string? message) = Read(reply.Body);
        if (reason == "Conflict")
        {
            return new SigstoreException(
                SigstoreErrorCode.KeyServiceRejected,
                $"{service} has another state of the secret by now: somebody else changed it. Look at it and run "
                + "again.");
        }

        string? said = message ?? reason;
        return KeyServiceReplies.Failure(
            reply, service,
            said is not null && secrets.Any(
                s => s.Length >= ShortestSecret && said.Contains(s, StringComparison.Ordinal)) ? null : said);
    }
}
