using SigstorePS.CmdletHost;

namespace SigstorePS.Demo;

/// <summary>The steps of docs/demo.ps1. Argument: a folder it may write to. The module: SIGSTOREPS_MODULE.</summary>
internal static class Program
{
    private const string Image = "oci:./layout:1.0";

    private static int Main(string[] arguments)
    {
        string folder = arguments[0];
        string module = Environment.GetEnvironmentVariable("SIGSTOREPS_MODULE")!;
        File.WriteAllText(Path.Combine(folder, "app.txt"), "hello from 1.0\n");
        File.WriteAllText(Path.Combine(folder, "other.txt"), "hello from somebody else\n");

        using Session session = new(folder);
        session.Import(Path.Combine(module, "Sigstore.psd1"));
        DemoRun demo = new(session);

        demo.Show(
            "A key pair: cosign.key (encrypted), cosign.pub",
            new("New-SigstoreKeyPair") { { "OutputPrefix", "./cosign" } });
        demo.Show("A small image in an OCI layout", Publish("./app.txt"));
        demo.Show("Sign it", new("Set-ImageSignature")
        {
            { "Image", Image },
            { "Key", "./cosign.key" },
            { "Annotation", new System.Collections.Hashtable { ["build"] = "42" } },
            { "SkipTransparencyLog", true },
        });
        object verified = demo.Show("Verify it", Verify());
        demo.Show("Where its signatures are", new("Find-SignatureTag") { { "Image", Image } });

        string digest = (string)verified.GetType().GetProperty("Digest")!.GetValue(verified)!;
        string manifest = Path.Combine(folder, "layout", "blobs", "sha256", digest["sha256:".Length..]);
        string original = File.ReadAllText(manifest);
        File.WriteAllText(manifest, original.Replace("size", "sise", StringComparison.Ordinal));
        demo.ShowRefused("Somebody changed the image on disk: refused", Verify());
        File.WriteAllText(manifest, original);

        demo.Run(Publish("./other.txt"));
        demo.ShowRefused("Somebody moved the tag to another image: refused", Verify());

        Console.WriteLine("\ndemo: an image was signed and verified; a changed one and a replaced one were refused.");
        return 0;
    }

    private static Command Publish(string file) => new("Publish-ImageBlob") { { "Image", Image }, { "Path", file } };

    private static Command Verify() =>
        new("Test-ImageSignature") { { "Image", Image }, { "Key", "./cosign.pub" }, { "SkipTransparencyLog", true } };
}
