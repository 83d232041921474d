using SigstorePS.Operations;
using SigstorePS.Support;

namespace SigstorePS.Tests.Interop;

/// <summary>
/// 64 signers at once on one image against the real registry, which has no compare-and-swap. cosign keeps 1 to 8 of 10.
/// Ten runs of each are <c>./build.sh bench race</c>.
/// </summary>
public sealed class ConcurrencyTests(InteropSession session) : IClassFixture<InteropSession>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sixty_four_signers_in_one_process_all_stay(bool bundle)
    {
        string image = await session.PushAsync();
        AllStay(await SigningRace.InOneProcessAsync(session.Engine, image, Format(bundle), 64, default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sixty_four_signers_in_eight_processes_all_stay(bool bundle)
    {
        string image = await session.PushAsync();
        AllStay(await SigningRace.InProcessesAsync(
            session.Engine, image, Format(bundle), 8, 8, _ => session.Folder, default));
    }

    /// <summary>Eight homes stand for eight machines: no process sees the lock of another.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sixty_four_signers_on_eight_machines_all_stay(bool bundle)
    {
        string image = await session.PushAsync();
        AllStay(await SigningRace.InProcessesAsync(session.Engine, image, Format(bundle), 8, 8, Home, default));
    }

    private static SignatureFormats Format(bool bundle) => bundle ? SignatureFormats.Bundle : SignatureFormats.Legacy;

    /// <summary>
    /// docker-registry answers a write with 500 now and then, when another process renames the same tag: not the
    /// signer's fault, and no reason to give up.
    /// </summary>
    private static void AllStay(RaceResult result)
    {
        Assert.True(result.Failures.Count == 0, string.Join('\n', result.Failures));
        Assert.Equal(64, result.Attempts.Count);
        Assert.Equal(64, result.Survivors);
    }

    private string Home(int machine) =>
        Directory.CreateDirectory(Path.Combine(session.Folder, $"machine{machine}")).FullName;
}
