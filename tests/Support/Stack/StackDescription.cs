using System.Text.Json;

namespace SigstorePS.Support.Stack;

/// <summary>
/// Where the servers of a stack are, and its files: what <c>SIGSTOREPS_STACK</c> names, for a process that did not
/// start them. Addresses have no slash at the end.
/// </summary>
internal sealed record StackDescription
{
    private static readonly JsonSerializerOptions Form =
        new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public required string Fulcio { get; init; }

    /// <summary>With its prefix <c>/ct</c>.</summary>
    public required string CertificateLog { get; init; }

    public required string Rekor1 { get; init; }

    /// <summary>Writes, and reads the checkpoint and tiles.</summary>
    public required string Rekor2 { get; init; }

    /// <summary>With its path.</summary>
    public required string TimestampAuthority { get; init; }

    /// <summary>OpenID Connect issuers are below it: <c>/email</c> and so on, each with <c>/mint?claims</c>.</summary>
    public required string Issuers { get; init; }

    /// <summary>A TUF repository with the trust root and the signing configuration <c>v2</c>.</summary>
    public required string Tuf { get; init; }

    /// <summary>
    /// Has <c>trusted_root.json</c>, <c>sc-NAME.json</c> for the signing configurations v1, v1-tsa and v2, and the trust
    /// root in parts: <c>fulcio-chain.pem</c>, <c>tsa-chain.pem</c>, <c>rekor1.pub</c>, <c>rekor2.pub</c>, <c>ctfe.pub</c>.
    /// </summary>
    public required string Folder { get; init; }

    public static StackDescription Read(string file) =>
        JsonSerializer.Deserialize<StackDescription>(File.ReadAllBytes(file), Form)!;

    /// <summary>Whoever sees the file sees all of it.</summary>
    public void Write(string file)
    {
        string unfinished = $"{file}.part";
        File.WriteAllBytes(unfinished, JsonSerializer.SerializeToUtf8Bytes(this, Form));
        File.Move(unfinished, file, overwrite: true);
    }
}
