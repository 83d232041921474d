using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SigstorePS.Documents;

/// <summary>A flag in front of the arguments of an instruction, such as <c>--from=image</c>.</summary>
/// <param name="Text">Unquoted.</param>
/// <param name="Raw">As it is written.</param>
/// <param name="Start">Its first character in the instruction.</param>
internal sealed record DockerfileFlag(string Text, string Raw, int Start);

/// <summary>One instruction, its lines joined.</summary>
/// <param name="Keyword">In capitals.</param>
/// <param name="Rest">Where the arguments start in <paramref name="Text"/>.</param>
/// <param name="Places">Of each character of the text, its place in the document.</param>
internal sealed record DockerfileInstruction(
    string Keyword, IReadOnlyList<DockerfileFlag> Flags, string Text, int Rest, int Line, IReadOnlyList<int> Places)
{
    public string Arguments => Text[Rest..].Trim();

    /// <summary>Where in the document what ends before the given character of the text ends.</summary>
    public int PlaceAfter(int index) => Places[index - 1] + 1;
}

/// <summary>
/// A Dockerfile as instructions: continuation lines, comments between them, heredocs and parser directives as buildkit
/// reads them (frontend/dockerfile/parser). What it takes for the body of a heredoc is no instruction, and the reverse.
/// </summary>
internal sealed partial class DockerfileReader
{
    private readonly string _text;
    private readonly DocumentFindings _findings;
    private readonly HashSet<string> _directives = [];
    private bool _directivesEnded;
    private bool _hasShebang;
    private int _at;
    private int _line;

    private DockerfileReader(string text, DocumentFindings findings)
    {
        _text = text;
        _findings = findings;
    }

    public char Escape { get; private set; } = '\\';

    /// <summary>The frontend that the file asks for; null: none.</summary>
    public (string Image, int Line, int End)? Syntax { get; private set; }

    public List<DockerfileInstruction> Instructions { get; } = [];

    /// <exception cref="SigstoreException">MalformedDocument.</exception>
    public static DockerfileReader Read(string text, DocumentFindings findings)
    {
        DockerfileReader reader = new(text, findings);
        while (reader._at < text.Length)
        {
            reader.ReadInstruction();
        }

        return reader;
    }

    /// <summary>What an ONBUILD holds.</summary>
    public DockerfileInstruction Inner(DockerfileInstruction outer) => Split(outer.Arguments, outer.Line, []);

    private void ReadInstruction()
    {
        StringBuilder joined = new();
        List<int> places = [];
        (int start, int end) = NextLine();
        int line = _line;
        while (start < end && char.IsWhiteSpace(_text[start]))
        {
            start++;
        }

        ReadDirective(start, end);
        bool more = !IsComment(start, end) && Append(joined, places, start, end);
        while (more && _at < _text.Length)
        {
            (start, end) = NextLine();
            bool blank = _text.AsSpan(start, end - start).IsWhiteSpace();
            more = blank || IsComment(start, end) || Append(joined, places, start, end);
        }

        string text = joined.ToString();
        if (!string.IsNullOrWhiteSpace(text))
        {
            DockerfileInstruction instruction = Split(text, line, places);
            Instructions.Add(instruction);
            SkipHeredocs(instruction);
        }
    }

    /// <summary>The next line without its end.</summary>
    private (int Start, int End) NextLine()
    {
        int start = _at;
        int end = _text.IndexOf('\n', start);
        _at = end < 0 ? _text.Length : end + 1;
        end = end < 0 ? _text.Length : end;
        _line++;
        while (end > start && _text[end - 1] == '\r')
        {
            end--;
        }

        return (start, end);
    }

    private bool IsComment(int start, int end) => _text.AsSpan(start, end - start).TrimStart().StartsWith('#');

    /// <summary>Takes a line in; true: it goes on in the next one.</summary>
    private bool Append(StringBuilder joined, List<int> places, int start, int end)
    {
        int last = end;
        while (last > start && _text[last - 1] is ' ' or '\t')
        {
            last--;
        }

        bool more = last > start && _text[last - 1] == Escape && (last - 1 == start || _text[last - 2] != Escape);
        end = more ? last - 1 : end;
        joined.Append(_text, start, end - start);
        for (int i = start; i < end; i++)
        {
            places.Add(i);
        }

        return more;
    }

    private void ReadDirective(int start, int end)
    {
        if (_directivesEnded)
        {
            return;
        }

        // buildkit looks for the frontend behind such a line, but not for an escape character.
        if (_line == 1 && _text.AsSpan(start, end - start).StartsWith("#!"))
        {
            _hasShebang = true;
            return;
        }

        Match match = DirectiveShape().Match(_text[start..end]);
        string name = match.Groups["name"].Value.ToLowerInvariant();
        if (!match.Success || name is not ("syntax" or "escape" or "check"))
        {
            _directivesEnded = true;
            return;
        }

        Group value = match.Groups["value"];
        string text = value.Value.Trim();
        if (!_directives.Add(name))
        {
            throw _findings.Malformed(_line, $"the directive {name} is there twice");
        }

        if (name == "escape" && _hasShebang)
        {
            throw _findings.Malformed(_line, "escape stands behind #!, where builders do not agree on what it means");
        }

        if (name == "escape")
        {
            Escape = text is "\\" or "`"
                ? text[0] : throw _findings.Malformed(_line, "the escape character is neither \\ nor `");
        }
        else if (name == "syntax")
        {
            // Words behind the first are arguments of the frontend.
            string image = text.Split(' ')[0];
            Syntax = (image, _line, start + value.Index + image.Length);
        }
    }

