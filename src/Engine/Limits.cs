namespace SigstorePS;

/// <summary>Every upper bound on what comes from outside, by name. Sizes are bytes.</summary>
internal static class Limits
{
    /// <summary>Manifests and indexes; registries themselves stop at about 4 MiB.</summary>
    public const int Manifest = 4 * 1024 * 1024;

    /// <summary>A sigstore bundle that holds an image signature.</summary>
    public const int Bundle = 16 * 1024 * 1024;

    /// <summary>The largest bundle that is written into its manifest as well as into a blob.</summary>
    public const int EmbeddedData = 16 * 1024;

    /// <summary>A simple-signing payload.</summary>
    public const int Payload = 4 * 1024 * 1024;

    /// <summary>A key file, certificate file or the answer of a key URL.</summary>
    public const int KeyFile = 256 * 1024;

    /// <summary>Blocks in one PEM text.</summary>
    public const int PemBlocks = 64;

    /// <summary>PBKDF2 rounds an encrypted PKCS#8 key may ask for (openssl writes 2048 to 600,000).</summary>
    public const int Pbkdf2Iterations = 10_000_000;

    /// <summary>The answer of a token server.</summary>
    public const int TokenResponse = 64 * 1024;

    /// <summary>The error body of a registry, of which a part is shown.</summary>
    public const int ErrorBody = 16 * 1024;

    /// <summary>Characters of one error message, parts of which whoever made the input may have chosen.</summary>
    public const int ErrorMessage = 4096;

    /// <summary>The output of a docker credential helper.</summary>
    public const int CredentialHelperOutput = 64 * 1024;

    /// <summary>A docker or podman configuration file.</summary>
    public const int DockerConfig = 4 * 1024 * 1024;

    /// <summary>A kubeconfig file; some hold hundreds of clusters with their certificates.</summary>
    public const int Kubeconfig = 4 * 1024 * 1024;

    /// <summary>Nodes of one YAML file: scalars, lists, maps.</summary>
    public const int YamlNodes = 100_000;

    /// <summary>YAML nesting.</summary>
    public const int YamlDepth = 32;

    /// <summary>Signatures (layers) read from or written to one <c>.sig</c> manifest; as in cosign.</summary>
    public const int SignatureLayers = 1000;

    /// <summary>All manifests, payloads and bundles together that are read for one image.</summary>
    public const long ImageSignatures = 128L * 1024 * 1024;

    /// <summary>All pages together of one list of referrers.</summary>
    public const long ReferrerPages = 64L * 1024 * 1024;

    /// <summary>Referrers read for one image, over all pages.</summary>
    public const int Referrers = 10_000;

    /// <summary>Pages followed by <c>Link: rel="next"</c>.</summary>
    public const int Pages = 1000;

    /// <summary>Tags listed for one repository.</summary>
    public const int Tags = 1_000_000;

    /// <summary>One piece of a blob upload; larger blobs go in several.</summary>
    public const int UploadChunk = 32 * 1024 * 1024;

    /// <summary>HTTP redirects followed for one request.</summary>
    public const int Redirects = 5;

    /// <summary>JSON nesting.</summary>
    public const int JsonDepth = 64;

    /// <summary>Log entries in one bundle (sigstore-go internal/limits).</summary>
    public const int LogEntries = 32;

    /// <summary>RFC 3161 timestamps in one bundle (sigstore-go internal/limits).</summary>
    public const int Timestamps = 32;

    /// <summary>
    /// A canonicalized log entry; Rekor itself stops at 100 KiB of most kinds, attestations are larger.
    /// </summary>
    public const int LogEntryBody = 4 * 1024 * 1024;

    /// <summary>Hashes of one inclusion or consistency proof: a tree has at most 2^63 leaves.</summary>
    public const int ProofHashes = 64;

    /// <summary>A checkpoint, its signatures included.</summary>
    public const int Checkpoint = 64 * 1024;

    /// <summary>Signature lines of one checkpoint.</summary>
    public const int CheckpointSignatures = 64;

    /// <summary>A time-stamp response.</summary>
    public const int TimestampToken = 64 * 1024;

    /// <summary>One certificate, DER.</summary>
    public const int Certificate = 64 * 1024;

    /// <summary>Certificates of one chain.</summary>
    public const int ChainCertificates = 10;

    /// <summary>A certificate revocation list; large public ones have some ten megabytes.</summary>
    public const int RevocationList = 64 * 1024 * 1024;

    /// <summary>Signed certificate timestamps of one certificate.</summary>
    public const int Scts = 32;

    /// <summary>A file with one or many bundles.</summary>
    public const int BundleFile = 128 * 1024 * 1024;

    /// <summary>Bundles in one <c>.sigstore.jsonl</c> file.</summary>
    public const int BundleLines = 1000;

    /// <summary>A trusted root, signing configuration or client trust configuration.</summary>
    public const int TrustedRoot = 4 * 1024 * 1024;

    /// <summary>Authorities and logs of one kind in a trusted root.</summary>
    public const int TrustAnchors = 256;

