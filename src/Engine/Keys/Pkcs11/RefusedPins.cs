using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace SigstorePS.Keys.Pkcs11;

/// <summary>
/// PINs that tokens of a module did not take, for the life of the process: a pipeline that signs a hundred files opens the
/// key a hundred times, and a token locks itself after three. Kept as HMACs under a key of this process alone.
/// </summary>
internal sealed class RefusedPins
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private readonly ConcurrentDictionary<(string Token, string Hash), bool> _refused = new();

    public bool Has(string token, ReadOnlySpan<byte> pin) => _refused.ContainsKey((token, Hash(pin)));

    public void Add(string token, ReadOnlySpan<byte> pin) => _refused[(token, Hash(pin))] = true;

    /// <summary>After a success: the token counts from the beginning, and its PIN may have been changed back.</summary>
    public void Clear(string token)
    {
        foreach ((string Token, string Hash) known in _refused.Keys.Where(known => known.Token == token))
        {
            _refused.TryRemove(known, out _);
        }
    }

    private static string Hash(ReadOnlySpan<byte> pin) => Convert.ToHexString(HMACSHA256.HashData(Key, pin));
}
