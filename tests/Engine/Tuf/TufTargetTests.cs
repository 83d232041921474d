using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.Support.Tuf;
using SigstorePS.Tuf;
using Code = SigstorePS.SigstoreErrorCode;

namespace SigstorePS.Tests.Tuf;

/// <summary>Targets, and the roles they are delegated to.</summary>
public sealed class TufTargetTests : IDisposable
{
    private readonly TufArena _arena = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private TufTestRepository Repository => _arena.Repository;

    public void Dispose() => _arena.Dispose();

    [Theory]
    [InlineData("file.txt")]
    [InlineData("path/to/a/file.txt")]
    public async Task A_target_is_fetched_once_and_kept(string name)
    {
        Repository.AddTarget(name, "content");
        Repository.Publish();
        for (int i = 0; i < 2; i++)
        {
            TufView view = await _arena.RefreshAsync(Cancel);
            Assert.Equal("content", Encoding.UTF8.GetString(await view.ReadAsync(name, Cancel)));
        }

        Assert.Single(Repository.Requests, static r => r.StartsWith("targets/", StringComparison.Ordinal));
        Assert.Equal(
            "content", Encoding.UTF8.GetString(await (await _arena.OfflineAsync(Cancel)).ReadAsync(name, Cancel)));
        await Fails(Code.TargetNotFound, "missing");
    }