    /// <summary>A file that is verified with a pure Ed25519 key, which needs all of it in memory.</summary>
    public const int PureEd25519Content = 128 * 1024 * 1024;

    /// <summary>TUF root metadata; this and the next as in cosign.</summary>
    public const int TufRoot = 512_000;

    /// <summary>TUF timestamp metadata.</summary>
    public const int TufTimestamp = 16_384;

    /// <summary>TUF snapshot metadata.</summary>
    public const int TufSnapshot = 2_000_000;

    /// <summary>TUF targets metadata, delegated ones too.</summary>
    public const int TufTargets = 5_000_000;

    /// <summary>A TUF target.</summary>
    public const int TufTarget = 16 * 1024 * 1024;

    /// <summary>New root versions read in one refresh.</summary>
    public const int TufRootVersions = 256;

    /// <summary>Delegated roles visited while one target is sought.</summary>
    public const int TufDelegations = 32;

    /// <summary>Signatures on one piece of TUF metadata, keys of one role, and roles of one delegation.</summary>
    public const int TufKeys = 256;

    /// <summary>The answer of a log server: ten entries with their attestations.</summary>
    public const int RekorAnswer = 64 * 1024 * 1024;

    /// <summary>A tile or entry bundle of a tile-based log: 256 entries of 64 KiB at most.</summary>
    public const int LogTile = 256 * (64 * 1024 + 2);

    /// <summary>A file that is logged whole, as rekord (rekor takes requests up to 32 MB).</summary>
    public const int LogContent = 24 * 1024 * 1024;

    /// <summary>Shards of one Rekor v1 log.</summary>
    public const int RekorShards = 64;

    /// <summary>Tiles of one log that are kept on disk.</summary>
    public const long TileCache = 256L * 1024 * 1024;

    /// <summary>The remembered head of a log.</summary>
    public const int LogState = 256 * 1024;

    /// <summary>Entries in one request for entries (rekor openapi.yaml).</summary>
    public const int RekorBatch = 10;

    /// <summary>Subjects of one in-toto statement (sigstore-go internal/limits).</summary>
    public const int Subjects = 1024;

    /// <summary>Digests of one subject (sigstore-go internal/limits).</summary>
    public const int SubjectDigests = 32;

    /// <summary>An identity token; those of CI systems have some 2 KiB.</summary>
    public const int IdentityToken = 16 * 1024;

    /// <summary>An answer of an identity provider: discovery document, tokens.</summary>
    public const int OidcAnswer = 256 * 1024;

    /// <summary>An answer of a certificate authority (sigstore-go reads up to 1 MiB).</summary>
    public const int FulcioAnswer = 1024 * 1024;

    /// <summary>A predicate, and the statement around it (cosign's COSIGN_MAX_ATTACHMENT_SIZE).</summary>
    public const int Predicate = 128 * 1024 * 1024;

    /// <summary>Attestations of one image that are read.</summary>
    public const int Attestations = 1000;

    /// <summary>A policy: JSON Schema, Rego or CUE.</summary>
    public const int Policy = 4 * 1024 * 1024;

    /// <summary>What a policy program or git prints.</summary>
    public const int ProgramOutput = 16 * 1024 * 1024;

    /// <summary>Requests that one key of a service gets at a time.</summary>
    public const int KeyServiceParallelism = 16;

    /// <summary>Tries of one signature that a key service has no time for, besides those of each request.</summary>
    public const int KeyServiceAttempts = 5;

    /// <summary>A token for a key service or code host, and the file it is in.</summary>
    public const int ServiceToken = 16 * 1024;

    /// <summary>Files of a folder of certificate authorities.</summary>
    public const int AuthorityFiles = 1000;

    /// <summary>The answer of a key service.</summary>
    public const int KeyServiceReply = 1024 * 1024;

    /// <summary>A PKCS #11 URI, in characters.</summary>
    public const int Pkcs11Uri = 8192;

    /// <summary>Slots of a PKCS #11 module.</summary>
    public const int Pkcs11Slots = 256;

    /// <summary>Objects of one kind on a PKCS #11 token.</summary>
    public const int Pkcs11Objects = 10_000;

    /// <summary>One attribute of an object on a PKCS #11 token; the largest are certificates.</summary>
    public const int Pkcs11Attribute = Certificate;

    /// <summary>Sessions that one key of a PKCS #11 token is used in at a time.</summary>
    public const int Pkcs11Sessions = 16;

    /// <summary>A file that holds a PIN.</summary>
    public const int PinFile = 4096;

    /// <summary>Children of an index that <c>-Recurse</c> follows, and how deep indexes may nest.</summary>
    public const int IndexChildren = 1000;

    /// <summary>Nesting of indexes and of the artifact tree.</summary>
    public const int IndexDepth = 8;

    /// <summary>Files looked at when a layout is scanned for referrers.</summary>
    public const int LayoutBlobs = 100_000;

    /// <summary>The index.json of a layout.</summary>
    public const int LayoutIndex = 64 * 1024 * 1024;

    /// <summary>Tries to get a signature into a shared tag or index before it is reported lost.</summary>
    public const int MergeAttempts = 50;