    private DockerfileInstruction Split(string text, int line, List<int> places)
    {
        int at = 0;
        string keyword = Word(text, ref at).ToUpperInvariant();
        List<DockerfileFlag> flags = [];
        while (true)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            if (!text.AsSpan(at).StartsWith("--"))
            {
                return new DockerfileInstruction(keyword, flags, text, at, line, places);
            }

            int start = at;
            string flag = Flag(text, ref at);
            if (flag == "--")
            {
                return new DockerfileInstruction(keyword, flags, text, at, line, places);
            }

            flags.Add(new DockerfileFlag(flag, text[start..at], start));
        }
    }

    private static string Word(string text, ref int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        int start = at;
        while (at < text.Length && text[at] is not (' ' or '\t' or '\v' or '\f' or '\r'))
        {
            at++;
        }

        return text[start..at];
    }

    private string Flag(string text, ref int at)
    {
        StringBuilder flag = new();
        char quote = '\0';
        for (; at < text.Length; at++)
        {
            char c = text[at];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                break;
            }

            if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '\'' or '"')
            {
                quote = c;
            }
            else if (c == Escape)
            {
                if (at + 1 < text.Length)
                {
                    flag.Append(text[++at]);
                }
            }
            else
            {
                flag.Append(c);
            }
        }

        return flag.ToString();
    }

    private void SkipHeredocs(DockerfileInstruction instruction)
    {
        DockerfileInstruction inner = instruction;
        if (inner.Keyword == "ONBUILD")
        {
            inner = Inner(inner);
        }

        if (inner.Keyword is not ("ADD" or "COPY" or "RUN")
            || !instruction.Text.Contains("<<", StringComparison.Ordinal) || JsonForm(inner.Arguments) is true)
        {
            return;
        }

        List<(string End, bool Chomp)> heredocs = Heredocs(instruction.Text);
        if (heredocs.Count > 0 && JsonForm(inner.Arguments) is null)
        {
            // Versions of buildkit differ: the lines below are instructions to one and text to another.
            throw _findings.Malformed(instruction.Line, "a list in JSON and a heredoc (<<) stand in one instruction");
        }

        foreach ((string end, bool chomp) in heredocs)
        {
            bool found = false;
            while (!found && _at < _text.Length)
            {
                (int start, int stop) = NextLine();
                ReadOnlySpan<char> body = _text.AsSpan(start, stop - start);
                found = (chomp ? body.TrimStart('\t') : body).SequenceEqual(end);
            }

            if (!found)
            {
                throw _findings.Malformed(instruction.Line, "a heredoc (<<) does not end");
            }
        }
    }

    private List<(string End, bool Chomp)> Heredocs(string text)
    {
        List<(string, bool)> found = [];
        IReadOnlyList<string> words;
        try
        {
            (_, words) = new ShellText { RawQuotes = true, RawEscapes = true, KeepUnset = true }.Process(text);
        }
        catch (FormatException)
        {
            // What buildkit cannot take apart here has no heredocs for it either.
            return found;
        }

        foreach (string word in words)
        {
            Match match = HeredocShape().Match(word);
            if (match.Success && match.Groups["word"].Length > 0 && Unquoted(match.Groups["word"].Value) is [var end])
            {
                found.Add((end, match.Groups["chomp"].Length > 0));
            }
        }

        return found;
    }

    private IReadOnlyList<string> Unquoted(string word)
    {
        try
        {
            return new ShellText { KeepUnset = true }.Process(word).Words;
        }
        catch (FormatException e)
        {
            throw _findings.Malformed(_line, $"the word of a heredoc (<<) cannot be read: {e.Message}");
        }
    }

    /// <summary>Whether the arguments are a list of texts in JSON; null: one, and more behind it.</summary>
    private static bool? JsonForm(string arguments)
    {
        if (!arguments.StartsWith('['))
        {
            return false;
        }

        Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(arguments), isFinalBlock: false, default);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.String)
            {
            }

            return reader.TokenType != JsonTokenType.EndArray ? false
                : reader.BytesConsumed == Encoding.UTF8.GetByteCount(arguments) ? true : null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\A#\s*(?<name>[a-zA-Z][a-zA-Z0-9]*)\s*=\s*(?<value>\S.*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex DirectiveShape();

    [GeneratedRegex(@"\A[0-9]*<<(?<chomp>-?)\s*(?<word>[^<]*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex HeredocShape();
}
