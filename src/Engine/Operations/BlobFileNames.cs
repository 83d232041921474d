namespace SigstorePS.Operations;

/// <summary>Names for what is written of each file that is signed.</summary>
/// <param name="formats">What is written.</param>
internal sealed class BlobFileNames(SignatureFormats formats)
{
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    /// <summary>File or directory; null: beside each file.</summary>
    public string? BundlePath { get; init; }

    public string? SignatureOutFile { get; init; }

    public string? CertificateOutFile { get; init; }

    /// <summary>File for the statement of an attestation.</summary>
    public string? StatementOutFile { get; init; }

    /// <summary>
    /// What is written is an attestation: it has a name of its own, so that neither overwrites the other, and no parts
    /// that nobody asked for.
    /// </summary>
    public bool Attestation { get; init; }

    public bool Force { get; init; }

    /// <summary>Whether a certificate names the signer: then it is written, in the older format.</summary>
    public bool Certified { get; set; }

    /// <summary>How many bundles there are of a file: several are lines of one.</summary>
    public int Signers { get; set; } = 1;

    /// <summary>The files for one that is signed.</summary>
    /// <param name="path">The file; null: a stream or digest, which has no name.</param>
    /// <exception cref="SigstoreException">FileExists: one name for several files. ContradictoryPolicy.</exception>
    public BlobOutputs For(string? path)
    {
        bool legacy = formats.HasFlag(SignatureFormats.Legacy);
        bool bundle = formats.HasFlag(SignatureFormats.Bundle);
        if (legacy && Signers > 1)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                Attestation ? "-Format Legacy has room for one attestation; give one -Key and one predicate."
                    : "-Format Legacy has room for one signature; give one -Key.");
        }

        string kind = Attestation ? BlobSignatures.AttestationEnding : string.Empty;
        BlobOutputs outputs = new()
        {
            Bundle = bundle
                ? Name(BundlePath, path, kind + (Signers > 1 ? ".sigstore.jsonl" : ".sigstore.json")) : null,
            LegacyBundle = legacy ? Name(bundle ? null : BundlePath, path, kind + ".cosign.bundle") : null,
            Signature = legacy ? Part(SignatureOutFile, path, ".sig") : null,
            Certificate = legacy && Certified ? Part(CertificateOutFile, path, ".pem") : null,
            Statement = Part(StatementOutFile, path, ".json"),
            Force = Force,
        };
        foreach (string? name in (string?[])[
            outputs.Bundle, outputs.LegacyBundle, outputs.Signature, outputs.Certificate, outputs.Statement,
        ])
        {
            if (name is not null && path is not null && string.Equals(name, path, StringComparison.OrdinalIgnoreCase))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.ContradictoryPolicy, $"'{name}' is the file to sign: it would be overwritten.");
            }

            if (name is not null && !_given.Add(name))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.FileExists,
                    $"'{name}' was written for another file of this command; give a directory as -BundlePath.");
            }
        }

        return outputs;
    }

    private string? Part(string? given, string? path, string ending) =>
        given is not null ? Name(given, path, (Attestation ? BlobSignatures.AttestationEnding : string.Empty) + ending)
        : Attestation || ending == ".json" ? null
        : Name(null, path, ending);

    private static string? Name(string? given, string? path, string ending)
    {
        bool directory = given is not null && (Directory.Exists(given) || Path.EndsInDirectorySeparator(given));
        return given is null ? (path is null ? null : path + ending)
            : !directory ? given
            : path is null ? null
            : Path.Combine(given, Path.GetFileName(path) + ending);
    }
}
