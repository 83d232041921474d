using System.Text.Json.Nodes;

namespace SigstorePS.Support.Sigstore;

/// <summary>Answers of a Fulcio that nobody should accept.</summary>
internal static class FulcioDamage
{
    public static string Apply(FulcioLie lie, JsonObject answer, IReadOnlyList<byte[]> chain)
    {
        (string name, JsonNode? kind) = answer.First();
        JsonArray certificates = (JsonArray)kind!["chain"]!["certificates"]!;
        switch (lie)
        {
            case FulcioLie.Html:
                return "<html>";
            case FulcioLie.Truncated:
                return answer.ToJsonString()[..^1];
            case FulcioLie.Empty:
                return "{}";
            case FulcioLie.TwiceTheSame:
                return $$"""{"{{name}}":{{kind.ToJsonString()}},"{{name}}":{{kind.ToJsonString()}}}""";
            case FulcioLie.BothKinds:
                answer[name == "signedCertificateDetachedSct" ? "signedCertificateEmbeddedSct" : "signedCertificateDetachedSct"] =
                    kind.DeepClone();
                break;
            case FulcioLie.NoChain:
                ((JsonObject)kind).Remove("chain");
                break;
            case FulcioLie.EmptyChain:
                certificates.Clear();
                break;
            case FulcioLie.LongChain:
                while (certificates.Count <= Limits.ChainCertificates)
                {
                    certificates.Add(JsonValue.Create(VirtualFulcio.PemOf(chain[^1])));
                }

                break;
            case FulcioLie.NotPem:
                certificates[0] = Convert.ToBase64String(chain[0]);
                break;
            case FulcioLie.TwoInOne:
                certificates[0] = VirtualFulcio.PemOf(chain[0]) + VirtualFulcio.PemOf(chain[1]);
                break;
            case FulcioLie.KeyForCertificate:
                certificates[0] = VirtualFulcio.PemOf(chain[0]).Replace("CERTIFICATE", "PUBLIC KEY", StringComparison.Ordinal);
                break;
            case FulcioLie.BrokenCertificate:
                certificates[0] = VirtualFulcio.PemOf(chain[0][..^1]);
                break;
            case FulcioLie.SctNotBase64:
                kind["signedCertificateTimestamp"] = "*";
                break;
            case FulcioLie.SctNotJson:
                kind["signedCertificateTimestamp"] = "e30=";
                break;
            case FulcioLie.Huge:
                answer["padding"] = new string('x', Limits.FulcioAnswer);
                break;
        }

        return answer.ToJsonString();
    }
}
