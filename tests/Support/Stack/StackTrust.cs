using SigstorePS.Operations;
using SigstorePS.Support.Tuf;
using SigstorePS.Trust;

namespace SigstorePS.Support.Stack;

/// <summary>Trust root, signing configurations and TUF repository of a stack, made by the engine as a user makes them.</summary>
internal static class StackTrust
{
    private const string Start = "2020-01-01T00:00:00Z";
    private const string Operator = "peers.test";

    /// <summary>Writes all files that <see cref="StackDescription.Folder"/> promises.</summary>
    public static void Write(StackDescription stack, StackKeys keys)
    {
        // cosign 2.5.0 reads it too, and refuses members that it does not know.
        File.WriteAllBytes(
            Path.Combine(stack.Folder, "trusted_root.json"), TrustedRootWriter.Write(Root(stack, keys), compatible: true));
        Write(stack, "v1", rekor: 1, timestamps: false);
        Write(stack, "v1-tsa", rekor: 1, timestamps: true);
        Write(stack, "v2", rekor: 2, timestamps: true);
    }

    /// <summary>A TUF repository that publishes trust root and signing configuration <c>v2</c>, not yet expired.</summary>
    public static TufTestRepository Publish(StackDescription stack)
    {
        TufTestRepository repository = new();
        DateTimeOffset end = DateTimeOffset.UtcNow.AddDays(30);
        TufTestRepository.SetExpiry(repository.Root, end);
        TufTestRepository.SetExpiry(repository.Timestamp, end);
        TufTestRepository.SetExpiry(repository.Snapshot, end);
        TufTestRepository.SetExpiry(repository.Targets["targets"], end);
        Add("trusted_root.json", "trusted_root.json");
        Add("signing_config.v0.2.json", "sc-v2.json");
        repository.PublishRoot(bump: false);
        repository.Publish(bump: false);
        return repository;

        void Add(string target, string file) =>
            repository.AddTarget(target, File.ReadAllText(Path.Combine(stack.Folder, file)));
    }

    private static TrustedRoot Root(StackDescription stack, StackKeys keys)
    {
        TrustRootBuilder builder = new();
        builder.AddAuthority(
            Spec(TrustRootBuilder.AuthorityNames, ("url", stack.Fulcio)),
            File.ReadAllBytes(keys.FulcioChain), TrustKind.Fulcio);
        builder.AddAuthority(
            Spec(TrustRootBuilder.AuthorityNames, ("url", stack.TimestampAuthority)),
            File.ReadAllBytes(keys.TimestampChain), TrustKind.Tsa);
        builder.AddLog(
            Spec(TrustRootBuilder.LogNames, ("url", stack.CertificateLog), ("start-time", Start)),
            File.ReadAllBytes(keys.CertificateLogPublicKey), TrustKind.CtLog);
        builder.AddLog(
            Spec(TrustRootBuilder.LogNames, ("url", SigstoreStack.Rekor1Url), ("start-time", Start)),
            File.ReadAllBytes(keys.Rekor1PublicKey), TrustKind.Rekor);
        builder.AddLog(
            Spec(
                TrustRootBuilder.LogNames, ("url", SigstoreStack.Rekor2Url), ("start-time", Start),
                ("origin", SigstoreStack.Rekor2Name)),
            File.ReadAllBytes(keys.Rekor2PublicKey), TrustKind.Rekor);
        return builder.Build(compatible: true);
    }

    private static void Write(StackDescription stack, string name, int rekor, bool timestamps)
    {
        SigningConfigBuilder builder = new();
        builder.Add(Service(stack.Fulcio, 1), TrustKind.Fulcio);
        builder.Add(Service($"{stack.Issuers}/email", 1), TrustKind.Oidc);
        builder.Add(Service(rekor == 1 ? stack.Rekor1 : stack.Rekor2, rekor), TrustKind.Rekor);
        builder.Select(TrustKind.Rekor, "Any");
        if (timestamps)
        {
            builder.Add(Service(stack.TimestampAuthority, 1), TrustKind.Tsa);
            builder.Select(TrustKind.Tsa, "Any");
        }

        File.WriteAllBytes(
            Path.Combine(stack.Folder, $"sc-{name}.json"), SigningConfigWriter.Write(builder.Build()));
    }

    private static ServiceSpec Service(string url, int version) => Spec(
        SigningConfigBuilder.Names, ("url", url), ("api-version", $"{version}"), ("start-time", Start),
        ("operator", Operator));

    private static ServiceSpec Spec(ReadOnlySpan<string> known, params (string Name, string Value)[] values) =>
        new("Stack", values.Select(static v => KeyValuePair.Create(v.Name, v.Value)), known);
}
