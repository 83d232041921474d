namespace SigstorePS.Tests.Keys;

internal static class CloudSecrets
{
    /// <summary>
    /// The failure: of this code, with none of the secrets in all it holds, and made of nothing that only a pack knows.
    /// </summary>
    public static async Task<SigstoreException> FailsAsync(
        SigstoreErrorCode code, Func<Task> work, params string[] secrets)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(work);
        Assert.True(code == e.Code, $"{e.Code}: {e.Message}");
        string all = e.ToString();
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, all, StringComparison.OrdinalIgnoreCase));
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            Assert.True(
                inner is SigstoreException || inner.GetType().Namespace!.StartsWith("System", StringComparison.Ordinal),
                inner.GetType().FullName);
        }

        return e;
    }
}
