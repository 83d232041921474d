using System.Diagnostics;
using SigstorePS.Programs;

namespace SigstorePS.Tests.Programs;

/// <summary>Programs that do not end, and names that lead elsewhere.</summary>
public sealed class ExternalProgramTests : IDisposable
{
    private const string Silent = "exec sleep 40";

    // The program itself ends at once; its child has the pipes and goes on.
    private const string Child = "sleep 40 & exit 0";

    private readonly string _folder = Directory.CreateTempSubdirectory("programs").FullName;

    public ExternalProgramTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "the programs are shell scripts");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Silent)]
    [InlineData(Child)]
    public async Task A_program_without_an_end_is_given_up(string script)
    {
        ExternalProgram program = Program("slow", script) with { Timeout = TimeSpan.FromSeconds(1) };
        Stopwatch time = Stopwatch.StartNew();
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => RunAsync(program, default));
        Assert.Equal(SigstoreErrorCode.PolicyFailed, e.Code);
        Assert.Contains("did not end within 1 s", e.Message, StringComparison.Ordinal);
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(Silent)]
    [InlineData(Child)]
    public async Task A_program_without_an_end_can_be_cancelled(string script)
    {
        ExternalProgram program = Program("slow", script);
        using CancellationTokenSource cancel = new(TimeSpan.FromSeconds(1));
        Stopwatch time = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(program, cancel.Token));
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task What_was_said_before_the_end_came_is_no_answer()
    {
        ExternalProgram program = Program("half", "printf half; sleep 40") with { Timeout = TimeSpan.FromSeconds(1) };
        await Assert.ThrowsAsync<SigstoreException>(() => RunAsync(program, default));
    }

    [Theory]
    [InlineData("C:login")]
    [InlineData("a/../login")]
    [InlineData("a\\login")]
    public void A_name_that_is_a_path_is_not_sought(string name)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "a"));
        Program("login", "exit 0");
        Program(Path.GetFileName(name), "exit 0");
        Assert.NotNull(ExternalProgram.Find("login", _folder));
        Assert.Null(ExternalProgram.Find(name, _folder));
    }

    [Theory]
    [InlineData("login.cmd")]
    [InlineData("login.BAT")]
    [InlineData("login.bat. .")]
    public void A_batch_file_is_no_program(string name)
    {
        Script(name, "exit 0");
        Assert.Null(ExternalProgram.At(Path.Combine(_folder, name)));
    }

    private Task<ProgramOutcome> RunAsync(ExternalProgram program, CancellationToken cancel) =>
        program.RunAsync([], ReadOnlyMemory<byte>.Empty, _folder, cancel);

    private ExternalProgram Program(string name, string script) => ExternalProgram.At(Script(name, script))!;

    private string Script(string name, string script)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
