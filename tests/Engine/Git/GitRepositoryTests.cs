using System.Text;
using SigstorePS.Git;
using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Git;

/// <summary>The installed git, asked in repositories that somebody else may have prepared.</summary>
public sealed class GitRepositoryTests : IDisposable
{
    private readonly GitFolder _folder = GitFolder.Create();

    private GitRepository Repository =>
        GitSource.Open(_folder.FolderPath, Environment.GetEnvironmentVariable).Repository;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Commits_and_tags_are_found_by_any_name()
    {
        string id = _folder.Commit("one");
        _folder.Git(["tag", "-m", "a tag", "v1"]);
        Assert.Equal(id, (await Repository.ReadAsync("HEAD", default)).Id);
        Assert.Equal(id, (await Repository.ReadAsync(id[..10], default)).Id);
        Assert.Equal(id, (await Repository.ReadAsync("v1^{commit}", default)).Id);
        GitObject tag = await Repository.ReadAsync("v1", default);
        Assert.Equal("tag", tag.Type);
        Assert.Equal(Encoding.ASCII.GetBytes(tag.Id + "\n"), tag.IdLine);
    }

    [Fact]
    public async Task Ids_of_SHA_256_are_compared_too()
    {
        using GitFolder folder = GitFolder.Create(sha256: true);
        string id = folder.Commit("one");
        Assert.Equal(64, id.Length);
        Assert.Equal(
            id, (await GitSource.Open(folder.FolderPath, Environment.GetEnvironmentVariable).Repository
                .ReadAsync("HEAD", default)).Id);
    }

    [Theory]
    [InlineData("nothing", SigstoreErrorCode.GitObjectNotFound)]
    [InlineData("HEAD^{tree}", SigstoreErrorCode.GitObjectNotFound)]
    [InlineData("0000000000000000000000000000000000000000", SigstoreErrorCode.GitObjectNotFound)]
    [InlineData("--batch-all-objects", SigstoreErrorCode.InvalidValue)]
    [InlineData("HEAD\nHEAD", SigstoreErrorCode.InvalidValue)]
    [InlineData("", SigstoreErrorCode.InvalidValue)]
    public async Task Names_of_nothing_are_errors(string name, SigstoreErrorCode code)
    {
        _folder.Commit("one");
        Assert.Equal(
            code, (await Assert.ThrowsAsync<SigstoreException>(() => Repository.ReadAsync(name, default))).Code);
    }

