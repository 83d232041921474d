namespace SigstorePS.Registry;

/// <summary>One challenge of a <c>WWW-Authenticate</c> header (RFC 9110 section 11.6.1).</summary>
internal sealed record BearerChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    private const string TokenPunctuation = "!#$%&'*+-.^_`|~";

    public bool IsBearer => Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);

    public bool IsBasic => Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);

    public string? this[string parameter] => Parameters.GetValueOrDefault(parameter);

    /// <summary>
    /// Reads every challenge of every header line. Reading stops at the first character out of place; what was
    /// complete before it counts, because what follows could be read in more than one way.
    /// </summary>
    public static IReadOnlyList<BearerChallenge> Parse(IEnumerable<string> lines)
    {
        List<BearerChallenge> challenges = [];
        foreach (string line in lines)
        {
            new Reader(line).ReadInto(challenges);
        }

        return challenges;
    }

    private ref struct Reader(string line)
    {
        private readonly ReadOnlySpan<char> _line = line;
        private int _at;

        public void ReadInto(List<BearerChallenge> challenges)
        {
            string? scheme = null;
            Dictionary<string, string> parameters = [];
            while (true)
            {
                SkipSeparators();
                string name = Token();
                if (name.Length == 0)
                {
                    if (_at == _line.Length && scheme is not null)
                    {
                        challenges.Add(new BearerChallenge(scheme, parameters));
                    }

                    return;
                }

                if (IsParameter())
                {
                    if (scheme is null || Value() is not { } value
                        || !parameters.TryAdd(name.ToLowerInvariant(), value))
                    {
                        return;
                    }
                }
                else
                {
                    if (scheme is not null)
                    {
                        challenges.Add(new BearerChallenge(scheme, parameters));
                    }

                    scheme = name;
                    parameters = [];
                    SkipToken68();
                }
            }
        }

        private void SkipSeparators()
        {
            while (_at < _line.Length && _line[_at] is ' ' or '\t' or ',')
            {
                _at++;
            }
        }

        private void SkipSpaces()
        {
            while (_at < _line.Length && _line[_at] is ' ' or '\t')
            {
                _at++;
            }
        }

        private string Token()
        {
            int start = _at;
            while (_at < _line.Length
                && (char.IsAsciiLetterOrDigit(_line[_at])
                    || TokenPunctuation.Contains(_line[_at], StringComparison.Ordinal)))
            {
                _at++;
            }

            return _line[start.._at].ToString();
        }

        private bool IsParameter()
        {
            int before = _at;
            SkipSpaces();
            if (_at < _line.Length && _line[_at] == '=')
            {
                _at++;
                SkipSpaces();
                return true;
            }

            _at = before;
            return false;
        }

        /// <summary>A token or quoted-string after <c>=</c>; null when it is neither.</summary>
        private string? Value()
        {
            if (_at == _line.Length || _line[_at] != '"')
            {
                string token = Token();
                return token.Length > 0 && AtEndOfItem() ? token : null;
            }

            System.Text.StringBuilder text = new();
            for (_at++; _at < _line.Length; _at++)
            {
                char c = _line[_at];
                if (c == '"')
                {
                    _at++;
                    return AtEndOfItem() ? text.ToString() : null;
                }

                if (c == '\\' && ++_at == _line.Length)
                {
                    return null;
                }

                text.Append(_line[_at]);
            }

            return null;
        }

        private readonly bool AtEndOfItem() => _at == _line.Length || _line[_at] is ',' or ' ' or '\t';

        /// <summary>Negotiate and its like carry one opaque word instead of parameters.</summary>
        private void SkipToken68()
        {
            int before = _at;
            SkipSpaces();
            int start = _at;
            while (_at < _line.Length
                && (char.IsAsciiLetterOrDigit(_line[_at])
                    || "-._~+/".Contains(_line[_at], StringComparison.Ordinal)))
            {
                _at++;
            }

            bool some = _at > start && start > before;
            while (some && _at < _line.Length && _line[_at] == '=')
            {
                _at++;
            }

            int end = _at;
            SkipSpaces();
            _at = some && (_at == _line.Length || _line[_at] == ',') ? end : before;
        }
    }
}
