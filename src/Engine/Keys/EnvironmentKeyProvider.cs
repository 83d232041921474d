using System.Text;

namespace SigstorePS.Keys;

/// <summary>Keys in environment variables: <c>env://NAME</c>.</summary>
internal sealed class EnvironmentKeyProvider : PemKeyProvider
{
    private const string Prefix = "env://";

    /// <inheritdoc/>
    public override string Scheme => "env";

    /// <inheritdoc/>
    protected override Task<byte[]> ReadTextAsync(KeyReference reference, CancellationToken cancel)
    {
        string name = reference.Text[Prefix.Length..];
        if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0', '/'))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference, "A key in a variable is written as env://NAME.");
        }

        return Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? Task.FromResult(Encoding.UTF8.GetBytes(text))
            : throw new SigstoreException(
                SigstoreErrorCode.KeyNotFound, $"The environment variable {name} does not exist or is empty.");
    }
}
