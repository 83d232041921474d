using System.Management.Automation;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support;
using SigstorePS.Support.Sigstore;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Set-GitSignature and Test-GitSignature in a repository: the three ways, and what gitsign signed.</summary>
public sealed class GitCmdletTests : IAsyncDisposable
{
    private const string Set = "SigstorePS.Commands.SetGitSignatureCommand";
    private const string Test = "SigstorePS.Commands.TestGitSignatureCommand";

    private readonly GitFolder _git = GitFolder.Create();
    private readonly Session _session;
    private readonly string _first;
    private readonly string _second;

    public GitCmdletTests()
    {
        _session = new Session(_git.FolderPath).Import(typeof(SigstoreCmdlet).Assembly);
        _first = _git.Commit("one");
        _second = _git.Commit("two");
        Assert.Null(_session.Invoke(
            "New-SigstoreKeyPair", new() { ["OutputPrefix"] = "cosign", ["Password"] = SignedImages.Password }).Terminating);
    }

    public ValueTask DisposeAsync()
    {
        _session.Dispose();
        _git.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_file_aside_is_what_cosign_signs_of_git_rev_parse()
    {
        GitSignature made = One<GitSignature>(Sign());
        Assert.Equal((_second, "commit", "File", "Bundle"), (made.Commit, made.ObjectType, made.Storage, made.Format));
        Assert.Equal(InFolder($"{_second}.sigstore.json"), made.Reference);
        Assert.Equal(
            $"sha256:{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(_second + "\n")))}",
            made.Digest);
        GitVerification result = One<GitVerification>(Verify());
        Assert.Equal((true, "File", _second, "cosign.pub"), (result.Verified, result.Kind, result.Commit, result.Signer));
        Assert.Equal(["Object", "Signature", "TransparencyLog"], result.Checks.Select(static c => c.Name).Take(3));

        // The same as a file that holds the line.
        _git.WriteText("line.txt", _second + "\n");
        One<BlobVerification>(_session.Invoke("Test-BlobSignature", new()
        {
            ["Path"] = "line.txt", ["Bundle"] = made.Reference, ["Key"] = "cosign.pub", ["SkipTransparencyLog"] = true,
        }));
    }

    [Fact]
    public void A_file_for_another_commit_is_refused()
    {
        GitSignature made = One<GitSignature>(Sign(("BundlePath", "sig.json")));
        Assert.Equal(InFolder("sig.json"), made.Reference);
        One<GitVerification>(Verify(("Bundle", "sig.json")));
        One<GitVerification>(Verify(("Bundle", made.Bundle)));
        Refused("SignatureMismatch", Verify(("Bundle", "sig.json"), ("Commit", _first)));
        Refused("NoSignatureFound", Verify(("Commit", _first)));
        Assert.Equal(false, Assert.Single(Verify(("Commit", _first), ("Quiet", true)).Output));
    }

    [Fact]
    public void A_note_is_found_and_that_of_another_commit_is_refused()
    {
        Assert.Equal("refs/notes/sigstore", One<GitSignature>(Sign(("Storage", "Note"))).Reference);
        Assert.Equal("Note", One<GitVerification>(Verify()).Kind);
        Assert.Equal("Note", One<GitVerification>(Verify(("Storage", "Note"), ("NotesRef", "sigstore"))).Kind);
        Refused("NoSignatureFound", Verify(("Storage", "Gitsign")));

        _git.Git(["notes", "--ref=sigstore", "copy", _second, _first]);
        Refused("SignatureMismatch", Verify(("Commit", _first)));

        RunResult again = Sign(("Storage", "Note"));
        Assert.Equal($"FileExists,{Set}", Assert.Single(again.Errors).FullyQualifiedErrorId);
        One<GitSignature>(Sign(("Storage", "Note"), ("Force", true)));
    }

    [Fact]
    public void A_bare_signature_in_gits_own_notes_is_what_cosign_users_had()
    {
        GitSignature made = One<GitSignature>(Sign(("Storage", "Note"), ("Format", "Legacy")));
        Assert.Equal("refs/notes/commits", made.Reference);
        Assert.Equal(made.Signature, _git.Git(["notes", "show", "HEAD"]).Trim());
        Assert.Equal("Note", One<GitVerification>(Verify()).Kind);

        // A note of somebody's is no signature, and none of sigstore's that is broken.
        _git.Git(["notes", "add", "-f", "-m", "looks good to me", "HEAD"]);
        Refused("NoSignatureFound", Verify());
        Refused("MalformedSignature", Verify(("NotesRef", "commits")));
    }

    [Fact]
    public void A_bare_signature_in_a_file_is_found_too()
    {
        GitSignature made = One<GitSignature>(Sign(("Format", "Legacy")));
        Assert.Equal(InFolder($"{_second}.sig"), made.Reference);
        Assert.Equal(made.Signature, File.ReadAllText(made.Reference!));
        One<GitVerification>(Verify());
        One<GitVerification>(Verify(("Bundle", made.Reference!)));
        Refused("SignatureMismatch", Verify(("Bundle", made.Reference!), ("Commit", _first)));
    }

    [Fact]
    public void Tags_and_several_commits_go_down_the_pipeline()
    {
        _git.Git(["tag", "-m", "a tag", "v1"]);
        Dictionary<string, object?> said = Signing();
        RunResult signed = _session.Invoke("Set-GitSignature", said, [_first, "v1"]);
        Assert.Empty(signed.Errors);
        Assert.Equal(["commit", "tag"], signed.Output.Cast<GitSignature>().Select(static s => s.ObjectType));
        RunResult verified = _session.Invoke("Test-GitSignature", Verification(), [.. signed.Output]);
        Assert.Empty(verified.Errors);
        Assert.Equal(["commit", "tag"], verified.Output.Cast<GitVerification>().Select(static v => v.ObjectType));
    }

    [Fact]
    public void WhatIf_writes_nothing()
    {
        RunResult result = Sign(("WhatIf", true), ("Storage", "Note"));
        Assert.Contains("HEAD", Assert.Single(result.WhatIf), StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Refused("NoSignatureFound", Verify());
    }

    [Theory]
    [InlineData("Format", "Legacy", "IssueCertificate")]
    [InlineData("Storage", "Note", "BundlePath")]
    [InlineData("Storage", "File", "NotesRef")]
    [InlineData("Storage", "None", "SkipTransparencyLog")]
    public void What_contradicts_itself_ends_the_command(string name, string value, string other)
    {
        RunResult result = Sign((name, value), (other, other is "BundlePath" or "NotesRef" ? "x" : true));
        Assert.Equal($"ContradictoryPolicy,{Set}", SignedImages.Terminating(result).FullyQualifiedErrorId);
    }

    [Theory]
    [InlineData("GitObjectNotFound", "Commit", "nothing")]
    [InlineData("InvalidValue", "Commit", "--all")]
    [InlineData("PathNotFound", "Path", "nowhere")]
    public void What_is_not_there_is_told(string code, string name, string value)
    {
        Assert.Equal($"{code},{Set}", Assert.Single(Sign((name, value)).Errors).FullyQualifiedErrorId);
        RunResult verified = Verify((name, value));
        Assert.Equal($"{code},{Test}", Assert.Single(verified.Errors).FullyQualifiedErrorId);
        GitVerification row = One<GitVerification>(Verify((name, value), ("IncludeFailure", true)));
        Assert.Equal((code, false), (row.Status, row.Verified));
    }

    [Theory]
    [InlineData("commit", "68d2be0e6524a23a4065cae718337f8c41cfe290", null)]
    [InlineData("tag", "bf7fd2e2e6b84360720f69611e185638c3339c58", null)]
    [InlineData("timestamped", "0947f9f2aea49bff965960242e6e6384f47ea127", null)]
    [InlineData("online", "cb33b288e032cef71c1ad433932a47e3e21b28d0", "LogEntryMissing")]
    public void What_gitsign_signed_is_verified(string name, string id, string? code)
    {
        Assert.Equal(id, _git.Put(
            name == "tag" ? "tag" : "commit", File.ReadAllBytes(RepositoryRoot.Fixture("git", $"{name}.txt"))));
        RunResult result = Gitsign(id, "alice@example.test");
        if (code is not null)
        {
            Refused(code, result);
            return;
        }

        GitVerification passed = One<GitVerification>(result);
        Assert.Equal(("Gitsign", "alice@example.test"), (passed.Kind, passed.Signer));
        Assert.NotNull(passed.LogIndex);
        Assert.Equal(name == "tag" ? "tag" : "gpgsig", passed.Reference);
        Refused("IdentityMismatch", Gitsign(id, "bob@example.test"));
    }

    [Fact]
    public void Other_kinds_of_signatures_are_named()
    {
        string text = _git.Git(["cat-file", "commit", "HEAD"]);
        int end = text.IndexOf("\n\n", StringComparison.Ordinal);
        string id = _git.Put("commit", System.Text.Encoding.UTF8.GetBytes(
            $"{text[..end]}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----\n{text[(end + 1)..]}"));
        Refused("Unsupported", Verify(("Commit", id)));
    }

    [Fact]
    public async Task Signed_for_an_identity_in_the_log_alone_or_in_a_note()
    {
        await using VirtualSigstore sigstore = VirtualSigstore.Start();
        (string root, string config) = sigstore.Write(_git.FolderPath, [1], tsa: false);
        Dictionary<string, object?> said = new()
        {
            ["IdentityToken"] = sigstore.Token(), ["TrustedRoot"] = root, ["SigningConfig"] = config, ["Storage"] = "None",
        };
        GitSignature logged = One<GitSignature>(_session.Invoke("Set-GitSignature", said));
        Assert.NotNull(logged.LogIndex);
        Assert.Null(logged.Reference);

        said["Storage"] = "Note";
        GitSignature noted = One<GitSignature>(_session.Invoke("Set-GitSignature", said));
        Dictionary<string, object?> trust = new()
        {
            ["CertificateIdentity"] = "alice@example.test", ["CertificateIssuer"] = noted.Issuer, ["TrustedRoot"] = root,
        };
        GitVerification result = One<GitVerification>(_session.Invoke("Test-GitSignature", trust));
        Assert.Equal(("Note", noted.LogIndex), (result.Kind, result.LogIndex));
        trust["Bundle"] = logged.Bundle;
        trust["Storage"] = "File";
        Assert.Equal(logged.LogIndex, One<GitVerification>(_session.Invoke("Test-GitSignature", trust)).LogIndex);
    }

    private RunResult Gitsign(string id, string identity) => _session.Invoke("Test-GitSignature", new()
    {
        ["Commit"] = id,
        ["CertificateIdentity"] = identity,
        ["CertificateIssuer"] = "http://127.0.0.1:44455/email",
        ["TrustedRoot"] = RepositoryRoot.Fixture("git", "trusted_root.json"),
    });

    private static Dictionary<string, object?> Signing() => new()
    {
        ["Key"] = "cosign.key", ["Password"] = SignedImages.Password, ["SkipTransparencyLog"] = true,
    };

    private static Dictionary<string, object?> Verification() => new()
    {
        ["Key"] = "cosign.pub", ["SkipTransparencyLog"] = true,
    };

    private RunResult Sign(params (string Name, object Value)[] more) =>
        _session.Invoke("Set-GitSignature", With(Signing(), more));

    private RunResult Verify(params (string Name, object Value)[] more) =>
        _session.Invoke("Test-GitSignature", With(Verification(), more));

    private static Dictionary<string, object?> With(Dictionary<string, object?> said, (string Name, object Value)[] more)
    {
        foreach ((string name, object value) in more)
        {
            said[name] = value;
        }

        return said;
    }

    private static T One<T>(RunResult result)
    {
        Assert.Null(result.Terminating);
        Assert.Empty(result.Errors.Select(static e => e.ToString()));
        return Assert.IsType<T>(Assert.Single(result.Output));
    }

    private static void Refused(string code, RunResult result)
    {
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal($"{code},{Test}", error.FullyQualifiedErrorId);
        Assert.False(Assert.IsType<GitVerification>(error.TargetObject).Verified);
        Assert.Empty(result.Output);
    }

    private string InFolder(string name) => Path.Combine(_git.FolderPath, name);
}
