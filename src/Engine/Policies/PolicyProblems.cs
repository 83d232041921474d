using SigstorePS.Encodings;

namespace SigstorePS.Policies;

/// <summary>What is wrong with a document, and what is only strange: all of it is told at once.</summary>
internal sealed class PolicyProblems
{
    private const int Told = 10;
    private readonly List<string> _errors = [];
    private readonly List<string> _warnings = [];
    private int _items;

    public bool Any => _errors.Count > 0;

    public IReadOnlyList<string> Warnings => _warnings;

    public void Error(YamlNode at, string path, string what) => _errors.Add(Sentence(at, path, what));

    public void Warn(YamlNode at, string path, string what) => _warnings.Add(Sentence(at, path, what));

    /// <summary>An alias shares its node: what is visited is counted, not what was written.</summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public void Visit(int items)
    {
        _items += items;
        if (_items > Limits.PolicyItems)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"The lists of the policy have over {Limits.PolicyItems} entries together.");
        }
    }

    /// <exception cref="SigstoreException">MalformedPolicy: the first problems, with their lines.</exception>
    public void Throw(string name)
    {
        if (Any)
        {
            string more = _errors.Count > Told ? $" ({_errors.Count - Told} more)" : string.Empty;
            throw new SigstoreException(
                SigstoreErrorCode.MalformedPolicy,
                PlainText.Clean($"{name}: {string.Join("; ", _errors.Take(Told))}{more}.", Limits.ErrorMessage));
        }
    }

    private static string Sentence(YamlNode at, string path, string what) => $"line {at.Line}: {path}: {what}";
}
