using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Encodings;
using SigstorePS.Http;
using SigstorePS.Operations;
using SigstorePS.Rekor;
using SigstorePS.Support;
using SigstorePS.Support.Rekor;
using SigstorePS.Trust;

namespace SigstorePS.Tests.Rekor;

/// <summary>
/// The log in this process is as good as the real ones: the same requests get the same answers, member by member, and
/// our own writer is content with both.
/// </summary>
public sealed class ShapeTests
{
    private const string Rekor2 = "http://127.0.0.1:15060";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rekor_v1_and_the_virtual_one_answer_alike()
    {
        SigstoreStack stack = Peers.RequireStack();
        await using VirtualRekor log = VirtualRekor.Start();
        List<string> differences = [];
        foreach ((string name, byte[] request) in RequestsOfV1())
        {
            Answer real = await PostAsync(new Uri(stack.Rekor1 + "/api/v1/log/entries"), request);
            Answer mine = await PostAsync(new Uri(log.Address, "api/v1/log/entries"), request);
            Compare(differences, name, real, mine, exactMessage: true);
        }

        Assert.Empty(differences);
    }

    [Fact]
    public async Task Rekor_v2_and_the_virtual_one_answer_alike()
    {
        _ = Peers.RequireStack();
        await using VirtualRekor log = VirtualRekor.Start(tiled: true);
        List<string> differences = [];
        foreach ((string name, byte[] request) in RequestsOfV2())
        {
            Answer real = await PostAsync(new Uri(Rekor2 + "/api/v2/log/entries"), request);
            Answer mine = await PostAsync(new Uri(log.Address, "api/v2/log/entries"), request);

            // Texts of protojson change from build to build on purpose; indexes are those of two logs.
            Compare(differences, name, real, mine, exactMessage: false);
        }

        Assert.Empty(differences);

        log.WriteOnly = true;
        Assert.Equal(
            (await GetAsync(new Uri(Rekor2 + "/api/v2/checkpoint"))).Text(exactMessage: true),
            (await GetAsync(new Uri(log.Address, "api/v2/checkpoint"))).Text(exactMessage: true));
    }

    [Fact]
    public async Task The_real_logs_take_what_the_writer_writes_and_the_trust_root_vouches_for_it()
    {
        SigstoreStack stack = Peers.RequireStack();
        TrustedRoot root = TrustedRootReader.Read(await File.ReadAllBytesAsync(stack.TrustedRoot, Cancel));
        using HttpTransport transport = new(new HttpOptions { Clock = TimeProvider.System });
        RekorOperations rekor = new(
            transport.Open(TlsSettings.Default, RekorReplies.Http), new RekorFolders(null, null), TimeProvider.System);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (string log in (string[])[stack.Rekor1, stack.Rekor2Tiles])
        {
            foreach (string kind in (string[])["hashedrekord", "rekord", "dsse", "intoto"])
            {
                LogProposal proposal = kind is "dsse" or "intoto"
                    ? Proposals.OfStatement(kind, Proposals.Statement($"\"{Guid.NewGuid()}\""), key)
                    : Proposals.OfFile(RandomNumberGenerator.GetBytes(100), key, kind);
                proposal = kind == "rekord" ? proposal : Proposals.Certified(proposal, key);
                RekorQuery query = new(RekorQuery.ParseAddress(log), root);
                RekorDraft draft = new("draft", kind, proposal, null);
                RekorEntry entry = await rekor.PublishAsync(query, draft, Cancel);
                Assert.True(entry.Verified);
                Assert.False(entry.Existed);
                if (log == stack.Rekor2Tiles)
                {
                    // Trillian in memory takes duplicates: Rekor v1 answers 201 or 500 on it, never the 409 of real ones.
                    RekorEntry again = await rekor.PublishAsync(query, draft, Cancel);
                    Assert.Equal((true, true), (again.Verified, again.Existed));
                    Assert.Equal(entry.LogIndex, again.LogIndex);
                }
            }
        }
    }

    private static void Compare(List<string> differences, string name, Answer real, Answer mine, bool exactMessage)
    {
        string expected = $"{real.Text(exactMessage)} {real.Body()}";
        string actual = $"{mine.Text(exactMessage)} {mine.Body()}";
        if (expected != actual)
        {
            differences.Add($"{name}\n  real {expected}\n  ours {actual}");
        }
    }

