using System.Buffers.Text;
using System.Text;

namespace SigstorePS.Commands;

/// <summary>A signature as -Signature takes it: base64 text, or a file with base64 text or the bare bytes.</summary>
internal static class SignatureArgument
{
    /// <exception cref="SigstoreException">MalformedSignature, LimitExceeded, FileUnavailable.</exception>
    public static byte[] Read(string text, PathResolver paths)
    {
        if (Decode(text) is { } given)
        {
            return given;
        }

        byte[] content;
        try
        {
            content = paths.Read(text, Limits.Payload);
        }
        catch (SigstoreException e) when (e.Code == SigstoreErrorCode.PathNotFound)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature, "-Signature is neither base64 text nor a file that exists.", e);
        }

        return Decode(Encoding.UTF8.GetString(content)) ?? content;
    }

    private static byte[]? Decode(string text)
    {
        string trimmed = text.Trim();
        return trimmed.Length > 0 && Base64.IsValid(trimmed) ? Convert.FromBase64String(trimmed) : null;
    }
}
