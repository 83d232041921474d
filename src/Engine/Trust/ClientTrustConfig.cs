using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;

namespace SigstorePS.Trust;

/// <summary>Whom to trust and whom to sign with in one file (sigstore_trustroot.proto, ClientTrustConfig).</summary>
internal sealed record ClientTrustConfig(TrustedRoot TrustedRoot, SigningConfig SigningConfig)
{
    public const string MediaTypeV01 = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json";

    /// <exception cref="SigstoreException">
    /// MalformedTrustRoot, MalformedSigningConfig, Unsupported (a media type), LimitExceeded.
    /// </exception>
    public static ClientTrustConfig Read(ReadOnlyMemory<byte> content)
    {
        if (content.Length > Limits.TrustedRoot)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"A client trust configuration of {content.Length} bytes is over {Limits.TrustedRoot}.");
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(content);
            JsonElement root = document.RootElement;
            if (ProtoJson.String(root, "mediaType") is var mediaType && mediaType != MediaTypeV01)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.Unsupported,
                    $"Client trust configurations of media type '{mediaType}' are not supported.");
            }

            TrustedRoot trusted = TrustedRootReader.Read(
                ProtoJson.Object(root, "trustedRoot") ?? throw new FormatException("'trustedRoot' is missing"));
            JsonElement signing =
                ProtoJson.Object(root, "signingConfig") ?? throw new FormatException("'signingConfig' is missing");
            return new ClientTrustConfig(trusted, ReadSigning(signing));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedTrustRoot, $"The client trust configuration cannot be read: {e.Message}", e);
        }
    }

    public byte[] Write() => CompactJson.Bytes(new JsonObject
    {
        ["mediaType"] = MediaTypeV01,
        ["trustedRoot"] = TrustedRootWriter.Node(TrustedRoot),
        ["signingConfig"] = SigningConfigWriter.Node(SigningConfig),
    });

    private static SigningConfig ReadSigning(JsonElement element)
    {
        try
        {
            return SigningConfigReader.Read(element);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSigningConfig, $"The signing configuration cannot be read: {e.Message}", e);
        }
    }
}