    private static IEnumerable<(string, byte[])> RequestsOfV1()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa large = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using RSA rsa = RSA.Create(2048);
        byte[] content = RandomNumberGenerator.GetBytes(50);
        byte[] seed = RandomNumberGenerator.GetBytes(32);
        LogProposal file = Proposals.OfFile(content, key);
        LogProposal statement = Proposals.OfStatement("dsse", Proposals.Statement($"\"{Guid.NewGuid()}\""), key);
        yield return ("hashedrekord", RekorProposals.Write(file));
        yield return ("certificate", RekorProposals.Write(Proposals.Certified(Proposals.OfFile(content, key), key)));
        yield return ("P-384", RekorProposals.Write(Proposals.OfFile(content, large)));
        yield return ("RSA", RekorProposals.Write(Proposals.OfFile(content, rsa)));
        yield return ("Ed25519ph", RekorProposals.Write(Proposals.OfEd25519(content, seed, prehash: true)));
        yield return ("pure Ed25519", RekorProposals.Write(Proposals.OfEd25519(content, seed, prehash: false)));
        yield return ("rekord", RekorProposals.Write(Proposals.OfFile(content, key, "rekord")));
        yield return ("dsse", RekorProposals.Write(statement));
        yield return ("dsse by P-384", RekorProposals.Write(Proposals.OfStatement("dsse", Proposals.Statement(), large)));
        yield return ("intoto", RekorProposals.Write(Proposals.OfStatement("intoto", Proposals.Statement(), key, "id")));
        yield return ("intoto without id", RekorProposals.Write(Proposals.OfStatement("intoto", Proposals.Statement(), key)));
        foreach ((string path, JsonNode? value) in (IEnumerable<(string, JsonNode?)>)
        [
            ("kind", "nono"), ("apiVersion", "0.0.9"), ("spec/data/hash/value", new string('0', 64)),
            ("spec/data/hash/value", "00"), ("spec/signature", null), ("spec/data", null), ("spec/signature/content", "!!"),
            ("spec/signature/publicKey/content", Convert.ToBase64String("foo"u8)),
            ("spec/signature/publicKey/content", "A!"),
        ])
        {
            yield return ($"hashedrekord with another {path}", Edit(RekorProposals.Write(file), path, value));
        }

