namespace SigstorePS.Keys.CodeHosts;

/// <summary>
/// Writes the three secrets of a key pair, one after the other as there is no way to write them at once, and none of
/// them can be put back. So the old private key goes first and the new one comes last: whenever it stops in between,
/// there is none, which no workflow takes for a pair.
/// </summary>
/// <param name="secrets">Where.</param>
/// <param name="key">What they are sealed with.</param>
/// <param name="before">Whom the secrets that are there are for, by name.</param>
internal sealed class GitHubWriting(
    GitHubSecrets secrets, GitHubSealingKey key, IReadOnlyDictionary<string, string> before)
{
    /// <exception cref="SigstoreException">KeyExists, KeyService…, KeyAccessDenied, Timeout.</exception>
    public async Task WriteAsync(StoredKeyPair pair, CancellationToken cancel)
    {
        if (before.ContainsKey(SecretNames.PrivateKey))
        {
            await secrets.DeleteAsync(SecretNames.PrivateKey, cancel).ConfigureAwait(false);
        }

        List<string> begun = [];
        try
        {
            foreach ((string name, byte[] value) in SecretNames.InOrder(pair))
            {
                begun.Add(name);
                string? visibility = before.GetValueOrDefault(name);
                bool made = await secrets.PutAsync(name, value, key, visibility, cancel).ConfigureAwait(false);
                if (!made && visibility is null)
                {
                    // Not there when we looked, and now there is one that was not made by us.
                    throw new SigstoreException(
                        SigstoreErrorCode.KeyExists,
                        $"Somebody else wrote {name} at the same time. The secrets are of two key pairs now, or of "
                        + "none; run this again with -Force when nobody else does.");
                }
            }
        }
        catch (Exception e)
        {
            await GiveUpAsync(begun, e).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Deletes what is new, the private key first, whether or not the user has lost patience.</summary>
    private async Task GiveUpAsync(List<string> begun, Exception failure)
    {
        List<string> left = [];
        foreach (string name in Enumerable.Reverse(begun))
        {
            try
            {
                if (name == SecretNames.PrivateKey || !before.ContainsKey(name))
                {
                    await secrets.DeleteAsync(name, CancellationToken.None).ConfigureAwait(false);
                }
            }
            catch (SigstoreException)
            {
                left.Add(name);
            }
        }

        if (left.Count > 0 || before.Count > 0)
        {
            string what = left.Count > 0
                ? $"{string.Join(", ", left)} could not be deleted again" : "The key pair that was there is gone";
            throw new SigstoreException(
                (failure as SigstoreException)?.Code ?? SigstoreErrorCode.KeyServiceUnavailable,
                $"{(failure is SigstoreException ? failure.Message : "The work was stopped.")} {what}: run this "
                + "again with -Force.",
                failure);
        }
    }
}
