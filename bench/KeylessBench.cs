using System.Globalization;
using SigstorePS.Oci;
using SigstorePS.Oidc;
using SigstorePS.Operations;
using SigstorePS.Signing;
using SigstorePS.Support;
using SigstorePS.Trust;

namespace SigstorePS.Bench;

/// <summary>
/// 100 images signed for an identity against the real servers: one token and one certificate with us, a process, a
/// certificate and a trust root each with cosign 3.1.1.
/// </summary>
internal static class KeylessBench
{
    private static readonly IProgress<EngineReport> Silent = new Progress<EngineReport>();

    public static async Task RunAsync(Arena arena, Table table, int images, int runs)
    {
        SigstoreStack stack = Peers.RequireStack();
        foreach (string config in (string[])["v1-tsa", "v2"])
        {
            string[] theirs = await arena.PushAsync($"cosign-keyless-{config}", runs);
            List<double> each = [];
            foreach (string image in theirs)
            {
                string token = await TokenAsync(stack);
                each.Add(await arena.CosignAsync(
                    "sign", "--yes", "--identity-token", token, "--signing-config", stack.SigningConfig(config),
                    "--trusted-root", stack.TrustedRoot, image));
            }

            double all = each.Sum() * images / runs;
            foreach (int throttle in (int[])[1, Arena.Throttle])
            {
                string[] ours = await arena.PushAsync($"we-keyless-{config}-{throttle}-", images);
                int tokens = 0;
                double seconds = await Arena.SecondsAsync(() => SignAsync(stack, config, ours, throttle, () => tokens++));
                table.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"keyless {config}: {images} images, throttle {throttle}, tokens {tokens}, against {images} processes "
                        + $"({runs} run)"),
                    Table.Seconds(seconds), Table.Seconds(all), all / seconds);
            }
        }
    }

    private static async Task SignAsync(
        SigstoreStack stack, string config, string[] images, int throttle, Action asked)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        TrustedRoot root = TrustedRootReader.Read(await File.ReadAllBytesAsync(stack.TrustedRoot));
        SigningConfig services = TrustFiles.ReadSigningConfig(
            await File.ReadAllBytesAsync(stack.SigningConfig(config)), config, now).Config;
        using SigstoreEngine engine = Arena.NewEngine();
        using FulcioCredentials alice = engine.Certificates.Open(
            new Uri(stack.Fulcio), new CertificateOrder { Root = root }, async _ =>
            {
                asked();
                return IdentityToken.Parse(await TokenAsync(stack), "bench");
            });
        SigningRequest request = new()
        {
            Means = new SigningMeans
            {
                Credentials = [alice],
                Services = SigningServices.Choose(new ServiceWishes { Config = services, Keyless = true }, now),
                Root = root,
            },
        };
        await Parallel.ForEachAsync(
            images, new ParallelOptions { MaxDegreeOfParallelism = throttle }, async (image, cancel) =>
            {
                ImageQuery query = new();
                foreach (ImageTarget target in await engine.Resolver.ResolveAsync(
                    image, ImageReference.Parse(image), query, cancel))
                {
                    await engine.Signer.SignAsync(target, request, query, Silent, cancel);
                }
            });
    }

    private static Task<string> TokenAsync(SigstoreStack stack) =>
        stack.TokenAsync("email", "sub=alice&email=alice@example.test&email_verified=true", default);
}
