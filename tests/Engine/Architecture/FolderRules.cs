namespace SigstorePS.Tests.Architecture;

/// <summary>Who may import whom. No arrow points up, and what dials does not know what else dials.</summary>
internal static class FolderRules
{
    /// <summary>Wires everything together, so it may know everything, and only cmdlets may know it.</summary>
    public static readonly string[] CompositionTypes = ["SigstoreEngine", "SigstoreOptions"];

    private const string Base = "Crypto Encodings";

    // A bundle holds an envelope, a statement and the subject of an image; it is the one format made of the others.
    private const string Formats = "Oci Dsse InToto Bundles Transparency Certificates Rfc3161 Trust";
    private const string Clients = "Registry Fulcio Rekor Timestamp Tuf Oidc Keys Git";

    /// <summary>
    /// Folder of src/Engine to the folders it may name. Every folder that exists must be here. "Keys:ISigner" allows
    /// that one type of the folder.
    /// </summary>
    public static readonly Dictionary<string, string> Engine = new()
    {
        ["Crypto"] = "Encodings",
        ["Encodings"] = "",
        ["Oci"] = Base,
        ["Dsse"] = Base,
        ["InToto"] = Base,
        ["Transparency"] = Base,
        ["Certificates"] = Base,
        ["Rfc3161"] = $"{Base} Certificates",
        ["Trust"] = Base,
        ["Bundles"] = $"{Base} Oci Dsse InToto Transparency",
        ["Http"] = Base,
        ["Registry"] = $"{Base} Http Oci",
        ["Fulcio"] = $"{Base} Http Certificates Oidc:IdentityToken",
        ["Rekor"] = $"{Base} Http Dsse Bundles Transparency Trust",
        ["Timestamp"] = $"{Base} Http Certificates Rfc3161",
        ["Tuf"] = $"{Base} Http Trust",
        ["Oidc"] = $"{Base} Http",
        ["Keys"] = $"{Base} Http Programs",

        // Starts programs of the user's and reads what they print, bounded.
        ["Programs"] = "Http Encodings:BoundedReader",

        // Runs git, and reads what gitsign signs: CMS around a certificate, with a log entry beside it.
        ["Git"] = $"{Base} Certificates Transparency Bundles Rfc3161",

        // Layouts in a tar or zip: written and read without unpacking.
        ["Archives"] = $"{Base} Oci",

        // Dockerfiles, Kubernetes manifests, compose files: which images they name, and where.
        ["Documents"] = $"{Base} Oci",

        // ClusterImagePolicy and TrustRoot resources: read, checked, matched; evaluated by Operations.
        ["Policies"] = $"{Base} Oci Documents InToto Certificates Trust",

        // In the root namespace, so anybody may name a result; a result names nothing but the one thing of the
        // engine that it is the public face of.
        ["Results"] = "Keys:ISigner Oidc:IdentityToken Crypto:PublicKey Trust:TrustedRoot,SigningConfig Bundles:Bundle Transparency:LogEntry "
            + "Policies:ClusterImagePolicy",

        // It verifies what it made before anything is stored; verification dials nobody, so no circle comes of it.
        ["Signing"] = $"{Base} {Formats} Fulcio Rekor Timestamp Oidc Keys Verification",
        ["Verification"] = $"{Base} {Formats}",
        ["Operations"] =
            $"{Base} {Formats} {Clients} Http Programs Signing Verification Archives Documents Policies",

        // Pages, JUnit, SARIF and Markdown made of results; it reads no input and verifies nothing.
        ["Reports"] = "Encodings",
    };

    /// <summary>What src/Cmdlets may name of the engine, beside its root.</summary>
    public const string Cmdlets =
        "Http:OfflineScope Operations Trust:TrustedRoot,SigningConfig,CertificateAuthority "
        + "Verification:VerificationPolicy,TrustedKey,CertificateIdentity,SignerPolicy,ByKey,ByIdentity,TextMatch "
        + "Documents Encodings:YamlNode,BoundedFile Signing Bundles:DetachedMaterial,Bundle "
        + "Keys:ISigner,KeyReference,KeyAccess,PinRequest,PinAnswer "
        + "InToto:PredicateType Oci:ImageReference,Platform,IImageStore Registry:RegistryAccess "
        + "Oidc:IdentityRequest,IdentityPrompts,OidcFlow,IdentityToken,OidcProvider "
        + "Crypto:SigningAlgorithm,SignatureScheme,Digest,PublicKey Reports "
        + "Policies:PolicyDocuments,PolicyResources,PolicyResource";

    /// <summary>Calls with few places or none: pattern, where it is sought, where it may stand, why.</summary>
    public static readonly (string Pattern, string In, string Except, string Why)[] Banned =
    [
        (@"\bConsole\s*\.", "", "", "bypasses redirection, transcripts and remoting"),
        (@"\bDateTime(Offset)?\s*\.\s*(Utc)?(Now|Today)\b", "", "", "use TimeProvider"),
        (@"\bEnvironment\s*\.\s*CurrentDirectory|\bDirectory\s*\.\s*GetCurrentDirectory", "", "", "not $PWD"),
        (@"\bEnvironment\s*\.\s*(Exit|FailFast)\b", "", "", "ends the user's session"),
        // The Result of a failure is a value. A completer has nothing to await with: PowerShell calls it synchronously.
        (@"(?<!\bfailure)\.\s*Result\b(?!\s*[({=])|\.\s*Wait\s*\(|\.\s*GetAwaiter\s*\(", "",
            "Cmdlets/Common/ Cmdlets/Completion/", "blocks on a task"),
        (@"\bThread\s*\.\s*Sleep\b", "", "", "blocks"),
        (@"\bnew\s+(HttpClient|SocketsHttpHandler|HttpClientHandler)\b", "", "Engine/Http/", "one handler"),
        (@"\b(HttpClient|SocketsHttpHandler|HttpClientHandler)\s+\w+\s*=\s*new\b", "", "Engine/Http/", "one handler"),
        (@"\bCultureInfo\s*\.\s*Current(UI)?Culture\b", "", "", "ordinal and invariant only"),
        (@"\bnew\s+ErrorRecord\b|\bErrorRecord\s+\w+\s*=\s*new\b", "", "Cmdlets/Common/ErrorRecords.cs", "one factory"),
        (@"\bPath\s*\.\s*GetFullPath\b", "Cmdlets/", "", "uses the process directory, not $PWD"),
        (@"\bnew\s+NotImplementedException\b", "", "", "unfinished"),
        (@"\bSystem\s*\.\s*Management\s*\.\s*Automation\b", "Engine/", "", "the engine knows no PowerShell"),
        (@"\bSystem\s*\.\s*Net\s*\.\s*(Http|Sockets)\b", "Cmdlets/", "", "a cmdlet opens no socket"),
        (@"\bSystem\s*\.\s*Text\s*\.\s*Json\b", "Cmdlets/", "", "a cmdlet parses no wire format"),
        (@"\bSystem\s*\.\s*Net\b", "Engine/Verification/", "", "verification dials nobody"),
    ];

    /// <summary>The folders of one line of the table, each with the types allowed of it, or none for all.</summary>
    public static Dictionary<string, string[]> Parse(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(static entry => entry.Split(':'))
            .ToDictionary(static e => e[0], static e => e.Length == 1 ? [] : e[1].Split(','));
}
