namespace SigstorePS.Tests.Keys.Kubernetes;

/// <summary>By itself, so that it waits beside the others.</summary>
public sealed class KubernetesTimeoutTests
{
    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        await using KubernetesSession session = new();
        session.Configure();
        session.Cluster.Fault = static async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { });
            return true;
        };
        await session.FailsAsync(SigstoreErrorCode.Timeout);
    }
}
