using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Plugins;

/// <summary>Variables of the process that a plug-in does not get.</summary>
[Collection(ProcessVariables.Alone)]
public sealed class PluginVariableTests
{
    [Fact]
    public async Task Who_we_are_is_none_of_its_business()
    {
        using PluginSession session = new();
        Environment.SetEnvironmentVariable("SIGSTORE_ID_TOKEN", "not-for-programs");
        try
        {
            await session.CreateAsync(session.Reference(options: "log=1"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("SIGSTORE_ID_TOKEN", null);
        }

        Assert.All(session.Log(), static l => Assert.EndsWith(" []", l, StringComparison.Ordinal));
    }
}
