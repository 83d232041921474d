using System.Text;
using System.Text.Json;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Interop;

/// <summary>What the other commands of cosign see of our signatures, and we of theirs.</summary>
public sealed class CommandInteropTests(InteropSession session) : IClassFixture<InteropSession>
{
    public static TheoryData<Peer> All() => [.. Enum.GetValues<Peer>()];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Annotations_are_checked_by_the_other_side(Peer peer)
    {
        SigstoreKeyPair pair = await session.OurKeyAsync();
        string ours = await session.PushAsync();
        Dictionary<string, string> annotations = new() { ["build"] = "42", ["tag"] = "v1" };
        await session.WeSignAsync(ours, pair, new SigningRequest
        {
            Means = KeyMeans.Of(InteropSession.FormatOf(peer)),
            Annotations = annotations,
        });
        string theirs = await session.PushAsync();
        InteropSession.Passed(await session.CosignSignAsync(
            peer, theirs, pair, more: ["-a", "build=42", "-a", "tag=v1"]));

        foreach (string image in (string[])[ours, theirs])
        {
            InteropSession.Passed(await session.CosignVerifyAsync(
                peer, image, pair.PublicKeyPath!, "-a", "build=42", "-a", "tag=v1"));
            Assert.Equal("42", (await session.WeVerifyAsync(image, pair.PublicKeyPath!, annotations)).Annotations["build"]);

            Assert.False((await session.CosignVerifyAsync(peer, image, pair.PublicKeyPath!, "-a", "build=43")).Succeeded);
            Assert.Equal(
                SigstoreErrorCode.AnnotationMismatch,
                await session.WeRefuseAsync(image, pair.PublicKeyPath!, new Dictionary<string, string> { ["build"] = "43" }));
            Assert.False((await session.CosignVerifyAsync(peer, image, pair.PublicKeyPath!, "-a", "more=1")).Succeeded);
            Assert.Equal(
                SigstoreErrorCode.AnnotationMismatch,
                await session.WeRefuseAsync(image, pair.PublicKeyPath!, new Dictionary<string, string> { ["more"] = "1" }));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task An_index_is_signed_with_all_its_children(Peer peer)
    {
        await session.StartAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync();
        foreach (bool weSign in (bool[])[true, false])
        {
            string image = $"{session.Host}/{session.NewName("index")}:v1";
            IReadOnlyList<Descriptor> parts =
                await SmallImage.PushIndexAsync(session.Store(image), "v1", image, default);
            if (weSign)
            {
                await session.WeSignAsync(
                    image, pair, new SigningRequest { Means = KeyMeans.Of(InteropSession.FormatOf(peer)) },
                    new ImageQuery { Recurse = true });
            }
            else
            {
                InteropSession.Passed(await session.CosignSignAsync(peer, image, pair, more: ["--recursive"]));
            }

            foreach (Descriptor part in parts)
            {
                string pinned = $"{image[..image.LastIndexOf(':')]}@{part.Digest}";
                Assert.True((await session.WeVerifyAsync(pinned, pair.PublicKeyPath!)).Verified);
                InteropSession.Passed(await session.CosignVerifyAsync(peer, pinned, pair.PublicKeyPath!));
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Tree_triangulate_and_download_agree_with_our_listings(Peer peer)
    {
        string image = await session.PushAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync();
        ImageSignature made = Assert.Single(await session.WeSignAsync(image, pair, peer));
        ImageTarget target = await session.ResolveAsync(image);
        Cosign cosign = InteropSession.Cosign(peer);

        PeerResult tree = await session.RunAsync(cosign, ["tree", image]);
        InteropSession.Passed(tree);
        ImageArtifact[] nodes = [.. (await ArtifactTree.ListAsync(target, new ImageQuery(), default)).Skip(1)];
        Assert.Equal(["Signature", "Blob"], nodes.Select(static n => n.Kind));
        Assert.Contains(made.SignatureReference, tree.Output, StringComparison.Ordinal);
        Assert.Contains(nodes[1].Digest, tree.Output, StringComparison.Ordinal);

        PeerResult triangulated = await session.RunAsync(cosign, ["triangulate", image]);
        InteropSession.Passed(triangulated);
        IReadOnlyList<SignatureTag> tags = await SignatureListing.FindTagsAsync(
            image, ImageReference.Parse(image), target.Store, target.Store, "", default);
        SignatureTag tag = tags.Single(static t => t.Kind == "Signature");
        Assert.Equal(tag.Reference, triangulated.Output.Trim());
        Assert.Equal(peer != Peer.Cosign3Bundle, tag.Exists);

        PeerResult downloaded = await session.RunAsync(cosign, ["download", "signature", image]);
        InteropSession.Passed(downloaded);
        ListedSignatures listed = await SignatureListing.ListAsync(
            target, new ImageQuery(), false, new Progress<EngineReport>(), default);
        ImageSignature found = Assert.Single(listed.Signatures);
        Assert.Equal(made.Signature, found.Signature);
        using JsonDocument document = JsonDocument.Parse(downloaded.Output.Trim());
        JsonElement root = document.RootElement;
        if (peer == Peer.Cosign3Bundle)
        {
            Assert.Equal(
                found.Signature, root.GetProperty("dsseEnvelope").GetProperty("signatures")[0].GetProperty("sig").GetString());
        }
        else
        {
            Assert.Equal(found.Signature, root.GetProperty("Base64Signature").GetString());
            Assert.Equal(
                found.Payload, Encoding.UTF8.GetString(root.GetProperty("Payload").GetBytesFromBase64()));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Cosign_clean_removes_what_we_stored(Peer peer)
    {
        string image = await session.PushAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync();
        await session.WeSignAsync(image, pair, peer);
        InteropSession.Passed(await session.RunAsync(
            InteropSession.Cosign(peer), ["clean", "--force", "--type", "all", image]));
        SigstoreErrorCode code = await session.WeRefuseAsync(image, pair.PublicKeyPath!);
        Assert.True(code is SigstoreErrorCode.NoSignatureFound or SigstoreErrorCode.BlobNotFound, code.ToString());
        InteropSession.Refused(await session.CosignVerifyAsync(peer, image, pair.PublicKeyPath!));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_we_remove_is_gone_for_cosign(Peer peer)
    {
        string image = await session.PushAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync();
        InteropSession.Passed(await session.CosignSignAsync(peer, image, pair));
        ImageTarget target = await session.ResolveAsync(image);
        foreach (RemovalStep step in await ArtifactRemover.PlanAsync(
            target, RemovalKinds.Signature, new ImageQuery(), default))
        {
            Assert.NotNull(await session.Engine.Remover.RemoveAsync(step, default));
        }

        Assert.Equal(SigstoreErrorCode.NoSignatureFound, await session.WeRefuseAsync(image, pair.PublicKeyPath!));
        InteropSession.Refused(await session.CosignVerifyAsync(peer, image, pair.PublicKeyPath!));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Signatures_are_found_in_another_repository(Peer peer)
    {
        SigstoreKeyPair pair = await session.OurKeyAsync();
        string ours = await session.PushAsync();
        string theirs = await session.PushAsync();
        string other = $"{session.Host}/{session.NewName("signatures")}";
        Cosign cosign = InteropSession.Cosign(peer).With("COSIGN_REPOSITORY", other);
        ImageQuery query = new() { SignatureRepository = ImageReference.Parse(other) };

        await session.WeSignAsync(
            ours, pair, new SigningRequest { Means = KeyMeans.Of(InteropSession.FormatOf(peer)) }, query);
        InteropSession.Passed(await session.CosignVerifyAsync(cosign, ours, pair.PublicKeyPath!));
        Assert.Equal(SigstoreErrorCode.NoSignatureFound, await session.WeRefuseAsync(ours, pair.PublicKeyPath!));

        InteropSession.Passed(await session.CosignSignAsync(peer, cosign, theirs, pair));
        Assert.True((await session.WeVerifyAsync(theirs, pair.PublicKeyPath!, query: query)).Verified);
        Assert.Equal(SigstoreErrorCode.NoSignatureFound, await session.WeRefuseAsync(theirs, pair.PublicKeyPath!));
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Legacy)]
    public async Task Docker_media_types_pass_both_ways(Peer peer)
    {
        SigstoreKeyPair pair = await session.OurKeyAsync();
        string ours = await session.PushAsync();
        await session.WeSignAsync(
            ours, pair, new SigningRequest { Means = KeyMeans.Of(SignatureFormats.Legacy), DockerMediaTypes = true });
        InteropSession.Passed(await session.CosignVerifyAsync(peer, ours, pair.PublicKeyPath!));
        await AssertDockerAsync(ours);

        string theirs = await session.PushAsync();
        Cosign cosign = InteropSession.Cosign(peer).With("COSIGN_DOCKER_MEDIA_TYPES", "1");
        InteropSession.Passed(await session.CosignSignAsync(peer, cosign, theirs, pair));
        Assert.True((await session.WeVerifyAsync(theirs, pair.PublicKeyPath!)).Verified);
        await AssertDockerAsync(theirs);

        // A second signature keeps the form the first one has.
        SigstoreKeyPair second = await session.OurKeyAsync(purpose: "second");
        await session.WeSignAsync(theirs, second, peer);
        await AssertDockerAsync(theirs);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, theirs, pair.PublicKeyPath!));
        InteropSession.Passed(await session.CosignVerifyAsync(peer, theirs, second.PublicKeyPath!));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Several_signers_of_both_sides_share_a_place(Peer peer)
    {
        string image = await session.PushAsync();
        SigstoreKeyPair first = await session.OurKeyAsync();
        SigstoreKeyPair second = await session.OurKeyAsync(purpose: "second");
        SigstoreKeyPair third = await session.OurKeyAsync(purpose: "third");
        await session.WeSignAsync(image, first, peer);
        InteropSession.Passed(await session.CosignSignAsync(peer, image, second));
        await session.WeSignAsync(image, third, peer);
        foreach (SigstoreKeyPair pair in (SigstoreKeyPair[])[first, second, third])
        {
            Assert.True((await session.WeVerifyAsync(image, pair.PublicKeyPath!)).Verified);
            InteropSession.Passed(await session.CosignVerifyAsync(peer, image, pair.PublicKeyPath!));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_cosign_saves_verifies_as_a_layout(Peer peer)
    {
        string image = await session.PushAsync();
        SigstoreKeyPair pair = await session.OurKeyAsync();
        await session.WeSignAsync(image, pair, peer);
        string directory = Path.Combine(session.Folder, session.NewName("layout"));
        Directory.CreateDirectory(directory);
        InteropSession.Passed(await session.RunAsync(
            InteropSession.Cosign(peer), ["save", "--dir", directory, image]));

        ImageVerification result = await session.WeVerifyAsync($"oci:{directory}", pair.PublicKeyPath!);
        Assert.True(result.Verified);
        Assert.Equal((await session.ResolveAsync(image)).Digest.ToString(), result.Digest);
    }

    [Theory]
    [InlineData(Peer.Cosign2Legacy)]
    [InlineData(Peer.Cosign3Legacy)]
    public async Task A_signature_made_by_openssl_is_attached_and_verified(Peer peer)
    {
        string image = await session.PushAsync();
        ImageTarget target = await session.ResolveAsync(image);
        byte[] payload = ImageSigner.CreatePayload(target, null, Descriptor.NoAnnotations);
        string name = session.NewName("openssl");
        await File.WriteAllBytesAsync(Path.Combine(session.Folder, name), payload);
        await OpenSslAsync("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", $"{name}.key");
        await OpenSslAsync("ec", "-in", $"{name}.key", "-pubout", "-out", $"{name}.pub");
        await OpenSslAsync("dgst", "-sha256", "-sign", $"{name}.key", "-out", $"{name}.sig", name);

        await session.Engine.Attacher.AttachAsync(
            target,
            new AttachRequest { Signature = await File.ReadAllBytesAsync(Path.Combine(session.Folder, $"{name}.sig")) },
            default);

        string key = Path.Combine(session.Folder, $"{name}.pub");
        Assert.True((await session.WeVerifyAsync(image, key)).Verified);
        InteropSession.Passed(await session.CosignVerifyAsync(peer, image, key));
    }

    private async Task AssertDockerAsync(string image)
    {
        ImageTarget target = await session.ResolveAsync(image);
        Manifest? manifest = await target.Store.GetManifestAsync(
            SignatureTagName.Of(target.Digest, SignatureTagName.Signature), default);
        Assert.Equal(MediaTypes.DockerManifest, manifest?.MediaType);
        Assert.Equal(MediaTypes.DockerConfig, manifest?.Config?.MediaType);
    }

    private async Task OpenSslAsync(params string[] arguments)
    {
        string program = Peers.RequireOpenSsl();
        Dictionary<string, string> variables = new() { ["HOME"] = session.Folder };
        InteropSession.Passed(await PeerProcess.RunAsync(
            program, arguments, session.Folder, variables, TimeSpan.FromMinutes(1), default));
    }
}
