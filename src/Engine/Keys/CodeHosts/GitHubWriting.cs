namespace SigstorePS.Keys.CodeHosts;

/// <summary>
/// Writes the three secrets of a key pair, one after the other as there is no way to write them at once, and none of
/// them can be put back. So what was there is deleted first, the private key before the rest, and the new private key
/// comes last: whenever it stops in between, there is none, which no workflow takes for a pair. Every secret written is a
/// new one then; one that is not was made by somebody else meanwhile.
/// </summary>
/// <param name="secrets">Where.</param>
/// <param name="key">What they are sealed with.</param>
/// <param name="before">Whom the secrets that are there are for, by name.</param>
internal sealed class GitHubWriting(
    GitHubSecrets secrets, GitHubSealingKey key, IReadOnlyDictionary<string, string> before)
{
    private readonly List<string> _ours = [];
    private bool _deleted;

    /// <exception cref="SigstoreException">KeyExists, KeyService…, KeyAccessDenied, Timeout.</exception>
    public async Task WriteAsync(StoredKeyPair pair, CancellationToken cancel)
    {
        string? lost = null, other = null;
        try
        {
            lost = await ClearAsync(cancel).ConfigureAwait(false);
            other = lost is null ? await PutAsync(pair, cancel).ConfigureAwait(false) : null;
        }
        catch (Exception e)
        {
            await GiveUpAsync(e).ConfigureAwait(false);
            throw;
        }

        // Nothing is deleted any more: it may be theirs.
        if (lost is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyExists,
                $"Somebody else replaces the key pair at the same time: {lost} was there, and has been deleted since. "
                + "Nothing was written. Run this again with -Force when nobody else does.");
        }

        if (other is not null)
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyExists,
                $"Somebody else writes a key pair at the same time: their {other} is overwritten. {Consequence(other)} "
                + "Nothing was deleted. Run this again with -Force when nobody else does.");
        }
    }

    private static string Consequence(string overwritten) => overwritten switch
    {
        SecretNames.PublicKey =>
            "It is of a pair now that was thrown away; no password and no private key was written. Whoever made theirs "
            + "was shown the right one.",
        SecretNames.Password =>
            "Their private key opens with the password they gave, not with the one that is there now.",
        _ => "The secrets may be of two key pairs now: with the wrong password no workflow signs.",
    };

    /// <summary>The name that somebody else has deleted since we looked; null: none.</summary>
    private async Task<string?> ClearAsync(CancellationToken cancel)
    {
        foreach (string name in SecretNames.All.Reverse().Where(before.ContainsKey))
        {
            try
            {
                if (!await secrets.DeleteAsync(name, cancel).ConfigureAwait(false))
                {
                    return name;
                }

                _deleted = true;
            }
            catch (Exception e) when (SecretNames.MayBeWritten(e))
            {
                _deleted = true;
                throw;
            }
        }

        return null;
    }

    /// <summary>The name that somebody else has written since we looked; null: none.</summary>
    private async Task<string?> PutAsync(StoredKeyPair pair, CancellationToken cancel)
    {
        foreach ((string name, byte[] value) in SecretNames.InOrder(pair))
        {
            try
            {
                if (!await secrets.PutAsync(name, value, key, before.GetValueOrDefault(name), cancel)
                    .ConfigureAwait(false))
                {
                    return name;
                }

                _ours.Add(name);
            }
            catch (Exception e) when (SecretNames.MayBeWritten(e))
            {
                _ours.Add(name);
                throw;
            }
        }

        return null;
    }

    /// <summary>
    /// Deletes what was written here, or perhaps was, the private key first, whether or not the user has lost patience.
    /// </summary>
    private async Task GiveUpAsync(Exception failure)
    {
        List<string> left = [];
        foreach (string name in Enumerable.Reverse(_ours))
        {
            try
            {
                await secrets.DeleteAsync(name, CancellationToken.None).ConfigureAwait(false);
            }
            catch (SigstoreException)
            {
                left.Add(name);
            }
        }

        if (left.Count > 0 || _deleted)
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
