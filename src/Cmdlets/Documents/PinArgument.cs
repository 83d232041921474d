using System.Management.Automation;
using SigstorePS.Documents;

namespace SigstorePS.Commands;

/// <summary>
/// Results of tests as -Pin takes them: anything with Image, Digest and Verified, so that those of a job count as well.
/// </summary>
internal static class PinArgument
{
    /// <exception cref="SigstoreException">InvalidValue: not such a result.</exception>
    public static VerifiedDigests Read(IReadOnlyList<object> results)
    {
        VerifiedDigests digests = new();
        List<string> failed = [];
        foreach (PSObject result in results.Select(static r => PSObject.AsPSObject(r)))
        {
            string? image = ObjectValues.Text(result, "Image");
            bool? verified = ObjectValues.Value(result, "Verified") as bool?;
            if (image is null || verified is null)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.InvalidValue,
                    "-Pin takes results of Test-ImageSignature: objects with Image, Digest and Verified.");
            }

            // Without that check the signature may be one of any other image.
            if (!verified.Value || SpeaksOfAnything(result))
            {
                failed.Add(image);
                continue;
            }

            digests.Add(image, ObjectValues.Text(result, "Digest") ?? string.Empty, ObjectValues.Text(result, "Platform") is not null);
        }

        // One failure among the images of an index is enough.
        failed.ForEach(digests.Refuse);
        return digests;
    }

    private static bool SpeaksOfAnything(PSObject result) => ObjectProperties.Of(result)!.Items("Checks")
        .Select(ResultShape.Check).Any(static c => c.Name == "Claims" && c.IsSkipped);
}