    [Fact]
    public async Task A_target_that_was_exchanged_is_refused_and_not_kept()
    {
        Repository.AddTarget("a", "content");
        Repository.Publish();
        string file = Repository.Files.Keys.Single(static k => k.StartsWith("targets/", StringComparison.Ordinal));
        byte[] good = Repository.Files[file];
        Repository.Files[file] = "cOntent"u8.ToArray();
        await Fails(Code.MetadataMismatch, "a");
        Repository.Files[file] = "content and more"u8.ToArray();
        await Fails(Code.LimitExceeded, "a");
        Repository.Files[file] = "conten"u8.ToArray();
        await Fails(Code.MetadataMismatch, "a");
        Repository.Files.TryRemove(file, out _);
        await Fails(Code.TufProtocolViolation, "a");

        Repository.Files[file] = good;
        TufView view = await _arena.RefreshAsync(Cancel);
        await view.ReadAsync("a", Cancel);
        foreach (string cached in Directory.GetFiles(_arena.Folder, "*.a", SearchOption.AllDirectories))
        {
            File.WriteAllText(cached, "cOntent");
        }

        Assert.Equal("content", Encoding.UTF8.GetString(await view.ReadAsync("a", Cancel)));
        foreach (string cached in Directory.GetFiles(_arena.Folder, "*.a", SearchOption.AllDirectories))
        {
            File.WriteAllText(cached, "cOntent");
        }

        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            async () => await (await _arena.OfflineAsync(Cancel)).ReadAsync("a", Cancel));
        Assert.Equal(Code.OfflineUnavailable, e.Code);
        Assert.Contains("'a'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_hashes_nobody_knows_are_no_hashes()
    {
        Repository.AddTarget("a", "content");
        string file = Repository.Files.Keys.Single(static k => k.StartsWith("targets/", StringComparison.Ordinal));
        Repository.Targets["targets"]["targets"]!["a"]!["hashes"] =
            new JsonObject { ["md5"] = "9a0364b9e99bb480dd25e1f0284c8555" };
        Repository.Files["targets/9a0364b9e99bb480dd25e1f0284c8555.a"] = Repository.Files[file];
        Repository.Publish();
        await Fails(Code.MetadataMismatch, "a");
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a\\b")]
    [InlineData("C:evil")]
    [InlineData(".")]
    public async Task A_name_that_leads_elsewhere_is_refused(string name)
    {
        Repository.AddTarget(name, "content");
        Repository.Publish();
        await Fails(Code.TufProtocolViolation, name);
        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), "passwd"));
    }

    // from>to[!][=pattern], in order; then the roles that are visited for "missingpath". After tuf-conformance.
    [Theory]
    [InlineData("targets>A", "A")]
    [InlineData("targets>A targets>B", "A B")]
    [InlineData("targets>A targets>B B>C", "A B C")]
    [InlineData("targets>A targets>B A>C A>D", "A C D B")]
    [InlineData("targets>A targets>B A>C C>D", "A C D B")]
    [InlineData("targets>A targets>B A>C! A>D", "A C")]
    [InlineData("targets>A targets>B A>C! C>D", "A C D")]
    [InlineData("targets>A=*.py targets>B A>C", "B")]
    [InlineData("targets>A targets>B A>C=*.py C>D", "A B")]
    [InlineData("targets>A targets>B B>C C>D D>B", "A B C D")]
    [InlineData("targets>A targets>B B>C A>C", "A C B")]
    [InlineData("targets>A targets>B B>C A>C=*.py", "A B C")]
    public async Task Roles_are_visited_in_order(string delegations, string visited)
    {
        foreach (string text in delegations.Split(' '))
        {
            string[] parts = text.Split('>', '=');
            Repository.Delegate(
                parts[0], parts[1].TrimEnd('!'), parts.Length > 2 ? [parts[2]] : null, parts[1].EndsWith('!'));
        }

        Repository.Publish();
        TufView view = await _arena.RefreshAsync(Cancel);
        Repository.ClearRequests();
        Assert.Null(await view.FindAsync("missingpath", Cancel));
        Assert.Equal(visited, string.Join(' ', Repository.Requests.Select(static r => r.Split('.')[1])));
    }

    [Theory]
    [InlineData("targetfile", "", true)]
    [InlineData("README.md", "A", true)]
    [InlineData("releases/x/x_v1", "B C", true)]
    [InlineData("releases/y/y_v1.zip", "B D", true)]
    [InlineData("releases/z/z_v1.zip", "B", false)]
    public async Task Patterns_lead_to_targets(string name, string visited, bool found)
    {
        Repository.Delegate("targets", "A", ["*.doc", "*.md"]);
        Repository.Delegate("targets", "B", ["releases/*/*"]);
        Repository.Delegate("B", "C", ["releases/x/*"]);
        Repository.Delegate("B", "D", ["releases/y/*.zip"]);
        Repository.AddTarget("targetfile", "1");
        Repository.AddTarget("README.md", "2", "A");
        Repository.AddTarget("releases/x/x_v1", "3", "C");
        Repository.AddTarget("releases/y/y_v1.zip", "4", "D");
        Repository.AddTarget("releases/z/z_v1.zip", "5", "D");
        Repository.Publish();
        TufView view = await _arena.RefreshAsync(Cancel);
        Repository.ClearRequests();
        Assert.Equal(found, await view.FindAsync(name, Cancel) is not null);
        Assert.Equal(visited, string.Join(' ', Repository.Requests.Select(static r => r.Split('.')[1])));
    }

    [Fact]
    public async Task Delegation_by_hash_prefix_works()
    {
        Repository.Delegate("targets", "A");
        JsonObject role = (JsonObject)Repository.Targets["targets"]["delegations"]!["roles"]![0]!;
        role.Remove("paths");
        role["path_hash_prefixes"] = new JsonArray(TufPath.HashOf("a")[..2]);
        Repository.AddTarget("a", "1", "A");
        Repository.Publish();
        TufView view = await _arena.RefreshAsync(Cancel);
        Assert.Equal("1", Encoding.UTF8.GetString(await view.ReadAsync("a", Cancel)));
        string other = Enumerable.Range(0, 1000).Select(static i => $"x{i}").First(
            n => TufPath.HashOf(n)[..2] != TufPath.HashOf("a")[..2]);
        Repository.ClearRequests();
        Assert.Null(await view.FindAsync(other, Cancel));
        Assert.Empty(Repository.Requests);
    }

    [Fact]
    public async Task Delegated_metadata_is_checked_like_any_other()
    {
        Repository.Delegate("targets", "A");
        Repository.AddTarget("a", "1", "A");
        Repository.Publish();
        byte[] good = Repository.Files["2.A.json"];

        Repository.Files["2.A.json"] = TufTestRepository.Sign(Repository.Targets["A"], [TufTestKey.Ecdsa()]);
        await Fails(Code.MetadataUntrusted, "a");
        Repository.Files["2.A.json"] = Repository.Files["2.targets.json"];
        await Fails(Code.MetadataUntrusted, "a");
        JsonObject other = (JsonObject)Repository.Targets["A"].DeepClone();
        other["version"] = 1;
        Repository.Files["2.A.json"] = TufTestRepository.Sign(other, Repository.Signers["A"]);
        await Fails(Code.MetadataMismatch, "a");
        other["version"] = 2;
        TufTestRepository.SetExpiry(other, TufTestRepository.Now.AddDays(-1));
        Repository.Files["2.A.json"] = TufTestRepository.Sign(other, Repository.Signers["A"]);
        await Fails(Code.MetadataExpired, "a");

        Repository.Files["2.A.json"] = good;
        await (await _arena.RefreshAsync(Cancel)).ReadAsync("a", Cancel);
        await (await _arena.OfflineAsync(Cancel)).ReadAsync("a", Cancel);
    }

    [Fact]
    public async Task A_role_that_two_delegate_to_is_trusted_by_the_keys_of_each()
    {
        Repository.Delegate("targets", "A", ["x*"]);
        Repository.Delegate("targets", "B", ["y*"]);
        Repository.Delegate("A", "C", ["x*"]);
        Repository.Delegate("B", "C", ["y*"]);
        Repository.AddTarget("x", "1", "C");
        Repository.AddTarget("y", "2", "C");

        // B knows C by another key.
        TufTestKey other = TufTestKey.Ecdsa();
        JsonNode delegations = Repository.Targets["B"]["delegations"]!;
        delegations["keys"] = new JsonObject { [other.Id] = other.Json.DeepClone() };
        delegations["roles"]![0]!["keyids"] = new JsonArray(other.Id);
        Repository.Publish();
        TufView view = await _arena.RefreshAsync(Cancel);
        await view.ReadAsync("x", Cancel);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => view.ReadAsync("y", Cancel));
        Assert.Equal(Code.MetadataUntrusted, e.Code);
    }

    [Fact]
    public async Task Roles_without_end_end()
    {
        for (int i = 0; i < Limits.TufDelegations + 5; i++)
        {
            Repository.Delegate(i == 0 ? "targets" : $"r{i - 1}", $"r{i}");
        }

        Repository.Publish();
        await Fails(Code.LimitExceeded, "missing");
        Assert.True(Repository.Requests.Count < Limits.TufDelegations + 5);
    }

    [Theory]
    [InlineData("?")]
    [InlineData("#")]
    [InlineData("/delegatedrole")]
    [InlineData("../delegatedrole")]
    [InlineData("..")]
    [InlineData("CON")]
    [InlineData("a:b")]
    public async Task A_strange_role_name_stays_in_its_place(string role)
    {
        Repository.Delegate("targets", role);
        Repository.AddTarget("a", "1", role);
        Repository.Publish();
        string file = $"2.{role}.json";
        Repository.Files[file.Replace("/", "%2F", StringComparison.Ordinal)] = Repository.Files[file];
        TufView view = await _arena.RefreshAsync(Cancel);
        await view.ReadAsync("a", Cancel);
        await (await _arena.OfflineAsync(Cancel)).ReadAsync("a", Cancel);
        Assert.All(
            Directory.GetFiles(_arena.Folder, "delegated.*", SearchOption.AllDirectories),
            static f => Assert.Matches(@"\A[a-z0-9._%-]+\z", Path.GetFileName(f)));
    }

    [Theory]
    [InlineData("targets")]
    [InlineData("root")]
    [InlineData("")]
    public async Task A_role_cannot_take_the_name_of_a_top_role(string role)
    {
        Repository.Delegate("targets", "A");
        Repository.Targets["targets"]["delegations"]!["roles"]![0]!["name"] = role;
        Repository.Publish();
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => _arena.RefreshAsync(Cancel));
        Assert.Equal(Code.MalformedMetadata, e.Code);
    }

    [Theory]
    [InlineData("*", "a", true)]
    [InlineData("*", "", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("a/*", "a/b", true)]
    [InlineData("a/*", "a/b/c", false)]
    [InlineData("?", "/", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("*.t*t", "x.text", true)]
    [InlineData("*.t*t", "x.texts", false)]
    [InlineData("[ab]", "a", false)]
    [InlineData("a**b", "ab", true)]
    [InlineData("packages.example.org/*", "packages.example.org/keys.json", true)]
    [InlineData("packages.example.org/*", "packagesXexample.org/keys.json", false)]
    public void Patterns(string pattern, string path, bool matches) =>
        Assert.Equal(matches, TufPath.Matches(pattern, path));

    [Fact]
    public void A_pattern_cannot_take_for_ever() =>
        Assert.False(TufPath.Matches(string.Concat(Enumerable.Repeat("*a", 1000)) + "b", new string('a', 10_000)));

    [Fact]
    public void Different_names_are_different_files()
    {
        string[] names =
            ["a", "A", "%61", "a/b", "a%2fb", "a.", "a", "..", ".", "", new string('x', 500), "é", "con", "a b"];
        Assert.Equal(names.Distinct().Count(),
            names.Select(TufPath.FileName).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(names, static n => Assert.DoesNotContain("..", TufPath.FileName(n), StringComparison.Ordinal));
    }

    private async Task Fails(Code code, string name)
    {
        TufView view = await _arena.RefreshAsync(Cancel);
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => view.ReadAsync(name, Cancel));
        Assert.True(e.Code == code, $"{e.Code}, not {code}: {e.Message}");
    }
}