    [Fact]
    public async Task A_replacement_does_not_stand_in()
    {
        string first = _folder.Commit("one");
        string second = _folder.Commit("two");
        _folder.Git(["replace", first, second]);
        Assert.Contains("one", Encoding.UTF8.GetString((await Repository.ReadAsync(first, default)).Content.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Git_that_lies_about_content_is_found_out()
    {
        byte[] content = GitsignParts.Object("commit").Content.ToArray();
        string id = GitObject.IdOf(40, "commit", content);
        GitRepository honest = Fake(id, content), lying = Fake(id, [.. content, (byte)'x']);
        Assert.Equal(id, (await honest.ReadAsync("HEAD", default)).Id);
        Assert.Equal(
            SigstoreErrorCode.DigestMismatch,
            (await Assert.ThrowsAsync<SigstoreException>(() => lying.ReadAsync("HEAD", default))).Code);
        Assert.Equal(
            SigstoreErrorCode.GitUnavailable,
            (await Assert.ThrowsAsync<SigstoreException>(() => honest.ReadAsync(new string('a', 40), default))).Code);
    }

    [Fact]
    public async Task Programs_that_the_repository_names_are_not_started()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the hook is a shell script");
        string id = _folder.Commit("one");
        string mark = Path.Combine(_folder.FolderPath, "started");
        string script = Path.Combine(_folder.FolderPath, ".git", "hooks", "reference-transaction");
        Directory.CreateDirectory(Path.GetDirectoryName(script)!);
        await File.WriteAllTextAsync(script, $"#!/bin/sh\ntouch '{mark}'\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        foreach (string setting in (string[])["core.fsmonitor", "core.pager", "core.editor", "diff.external", "core.sshCommand"])
        {
            _folder.Git(["config", setting, script]);
        }

        _folder.Git(["config", "remote.origin.url", $"ext::{script}"]);
        _folder.Git(["config", "remote.origin.promisor", "true"]);
        _folder.Git(["config", "protocol.ext.allow", "always"]);

        // An object that is not there is fetched, with the program that the address names.
        _folder.Git(["config", "core.repositoryformatversion", "1"]);
        _folder.Git(["config", "extensions.partialClone", "origin"]);
        File.Delete(mark);

        await Repository.ReadAsync("HEAD", default);
        await Assert.ThrowsAsync<SigstoreException>(() => Repository.ReadAsync(new string('a', 40), default));
        await Repository.WriteNoteAsync("refs/notes/x", id, "note\n", force: false, default);
        Assert.Equal("note\n"u8.ToArray(), await Repository.ReadNoteAsync("refs/notes/x", id, default));
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public async Task Notes_are_written_once_and_replaced_on_request()
    {
        string id = _folder.Commit("one");
        Assert.Null(await Repository.ReadNoteAsync(GitSource.SigstoreNotes, id, default));
        await Repository.WriteNoteAsync(GitSource.SigstoreNotes, id, "{\"a\":1}\n", force: false, default);
        Assert.Equal(
            SigstoreErrorCode.FileExists,
            (await Assert.ThrowsAsync<SigstoreException>(
                () => Repository.WriteNoteAsync(GitSource.SigstoreNotes, id, "b", force: false, default))).Code);
        await Repository.WriteNoteAsync(GitSource.SigstoreNotes, id, "b", force: true, default);
        Assert.Equal("b\n", Encoding.UTF8.GetString((await Repository.ReadNoteAsync(GitSource.SigstoreNotes, id, default))!));
    }

    [Fact]
    public async Task A_folder_that_is_no_repository_is_told()
    {
        string folder = Directory.CreateTempSubdirectory("no-git").FullName;
        try
        {
            GitSource source = GitSource.Open(folder, Environment.GetEnvironmentVariable);
            SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
                () => source.Repository.ReadAsync("HEAD", default));
            Assert.Equal(SigstoreErrorCode.GitUnavailable, e.Code);
            Assert.Contains("not a git repository", e.Message, StringComparison.Ordinal);
            Assert.Equal(
                SigstoreErrorCode.GitUnavailable,
                Assert.Throws<SigstoreException>(() => GitSource.Open(folder, static _ => null)).Code);
        }
        finally
        {
            Directory.Delete(folder);
        }

        Assert.Equal(
            SigstoreErrorCode.PathNotFound,
            Assert.Throws<SigstoreException>(() => GitSource.Open(folder, Environment.GetEnvironmentVariable)).Code);
    }

    [Theory]
    [InlineData("sigstore", "refs/notes/sigstore")]
    [InlineData("refs/notes/a/b", "refs/notes/a/b")]
    public void A_notes_ref_has_a_full_name(string name, string full) => Assert.Equal(full, GitRepository.NotesRef(name));

    [Theory]
    [InlineData("")]
    [InlineData("../heads/main")]
    [InlineData("refs/notes/")]
    [InlineData("a b")]
    [InlineData("-x")]
    [InlineData("a.lock")]
    [InlineData("a//b")]
    public void Other_names_of_notes_are_refused(string name) => Assert.Equal(
        SigstoreErrorCode.InvalidValue,
        Assert.Throws<SigstoreException>(() => GitRepository.NotesRef(name)).Code);

    private static GitRepository Fake(string id, byte[] content) => new("folder", (_, _, _) => Task.FromResult(
        new GitOutput(0, [.. Encoding.ASCII.GetBytes($"{id} commit {content.Length}\n"), .. content, (byte)'\n'], [])));
}
