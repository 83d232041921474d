using SigstorePS.Operations;
using SigstorePS.Support;
using SigstorePS.Tests.Interop;

namespace SigstorePS.Tests.Keys;

/// <summary>Images signed and verified with keys that live elsewhere, beside real cosigns.</summary>
internal static class RemoteImages
{
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    /// <summary>Signs an image in the format the peer reads.</summary>
    public static async Task SignAsync(InteropSession session, string image, SigstoreKey key, Peer like)
    {
        SignatureFormats formats = InteropSession.FormatOf(like);
        await session.Engine.Signer.SignAsync(
            await session.ResolveAsync(image),
            new SigningRequest { Means = KeyMeans.Of(formats, key.Reference, key.Signer) }, new ImageQuery(), Silent, default);
    }

    /// <summary>The public key in a file, for a cosign that knows no more.</summary>
    public static string Export(InteropSession session, SigstoreKey key)
    {
        string path = Path.Combine(session.Folder, session.NewName("exported") + ".pub");
        File.WriteAllText(path, key.PublicKey);
        return path;
    }

    /// <summary>What a cosign signs with the key itself.</summary>
    public static Task<PeerResult> CosignSignAsync(
        InteropSession session, Cosign cosign, Peer peer, string image, string reference) =>
        session.RunAsync(cosign, ["sign", "--yes", "--key", reference, .. Flags(peer), image]);

    private static string[] Flags(Peer peer) => peer switch
    {
        Peer.Cosign2Legacy => ["--tlog-upload=false"],
        Peer.Cosign3Legacy => ["--tlog-upload=false", "--use-signing-config=false", "--new-bundle-format=false"],
        _ => ["--tlog-upload=false", "--use-signing-config=false"],
    };
}