        yield return ("dsse without verifier",
            Edit(RekorProposals.Write(statement), "spec/proposedContent/verifiers", new JsonArray()));
        yield return ("dsse of another", RekorProposals.Write(statement with
        {
            Envelope = statement.Envelope! with { Payload = Proposals.Statement("1") },
        }));
        yield return ("intoto without hash", Edit(
            RekorProposals.Write(Proposals.OfStatement("intoto", Proposals.Statement(), key)), "spec/content/hash", null));
        yield return ("no end", "{"u8.ToArray());
        yield return ("array", "[]"u8.ToArray());
        yield return ("nothing", []);
    }

    private static IEnumerable<(string, byte[])> RequestsOfV2()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa large = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using RSA rsa = RSA.Create(2048);
        byte[] content = RandomNumberGenerator.GetBytes(50);
        byte[] file = RekorV2Request.Write(Proposals.OfFile(content, key));
        yield return ("key", file);
        yield return ("again", file);
        yield return ("certificate", RekorV2Request.Write(Proposals.Certified(Proposals.OfFile(content, key), key)));
        yield return ("P-384", RekorV2Request.Write(Proposals.OfFile(content, large)));
        yield return ("RSA", RekorV2Request.Write(Proposals.OfFile(content, rsa)));
        yield return ("Ed25519ph", RekorV2Request.Write(
            Proposals.OfEd25519(content, RandomNumberGenerator.GetBytes(32), prehash: true)));
        const string Root = "hashedRekordRequestV002";
        foreach ((string path, JsonNode? value) in (IEnumerable<(string, JsonNode?)>)
        [
            ($"{Root}/digest", Convert.ToBase64String(new byte[32])), ($"{Root}/digest", "AA=="), ($"{Root}/digest", null),
            ($"{Root}/signature", null), ($"{Root}/signature/verifier", null), ($"{Root}/signature/verifier/publicKey", null),
            ($"{Root}/signature/verifier/keyDetails", "PKIX_ED25519"),
            ($"{Root}/signature/verifier/keyDetails", "PKIX_ECDSA_P384_SHA_256"),
            ($"{Root}/signature/content", "AA=="), ($"{Root}/more", 1), (Root, null), ("more", 1),
        ])
        {
            yield return ($"{path} = {value}", Edit(file, path, value));
        }

        yield return ("no end", "{"u8.ToArray());
    }

    private static byte[] Edit(byte[] request, string path, JsonNode? value)
    {
        JsonObject root = CompactJson.Edit(request);
        JsonObject parent = root;
        string[] names = path.Split('/');
        foreach (string name in names[..^1])
        {
            parent = parent[name]!.AsObject();
        }

        parent.Remove(names[^1]);
        if (value is not null)
        {
            parent[names[^1]] = value.DeepClone();
        }

        return CompactJson.Bytes(root);
    }

    private static Task<Answer> PostAsync(Uri uri, byte[] request) => SendAsync(new HttpRequestMessage(HttpMethod.Post, uri)
    {
        Content = new ByteArrayContent(request) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
    });

    private static Task<Answer> GetAsync(Uri uri) => SendAsync(new HttpRequestMessage(HttpMethod.Get, uri));

    private static async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using HttpMessageInvoker client = new(new SocketsHttpHandler { UseProxy = false });
        using HttpResponseMessage response = await client.SendAsync(request, Cancel);
        SortedDictionary<string, string> headers = new(StringComparer.Ordinal);
        foreach (string name in (string[])["ETag", "Location", "X-Log-Index"])
        {
            if (response.Headers.NonValidated.TryGetValues(name, out HeaderStringValues values))
            {
                headers[name] = values.ToString();
            }
        }

        headers["Content-Type"] = $"{response.Content.Headers.ContentType}";
        return new Answer(
            (int)response.StatusCode, headers, JsonNode.Parse(await response.Content.ReadAsByteArrayAsync(Cancel)));
    }

    private sealed record Answer(int Status, SortedDictionary<string, string> Headers, JsonNode? Json)
    {
        /// <summary>Status, headers with their parts that differ taken out, and the tree of members.</summary>
        public string Text(bool exactMessage)
        {
            StringBuilder text = new();
            text.Append(CultureInfo.InvariantCulture, $"{Status}");
            foreach ((string name, string value) in Headers)
            {
                text.Append(CultureInfo.InvariantCulture, $" {name}: {Name(value)};");
            }

            Write(text, Json, exactMessage);
            return text.ToString();
        }

        /// <summary>What was logged; of one request the same bytes in both logs.</summary>
        public string? Body() => Status != 201 ? null : Encoding.UTF8.GetString(Convert.FromBase64String(
            (Json!["canonicalizedBody"] ?? Json.AsObject().First().Value!["body"])!.GetValue<string>()));

        private static void Write(StringBuilder text, JsonNode? node, bool exact)
        {
            switch (node)
            {
                case JsonObject members:
                    text.Append('{');
                    foreach ((string name, JsonNode? value) in members.OrderBy(static m => m.Key, StringComparer.Ordinal))
                    {
                        text.Append(Name(name)).Append(':');
                        bool said = name == "code" || (name == "message" && exact);
                        if (said)
                        {
                            text.Append(Name(value!.ToJsonString()));
                        }
                        else
                        {
                            Write(text, value, exact);
                        }

                        text.Append(',');
                    }

                    text.Append('}');
                    break;
                case JsonArray:
                    text.Append("[]");      // as many hashes as the log is large
                    break;
                default:
                    text.Append(node is null ? "null" : node.GetValueKind());
                    break;
            }
        }

        /// <summary>UUIDs and indexes are of one log only.</summary>
        private static string Name(string text) => System.Text.RegularExpressions.Regex.Replace(
            text, "[0-9a-f]{80}|^[0-9]+$", static m => m.Length == 80 ? "<uuid>" : m.Value == "409" ? m.Value : "<number>");
    }
}
