using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SigstorePS.KeyPlugin;

/// <summary>What a plug-in must not do, or may do and must be survived.</summary>
internal static class Trouble
{
    /// <returns>The exit code.</returns>
    public static int Make(string what, JsonObject answer, string path)
    {
        string good = answer.ToJsonString();
        string secret = Environment.GetEnvironmentVariable("SAMPLE_PLUGIN_TOKEN") ?? "none";
        switch (what)
        {
            case "slow":
                Thread.Sleep(TimeSpan.FromSeconds(60));
                return Write(good);
            case "garbage":
                return Write("<html>not \u001b[31mfound</html>");
            case "nothing":
                return Write(string.Empty);
            case "twice":
                return Write(good[..^1] + "," + good[1..]);
            case "other":
                return Write("{\"publicKey\":{},\"defaultAlgorithm\":{\"defaultAlgorithm\":\"x\"}}");
            case "nobase64":
                return Write(good.Replace("\":\"", "\":\"@@", StringComparison.Ordinal));
            case "surrogate":
                return Write("{\"errorMessage\":\"\\ud800\"}");
            case "null":
                return Write("null");
            case "large":
                return Write(good[..^1] + ",\"padding\":\"" + new string('x', 2 * 1024 * 1024) + "\"}");
            case "flood":
                return Write(new string('[', 20 * 1024 * 1024));
            case "wrong":
                using (ECDsa another = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    byte[] signature = another.SignData(
                        [1], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
                    return Write($"{{\"signMessage\":{{\"signature\":\"{Convert.ToBase64String(signature)}\"}}}}");
                }

            // No one time, the right answer from then on.
            case "busy" when !File.Exists(path + ".busy"):
                File.WriteAllText(path + ".busy", string.Empty);
                return Write("{\"errorMessage\":\"rate limit\"}");
            case "busy":
                return Write(good);
            case "other-key" when File.Exists(path):
                using (ECDsa another = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    string pem = another.ExportSubjectPublicKeyInfoPem();
                    return Write($"{{\"publicKey\":{{\"publicKeyPEM\":\"{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(pem))}\"}}}}");
                }

            case "other-key":
                return Write(good);
            case "no":
                return Write("{\"errorMessage\":\"the token \\u001b]0;evil\\u0007 is\\nlocked\"}");
            case "code":
                Write(good);
                return 3;
            case "crash":
                Console.Error.WriteLine($"panic: token {secret}");
                return 2;
            case "leak":
                Console.Error.WriteLine($"token {secret}");
                return Write($"{{\"errorMessage\":\"refused with {secret}\"}}");
            default:
                throw new ArgumentException(what, nameof(what));
        }
    }

    private static int Write(string text)
    {
        using Stream output = Console.OpenStandardOutput();
        output.Write(Encoding.UTF8.GetBytes(text));
        return 0;
    }
}
