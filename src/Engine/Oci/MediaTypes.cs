namespace SigstorePS.Oci;

/// <summary>Media types, config types and annotation keys of OCI, Docker, cosign and sigstore.</summary>
internal static class MediaTypes
{
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";
    public const string OciLayer = "application/vnd.oci.image.layer.v1.tar+gzip";
    public const string OciEmpty = "application/vnd.oci.empty.v1+json";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    public const string DockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    public const string SimpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json";
    public const string DsseEnvelope = "application/vnd.dsse.envelope.v1+json";
    public const string CosignSignatureArtifact = "application/vnd.dev.cosign.artifact.sig.v1+json";
    public const string CosignSbomArtifact = "application/vnd.dev.cosign.artifact.sbom.v1+json";
    public const string BundlePrefix = "application/vnd.dev.sigstore.bundle";
    public const string BundleV03 = "application/vnd.dev.sigstore.bundle.v0.3+json";
    public const string InToto = "application/vnd.in-toto+json";
    public const string WasmLayer = "application/vnd.wasm.content.layer.v1+wasm";
    public const string WasmConfig = "application/vnd.wasm.config.v1+json";

    public const string SignatureAnnotation = "dev.cosignproject.cosign/signature";
    public const string CertificateAnnotation = "dev.sigstore.cosign/certificate";
    public const string ChainAnnotation = "dev.sigstore.cosign/chain";
    public const string RekorBundleAnnotation = "dev.sigstore.cosign/bundle";
    public const string TimestampAnnotation = "dev.sigstore.cosign/rfc3161timestamp";
    public const string BundleContentAnnotation = "dev.sigstore.bundle.content";
    public const string BundlePredicateAnnotation = "dev.sigstore.bundle.predicateType";
    public const string CreatedAnnotation = "org.opencontainers.image.created";
    public const string RefNameAnnotation = "org.opencontainers.image.ref.name";
    public const string TitleAnnotation = "org.opencontainers.image.title";
    public const string KindAnnotation = "kind";

    /// <summary>On the last layer of a base: who signed the layers up to it (cosign's USAGE.md, "Base Image/Layer Signing").</summary>
    public const string BaseImageAnnotation = "dev.cosign.signature.baseimage";

    public const string BaseNameAnnotation = "org.opencontainers.image.base.name";
    public const string BaseDigestAnnotation = "org.opencontainers.image.base.digest";

    /// <summary>What a client must accept to be given any manifest unchanged.</summary>
    public static readonly string[] Manifests = [OciManifest, OciIndex, DockerManifest, DockerIndex];

    /// <summary>Layers that their maker does not let be passed on: they stay where their <c>urls</c> say.</summary>
    public static bool IsForeign(string mediaType) =>
        mediaType.StartsWith("application/vnd.docker.image.rootfs.foreign.", StringComparison.Ordinal)
        || mediaType.StartsWith("application/vnd.oci.image.layer.nondistributable.", StringComparison.Ordinal);

    private static readonly string[] LayerKinds =
    [
        "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.docker.image.rootfs.diff.tar", "application/vnd.docker.image.rootfs.foreign.diff.tar",
    ];

    /// <summary>
    /// Whether a runtime unpacks it into a file system (OCI image-spec, layer.md; Docker schema 2). What it does not know
    /// it may pass over.
    /// </summary>
    public static bool IsFileSystemLayer(string mediaType) => LayerKinds.Any(kind =>
        mediaType.StartsWith(kind, StringComparison.Ordinal)
        && mediaType[kind.Length..] is "" or "+gzip" or ".gzip" or "+zstd" or ".zstd");

    public static bool IsIndex(string mediaType) => mediaType is OciIndex or DockerIndex;
}