    /// <summary>Tries of one idempotent request.</summary>
    public const int RequestAttempts = 5;

    /// <summary>Bytes of a Dockerfile, a manifest, a compose file or a policy.</summary>
    public const int Document = 64 * 1024 * 1024;

    /// <summary>Nodes of such a document; a list of all pods of a cluster has hundreds of thousands.</summary>
    public const int DocumentNodes = 2_000_000;

    /// <summary>Nesting of such a document; Kubernetes' own CRD schemas reach beyond 40.</summary>
    public const int DocumentDepth = 100;

    /// <summary>Images taken out of one document.</summary>
    public const int DocumentImages = 100_000;

    /// <summary>Policies of one document, and authorities, identities or attestations of one policy.</summary>
    public const int PolicyEntries = 1000;

    /// <summary>Entries of all lists of one policy together, aliases counted as often as they are used.</summary>
    public const int PolicyItems = 10_000;

    /// <summary>Characters of a glob (policy-controller pkg/apis/glob).</summary>
    public const int Glob = 4096;

    /// <summary>Entries of a tar or zip with a layout.</summary>
    public const int ArchiveEntries = 200_000;

    /// <summary>Bytes of the name of such an entry, extended headers of tar included.</summary>
    public const int ArchiveName = 4096;

    /// <summary>Bytes that one compressed byte may become; a layer that is packed again hardly shrinks.</summary>
    public const int ArchiveRatio = 1100;

    /// <summary>Bytes that a tar.gz may become on disk.</summary>
    public const long ArchiveExpanded = 64L * 1024 * 1024 * 1024;

    /// <summary>Manifests copied for one image: platforms, what is attached, and what is attached to that.</summary>
    public const int CopyManifests = 100_000;

    /// <summary>Blobs of one image that are copied at a time.</summary>
    public const int CopyParallelism = 4;

    /// <summary>Bytes of the largest blob that is copied; registries stop long before it.</summary>
    public const long CopyBlob = 1L << 40;

    /// <summary>Tags of a repository that are asked for one by one, before something is deleted that may have several.
    /// </summary>
    public const int OwnerTags = 5000;

    /// <summary>Nesting of what hangs on an image and is removed with it.</summary>
    public const int RemovalDepth = 64;

    /// <summary>An SBOM that is given out as text; any size goes into a file.</summary>
    public const int SbomText = 16 * 1024 * 1024;

    /// <summary>The beginning of an SBOM, by which it is told what it is.</summary>
    public const int SbomHead = 256 * 1024;

    /// <summary>SBOMs of one image that are listed.</summary>
    public const int Sboms = 1000;

    /// <summary>Layers of an image whose base is signed.</summary>
    public const int BaseLayers = 1000;

    /// <summary>Results in one report.</summary>
    public const int ReportRows = 100_000;

    /// <summary>The longest wait a Retry-After may ask for.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(60);

    /// <summary>One HTTP request from first byte out to headers in.</summary>
    public static readonly TimeSpan Request = TimeSpan.FromSeconds(60);

    /// <summary>One TCP connection, and the TLS probe of a registry that may be plain HTTP.</summary>
    public static readonly TimeSpan Connect = TimeSpan.FromSeconds(15);

    /// <summary>How long credentials that a helper gave are used without asking it again.</summary>
    public static readonly TimeSpan CredentialAge = TimeSpan.FromMinutes(5);

    /// <summary>Waiting for another writer of the same layout or shared tag on this machine.</summary>
    public static readonly TimeSpan LayoutLock = TimeSpan.FromSeconds(30);

    /// <summary>Waiting for another process that refreshes the same TUF cache.</summary>
    public static readonly TimeSpan TufLock = TimeSpan.FromSeconds(120);

    /// <summary>A docker credential helper.</summary>
    public static readonly TimeSpan CredentialHelper = TimeSpan.FromSeconds(30);

    /// <summary>One entry of a Rekor v2 log, which waits for its next checkpoint (cosign: 90 seconds).</summary>
    public static readonly TimeSpan LogWrite = TimeSpan.FromSeconds(90);

    /// <summary>One certificate, one timestamp (cosign: 30 seconds each).</summary>
    public static readonly TimeSpan SigningService = TimeSpan.FromSeconds(30);

    /// <summary>Until somebody has logged in with a browser (sigstore: 120 seconds).</summary>
    public static readonly TimeSpan BrowserLogin = TimeSpan.FromSeconds(120);

    /// <summary>Until somebody has entered a device code, whatever the issuer allows.</summary>
    public static readonly TimeSpan DeviceLogin = TimeSpan.FromMinutes(15);

    /// <summary>A certificate that lives for less is not signed with: it could expire on the way to the log.</summary>
    public static readonly TimeSpan CertificateReserve = TimeSpan.FromSeconds(60);

    /// <summary>A policy program, a git command.</summary>
    public static readonly TimeSpan Program = TimeSpan.FromSeconds(60);

    /// <summary>One request to a key service.</summary>
    public static readonly TimeSpan KeyService = TimeSpan.FromSeconds(30);
}
