using SigstorePS.Support;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Aws;

/// <summary>One moto for a test class, started by the first test that asks, so that a missing one skips tests by name.</summary>
public sealed class MotoSession : IAsyncLifetime
{
    private MotoKms? _moto;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_moto is not null)
        {
            await _moto.DisposeAsync();
        }
    }

    internal async Task<MotoKms> StartAsync() => _moto ??= await Peers.RequireMotoAsync();
}
