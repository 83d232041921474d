using System.Globalization;
using System.Text.RegularExpressions;

namespace SigstorePS.Documents;

/// <summary>
/// The images that building a Dockerfile pulls: bases of the stages, sources of COPY and of mounts, and the frontend. As
/// buildkit does it: variables in FROM only, and only the ARGs before the first one.
/// </summary>
internal sealed partial class DockerfileImages
{
    private const string Scratch = "scratch";

    private static readonly HashSet<string> Keywords =
    [
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
        "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    ];

    private readonly DocumentFindings _findings;
    private readonly DockerfileRules _rules;
    private readonly DockerfileReader _reader;
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    /// <summary>Stages so far: name, and the entry of the base when it is an image.</summary>
    private readonly List<(string? Name, int Base)> _stages = [];
    private HashSet<string> _allNames = [];

    private DockerfileImages(string text, DockerfileRules rules, DocumentFindings findings)
    {
        (_rules, _findings) = (rules, findings);
        _reader = DockerfileReader.Read(text, findings);
        AddPlatform();
    }

    private string? Stage => _stages.Count == 0
        ? null : _stages[^1].Name ?? (_stages.Count - 1).ToString(CultureInfo.InvariantCulture);

    /// <exception cref="SigstoreException">MalformedDocument, LimitExceeded.</exception>
    public static void Read(DocumentText document, DockerfileRules rules, DocumentFindings findings) =>
        new DockerfileImages(document.Text, rules, findings).Read();

    private void Read()
    {
        _allNames = [.. _reader.Instructions.Where(static i => i.Keyword == "FROM").Select(NameOf).OfType<string>()];
        if (_rules.Arguments.GetValueOrDefault("BUILDKIT_SYNTAX") is { Length: > 0 } told)
        {
            AddSyntax(told.Split(' ')[0], 0, -1);
        }
        else if (_reader.Syntax is { } syntax)
        {
            AddSyntax(syntax.Image, syntax.Line, syntax.End);
        }

        foreach (DockerfileInstruction instruction in _reader.Instructions)
        {
            Read(instruction, instruction.Keyword, instruction.Flags);
        }

        if (_stages.Count == 0)
        {
            throw _findings.Malformed(1, "it has no FROM: this is no Dockerfile");
        }

        if (_rules.BaseImageOnly)
        {
            DocumentEntry? only = _stages[^1].Base < 0 ? null : _findings.Entries[_stages[^1].Base];
            _findings.Entries.Clear();
            _findings.Entries.AddRange(only is null ? [] : [only]);
        }
    }

    private void Read(DockerfileInstruction instruction, string keyword, IReadOnlyList<DockerfileFlag> flags)
    {
        if (!Keywords.Contains(keyword))
        {
            throw _findings.Malformed(instruction.Line, "an instruction is not known");
        }

        if (_stages.Count == 0 && keyword is not ("FROM" or "ARG"))
        {
            throw _findings.Malformed(instruction.Line, "only ARG may stand before the first FROM");
        }

        switch (keyword)
        {
            case "FROM":
                AddStage(instruction);
                break;
            case "ARG" when _stages.Count == 0:
                Declare(instruction);
                break;
            case "COPY":
                foreach (DockerfileFlag flag in flags.Where(static f => f.Text.StartsWith("--from=", StringComparison.Ordinal)))
                {
                    AddSource(instruction, "Copy", flag, flag.Text["--from=".Length..], mayBeNumber: true);
                }

                break;
            case "RUN":
                foreach (DockerfileFlag flag in flags.Where(static f => f.Text.StartsWith("--mount=", StringComparison.Ordinal)))
                {
                    AddMount(instruction, flag);
                }

                break;
            case "ONBUILD":
                // It runs in builds upon this image, and in stages of this file that are built upon its stage.
                DockerfileInstruction inner = _reader.Inner(instruction);
                if (inner.Keyword is "ONBUILD" or "FROM" or "MAINTAINER")
                {
                    throw _findings.Malformed(instruction.Line, $"ONBUILD {inner.Keyword} is not allowed");
                }

                Read(inner, inner.Keyword, inner.Flags);
                break;
        }
    }

    private void AddStage(DockerfileInstruction from)
    {
        string[] words = from.Arguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string? name = words.Length == 3 && words[1].Equals("as", StringComparison.OrdinalIgnoreCase)
            ? words[2].ToLowerInvariant() : null;
        if (words.Length != 1 && name is null)
        {
            throw _findings.Malformed(from.Line, "FROM takes an image, and AS with a name");
        }

        if (name is not null && !StageName().IsMatch(name))
        {
            throw _findings.Malformed(from.Line, "the name of a stage must be letters, digits, '-', '_' and '.'");
        }

        string written = words[0];
        int count = _findings.Entries.Count;
        string? image = Substitute(written, from.Line, "FROM");
        int known = image is null
            ? -1 : _stages.FindLastIndex(s => string.Equals(s.Name, image, StringComparison.OrdinalIgnoreCase));
        int under = known >= 0 ? _stages[known].Base : image == Scratch ? -1 : count;
        _stages.Add((name, under));
        if (image is null || known >= 0 || image == Scratch)
        {
            return;
        }

        DockerfileFlag? platform =
            from.Flags.FirstOrDefault(static f => f.Text.StartsWith("--platform=", StringComparison.Ordinal));
        int end = from.Text.IndexOf(written, from.Rest, StringComparison.Ordinal) + written.Length;
        Add(from, "From", written, image, from.PlaceAfter(end),
            image == written ? null : "it is made of variables; pin it where they get their values",
            platform is null ? _rules.Platform?.ToString() : PlatformOf(platform.Text["--platform=".Length..]));
    }

    private void Declare(DockerfileInstruction arg)
    {
        IReadOnlyList<string> words;
        try
        {
            // Only taken apart here: values are replaced one after the other.
            (_, words) = new ShellText
            {
                Escape = _reader.Escape, RawQuotes = true, RawEscapes = true, KeepUnset = true,
            }.Process(arg.Arguments);
        }
        catch (FormatException e)
        {
            throw _findings.Malformed(arg.Line, $"ARG cannot be read: {e.Message}");
        }

        foreach (string word in words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? word : word[..equals];
            if (_rules.Arguments.TryGetValue(name, out string? given))
            {
                _variables[name] = given;
            }
            else if (equals >= 0)
            {
                ShellText shell = Shell();
                try
                {
                    string value = shell.Process(word[(equals + 1)..]).Text;
                    _variables.Remove(name);
                    if (shell.Unset.Count == 0)
                    {
                        _variables[name] = value;
                    }
                }
                catch (FormatException e)
                {
                    throw _findings.Malformed(arg.Line, $"ARG {name} cannot be read: {e.Message}");
                }
            }
        }
    }

    private void AddMount(DockerfileInstruction run, DockerfileFlag flag)
    {
        foreach (string field in CommaFields(flag.Text["--mount=".Length..]))
        {
            if (field.StartsWith("from=", StringComparison.OrdinalIgnoreCase) && field.Length > 5)
            {
                AddSource(run, "Mount", flag, field[5..], mayBeNumber: false);
            }
        }
    }

    private void AddSource(DockerfileInstruction at, string kind, DockerfileFlag flag, string image, bool mayBeNumber)
    {
        if (image.AsSpan(0, Math.Max(image.Length - 1, 0)).Contains('$') || image.Length == 0)
        {
            _findings.Unresolved(at.Line,
                $"--from takes no variables, here '{image}'; give the image a stage of its own with FROM");
            return;
        }

        if (mayBeNumber && int.TryParse(image, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            if (number < 0 || number >= _stages.Count - 1)
            {
                _findings.Unresolved(at.Line, $"--from={number} is no stage before this one");
            }

            return;
        }

        string name = image.ToLowerInvariant();
        if (image == Scratch || _stages.SkipLast(1).Any(s => s.Name == name))
        {
            return;
        }

        if (_allNames.Contains(name))
        {
            _findings.Unresolved(at.Line, $"--from={image} names a stage that comes only later");
            return;
        }

        int found = flag.Raw.IndexOf($"from={image}", StringComparison.OrdinalIgnoreCase);
        bool movable = found >= 0 && at.Places.Count > 0;
        Add(at, kind, image, image,
            movable ? at.PlaceAfter(flag.Start + found + "from=".Length + image.Length) : -1,
            movable ? null : "it is written with quotes, escapes or ONBUILD", _rules.Platform?.ToString());
    }

    private void AddSyntax(string image, int line, int end)
    {
        _findings.Add(new SourceImage
        {
            Reference = image, OriginalText = image, File = _findings.Name, Line = line, Source = "Dockerfile", Kind = "Syntax",
        }, end);
        if (!FrontendOfDocker().IsMatch(image))
        {
            _findings.Warn(line, $"the frontend '{image}' decides what the rest of the file means; it was read as a Dockerfile");
        }
    }

    private void Add(
        DockerfileInstruction at, string kind, string written, string image, int end, string? fixedBy, string? platform) =>
        _findings.Add(
            new SourceImage
            {
                Reference = image, OriginalText = written, File = _findings.Name, Line = at.Line, Source = "Dockerfile",
                Kind = kind, Stage = Stage, Platform = platform,
            },
            end, fixedBy);

    private string? Substitute(string text, int line, string where)
    {
        ShellText shell = Shell();
        try
        {
            string value = shell.Process(text).Text;
            if (shell.Unset.Count == 0 && value.Length > 0)
            {
                return value;
            }

            string advice = shell.Unset is not [var unset, ..] ? "it is empty"
                : PlatformVariable().IsMatch(unset)
                    ? $"{unset} depends on the platform: give -Platform, or -BuildArgument @{{ {unset} = '...' }}"
                : $"{unset} has no value: give -BuildArgument @{{ {unset} = '...' }}; an ARG before the first FROM declares it";
            _findings.Unresolved(line, $"{where} '{text}' cannot be told: {advice}");
        }
        catch (FormatException e)
        {
            _findings.Unresolved(line, $"{where} '{text}' cannot be told: {e.Message}");
        }

        return null;
    }

    private ShellText Shell() => new() { Escape = _reader.Escape, Variable = _variables.GetValueOrDefault };

    /// <summary>The platform as far as it can be told; it decides nothing here, so it is never an error.</summary>
    private string PlatformOf(string written)
    {
        ShellText shell = Shell();
        try
        {
            string value = shell.Process(written).Text;
            return shell.Unset.Count == 0 ? value : written;
        }
        catch (FormatException)
        {
            return written;
        }
    }

    private void AddPlatform()
    {
        if (_rules.Platform is { } platform)
        {
            _variables["TARGETPLATFORM"] = platform.ToString();
            _variables["TARGETOS"] = platform.Os;
            _variables["TARGETARCH"] = platform.Architecture;
            _variables["TARGETVARIANT"] = platform.Variant ?? string.Empty;
        }

        // They need no ARG, unlike all others.
        foreach ((string name, string value) in _rules.Arguments.Where(static a => PlatformVariable().IsMatch(a.Key)))
        {
            _variables[name] = value;
        }
    }

    private static string? NameOf(DockerfileInstruction from)
    {
        string[] words = from.Arguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words is [_, _, var name] ? name.ToLowerInvariant() : null;
    }

    /// <summary>The fields of one line of CSV.</summary>
    private static IEnumerable<string> CommaFields(string line)
    {
        int start = 0;
        bool quoted = false;
        for (int i = 0; i <= line.Length; i++)
        {
            if (i == line.Length || (line[i] == ',' && !quoted))
            {
                yield return line[start..i].Trim('"').Replace("\"\"", "\"", StringComparison.Ordinal);
                start = i + 1;
            }
            else if (line[i] == '"')
            {
                quoted = !quoted;
            }
        }
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9_.-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex StageName();

    [GeneratedRegex(@"\A(BUILD|TARGET)(PLATFORM|OS|OSVERSION|ARCH|VARIANT)\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlatformVariable();

    [GeneratedRegex(@"\A(docker\.io/)?docker/dockerfile(-upstream)?([:@].*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex FrontendOfDocker();
}
