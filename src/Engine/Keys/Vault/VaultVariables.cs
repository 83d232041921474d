namespace SigstorePS.Keys.Vault;

/// <summary>
/// VAULT_… and BAO_…: two names for one thing where one server is meant, and two servers where both addresses are set.
/// The token of the one must not go to the other then.
/// </summary>
internal sealed class VaultVariables
{
    private const string Vault = "VAULT_";
    private const string OpenBao = "BAO_";

    private readonly KeySurroundings _surroundings;
    private readonly string[] _prefixes;

    /// <param name="surroundings">Where the variables are.</param>
    /// <param name="scheme">Whose variables come first: <c>hashivault</c> or <c>openbao</c>.</param>
    public VaultVariables(KeySurroundings surroundings, string scheme)
    {
        _surroundings = surroundings;
        string own = scheme == "openbao" ? OpenBao : Vault;
        string other = own == Vault ? OpenBao : Vault;
        bool ownSet = surroundings.Variable(own + "ADDR") is not null;
        bool otherSet = surroundings.Variable(other + "ADDR") is not null;
        _prefixes = (ownSet, otherSet) switch
        {
            (true, true) => [own],
            (false, true) => [other, own],
            _ => [own, other],
        };
    }

    /// <summary>The variable that a missing value is asked for with.</summary>
    public string Name(string suffix) => _prefixes[0] + suffix;

    /// <summary>Whether OpenBao's variables are of the server that is asked.</summary>
    public bool IsOpenBao => _prefixes.Contains(OpenBao);

    /// <summary>Whether Vault's variables are of the server that is asked.</summary>
    public bool IsVault => _prefixes.Contains(Vault);

    /// <summary>The first that is set, by its full name; null: none is.</summary>
    public (string Name, string Value)? Find(string suffix)
    {
        foreach (string prefix in _prefixes)
        {
            if (_surroundings.Variable(prefix + suffix) is { } value)
            {
                return (prefix + suffix, value);
            }
        }

        return null;
    }
}
