using System.Text.RegularExpressions;
using SigstorePS.Keys;

namespace SigstorePS.Providers.Aws;

/// <summary>
/// <c>awskms://[ENDPOINT]/[ID/ALIAS/ARN]</c> (sigstore pkg/signature/kms/aws; AWS KMS developer guide, "Key
/// identifiers"). Beyond cosign's three partitions any that AWS has is taken.
/// </summary>
/// <param name="Endpoint">host or host:port that is asked by https; null: the region's own.</param>
/// <param name="KeyId">What requests name the key by: id, <c>alias/…</c> or ARN.</param>
/// <param name="Alias"><c>alias/NAME</c> where the key is named by one, in an ARN too.</param>
/// <param name="Region">The region of an ARN.</param>
internal sealed partial record AwsKeyReference(string? Endpoint, string KeyId, string? Alias, string? Region)
{
    private const string Id = "(?:(?:mrk-)?[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12})";
    private const string Name = "(?<alias>alias/[A-Za-z0-9/_-]{1,250})";

    /// <exception cref="SigstoreException">InvalidKeyReference.</exception>
    public static AwsKeyReference Parse(KeyReference reference)
    {
        string text = reference.Text[(reference.Text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            throw Invalid();
        }

        string host = text[..slash];
        string id = text[(slash + 1)..];
        Match match = KeyIdPattern().Match(id);
        if (!match.Success || (host.Length > 0 && !IsHost(host)))
        {
            throw Invalid();
        }

        return new AwsKeyReference(
            host.Length > 0 ? host : null,
            id,
            match.Groups["alias"] is { Success: true } alias ? alias.Value : null,
            match.Groups["region"] is { Success: true } region ? region.Value : null);
    }

    private static bool IsHost(string host) =>
        HostPattern().IsMatch(host) && Uri.TryCreate($"https://{host}/", UriKind.Absolute, out _);

    private static SigstoreException Invalid() => new(
        SigstoreErrorCode.InvalidKeyReference,
        "a key of AWS KMS is written as awskms://[HOST]/ID, where ID is a key id, alias/NAME, or the ARN of one of these; "
        + "without a host there are three slashes: awskms:///alias/NAME.");

    [GeneratedRegex(
        $@"\A(?:arn:aws[a-z-]*:kms:(?<region>[a-z0-9-]{{1,63}}):[0-9]{{12}}:(?:key/{Id}|{Name})|{Id}|{Name})\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex KeyIdPattern();

    [GeneratedRegex(
        @"\A(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex HostPattern();
}
