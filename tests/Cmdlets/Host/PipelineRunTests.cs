using System.Management.Automation;
using SigstorePS.CmdletHost;
using SigstorePS.Samples;

namespace SigstorePS.Tests.Cmdlets.Host;

/// <summary>What the table cannot say: stopping, prompts, several sessions, and gaps that are told.</summary>
[Collection(BindingTableTests.Samples)]
public sealed class PipelineRunTests : IDisposable
{
    private readonly Session _session = new Session().Import(typeof(ShowImageCommand).Assembly);

    public void Dispose() => _session.Dispose();

    [Fact]
    public async Task Stop_from_another_thread_ends_an_endless_command()
    {
        using ManualResetEventSlim counting = new();
        PipelineRun run = new(_session, [
            new("Get-Count"),
            new("ForEach-Object") { new Func<object?, object?>(item => { counting.Set(); return item; }) },
        ]);
        Task<RunResult> running = Task.Run(run.Run, TestContext.Current.CancellationToken);
        counting.Wait(TestContext.Current.CancellationToken);
        run.Stop();
        RunResult result = await running;
        Assert.True(result.Stopped);
        Assert.IsType<PipelineStoppedException>(result.Terminating);
    }

    [Fact]
    public void Endless_input_is_read_only_as_far_as_wanted()
    {
        int read = 0;
        RunResult result = _session.Invoke(
            [new("Show-Image"), new("Select-Object") { { "First", 2 } }],
            Enumerable.Repeat((object?)"a:1", int.MaxValue).Select(item => { read++; return item; }));
        Assert.Null(result.Terminating);
        Assert.Equal(2, result.Output.Count);
        Assert.Equal(2, read);
    }

    [Fact]
    public void What_is_typed_answers_a_prompt_once()
    {
        _session.Answers.Enqueue("secret");
        Assert.Equal([6], _session.Invoke("Read-Secret").Output);
        Assert.IsType<PSInvalidOperationException>(_session.Invoke("Read-Secret").TerminatingError!.Exception);
    }

    [Theory]
    [InlineData(true, "removed a")]
    [InlineData(false, null)]
    public void A_confirmation_is_answered_by_the_session(bool answer, string? expected)
    {
        string? asked = null;
        _session.Confirm = text => { asked = text; return answer; };
        RunResult result = _session.Invoke("Remove-Thing", new() { ["Name"] = "a" });
        Assert.Equal("Performing the operation \"Remove\" on target \"a\".", asked);
        Assert.Equal(expected, result.Output.SingleOrDefault());
    }

    [Fact]
    public void What_if_is_told_to_the_host()
    {
        RunResult result = _session.Invoke(new Command("Remove-Thing") { { "WhatIf", true } }, "a", "b");
        Assert.Equal(
            ["What if: Performing the operation \"Remove\" on target \"a\".", "What if: Performing the operation \"Remove\" on target \"b\"."],
            result.WhatIf);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void Sessions_have_their_own_location_variables_and_identity()
    {
        string folder = Path.GetTempPath();
        using Session other = new Session(folder).Import(typeof(ShowImageCommand).Assembly);
        other.Variables["Mine"] = "other";
        _session.Variables["Mine"] = "this";
        Assert.Equal(["Mine=other"], other.Invoke(new Command("Get-Setting") { "Mine" }).Output);
        Assert.Equal(["Mine=this"], _session.Invoke(new Command("Get-Setting") { "Mine" }).Output);
        Assert.NotSame(other.Runspace, _session.Runspace);
        Assert.Equal(["FileSystem: ./x"], other.Invoke(new Command("Resolve-Place") { "x" }).Output.Select(static o => ((string)o!).Replace('\\', '/')));
    }

    [Fact]
    public void Exports_decide_what_can_be_called()
    {
        using Session narrow = new Session().Import(typeof(ShowImageCommand).Assembly, "Show-Image");
        Assert.Null(narrow.Invoke("Show-Image", new() { ["Image"] = "a" }).Terminating);
        Assert.Throws<InvalidOperationException>(() => narrow.Invoke("Show-Life"));
        Assert.Throws<InvalidOperationException>(() => narrow.Import(typeof(ShowImageCommand).Assembly, "Show-Absent"));
    }

    [Fact]
    public void A_gap_is_an_exception_and_never_a_result()
    {
        Assert.Throws<GapException>(() => _session.Invoke("Show-Nothing", new() { ["OutVariable"] = "x" }));
        Assert.Throws<GapException>(() => _session.Invoke("Show-Nothing", new() { ["ErrorAction"] = "Suspend" }));
    }

    [Fact]
    public void The_runspace_of_the_caller_is_left_as_it_was()
    {
        Assert.Null(System.Management.Automation.Runspaces.Runspace.DefaultRunspace);
        _session.Invoke("Show-Nothing");
        Assert.Null(System.Management.Automation.Runspaces.Runspace.DefaultRunspace);
    }
}
