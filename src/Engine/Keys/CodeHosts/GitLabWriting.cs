using System.Text;

namespace SigstorePS.Keys.CodeHosts;

/// <summary>
/// Writes the three variables of a key pair, one after the other as there is no way to write them at once, and takes
/// back what is written when one of them fails: in the end there is the new pair or what was there before. Interrupted
/// for good (the process ends), a new pair has no private key, and one that was to replace another has parts of both, of
/// which no private key is lost (<see cref="SecretNames.InOrderOver"/>); whoever opens it is told
/// (<see cref="StoredKeyProvider"/>).
/// </summary>
/// <param name="variables">Where.</param>
/// <param name="before">What is there, by name.</param>
internal sealed class GitLabWriting(GitLabVariables variables, IReadOnlyDictionary<string, GitLabVariable> before)
{
    /// <exception cref="SigstoreException">KeyExists, KeyService…, KeyAccessDenied, Timeout.</exception>
    public async Task WriteAsync(StoredKeyPair pair, CancellationToken cancel)
    {
        List<(string Name, string Value)> ours = [];
        try
        {
            foreach ((string name, byte[] bytes) in
                before.Count == 0 ? SecretNames.InOrder(pair) : SecretNames.InOrderOver(pair))
            {
                string value = Encoding.UTF8.GetString(bytes);
                await WriteAsync(name, value, ours, cancel).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            string[] left = await TakeBackAsync(ours).ConfigureAwait(false);
            if (left.Length > 0)
            {
                throw new SigstoreException(
                    (e as SigstoreException)?.Code ?? SigstoreErrorCode.KeyServiceUnavailable,
                    $"{(e is SigstoreException ? e.Message : "The work was stopped.")} What was written before could not "
                    + $"be taken back: look after {string.Join(", ", left)}, or run this again with -Force.",
                    e);
            }

            throw;
        }
    }

    /// <summary>
    /// What was refused is not ours, even where the value is the same: two may have the same password.
    /// </summary>
    private async Task WriteAsync(
        string name, string value, List<(string Name, string Value)> ours, CancellationToken cancel)
    {
        bool secret = name != SecretNames.PublicKey;
        try
        {
            await (before.ContainsKey(name)
                ? variables.UpdateAsync(
                    name, value, masked: secret && GitLabVariable.CanBeMasked(value), raw: true, cancel)
                : variables.CreateAsync(name, value, secret, cancel)).ConfigureAwait(false);
            ours.Add((name, value));
        }
        catch (Exception e) when (SecretNames.MayBeWritten(e))
        {
            ours.Add((name, value));
            throw;
        }
    }

    /// <summary>
    /// Newest first, whether or not the user has lost patience. The names that are left as they should not be.
    /// </summary>
    private async Task<string[]> TakeBackAsync(List<(string Name, string Value)> ours)
    {
        List<string> left = [];
        foreach ((string name, string value) in Enumerable.Reverse(ours))
        {
            try
            {
                await TakeBackAsync(name, value).ConfigureAwait(false);
            }
            catch (SigstoreException)
            {
                left.Add(name);
            }
        }

        return [.. left];
    }

    private async Task TakeBackAsync(string name, string value)
    {
        GitLabVariable? old = before.GetValueOrDefault(name);
        if (old is { Value: null })
        {
            throw new SigstoreException(SigstoreErrorCode.Unsupported, "Nobody knows what a hidden variable held.");
        }

        // Somebody else may have written it since; the last may have been written although no answer came, or not.
        GitLabVariable? now = await variables.FindAsync(name, CancellationToken.None).ConfigureAwait(false);
        if (now?.Value is not { } there || Lines(there) != Lines(value))
        {
            return;
        }

        await (old is null
            ? variables.DeleteAsync(name, CancellationToken.None)
            : variables.UpdateAsync(name, old.Value!, old.Masked, old.Raw, CancellationToken.None))
            .ConfigureAwait(false);
    }

    private static string Lines(string text) => text.ReplaceLineEndings("\n").TrimEnd('\n');
}
