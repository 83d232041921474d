using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Oci;

namespace SigstorePS.Operations;

/// <summary>What belongs to a signature or envelope made elsewhere, and is kept in the annotations of its layer.</summary>
internal sealed record AttachedMaterial
{
    public string? CertificatePem { get; init; }

    public string? ChainPem { get; init; }

    /// <summary>Rekor bundle as cosign 2 stores it.</summary>
    public string? RekorBundleJson { get; init; }

    /// <summary>RFC 3161 TimeStampResp, DER.</summary>
    public byte[]? TimestampResponse { get; init; }

    /// <summary>Whether there is any.</summary>
    public bool IsEmpty => this == new AttachedMaterial();

    /// <summary>Under the names that cosign reads.</summary>
    public Dictionary<string, string> Annotations()
    {
        Dictionary<string, string> annotations = [];
        Add(MediaTypes.CertificateAnnotation, CertificatePem);
        Add(MediaTypes.ChainAnnotation, ChainPem);
        Add(MediaTypes.RekorBundleAnnotation, RekorBundleJson);
        Add(
            MediaTypes.TimestampAnnotation,
            TimestampResponse is { } response ? Encoding.UTF8.GetString(LegacyWriter.Timestamp(response)) : null);
        return annotations;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                annotations[name] = value;
            }
        }
    }
}
