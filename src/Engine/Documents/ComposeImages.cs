using SigstorePS.Encodings;

namespace SigstorePS.Documents;

/// <summary>
/// The images that the services of a compose file run, with what they extend and include, the images their builds take
/// (additional contexts, an inline Dockerfile), and image volumes. Services of every profile, unless told.
/// </summary>
internal sealed class ComposeImages
{
    private const string ImageScheme = "docker-image://";

    private readonly DocumentText _document;
    private readonly ComposeRules _rules;
    private readonly DocumentFindings _findings;
    private readonly IReadOnlyList<string> _chain;
    private YamlNode? _services;
    private readonly ComposeVariables _variables;

    private ComposeImages(DocumentText document, ComposeRules rules, DocumentFindings findings, IReadOnlyList<string> chain)
    {
        (_document, _rules, _findings) = (document, rules, findings);
        _chain = document.Name is null ? chain : [.. chain, document.Name];
        _variables = rules.Variables;
    }

    /// <exception cref="SigstoreException">MalformedDocument, LimitExceeded, or what reading another file throws.</exception>
    public static void Read(DocumentText document, ComposeRules rules, DocumentFindings findings) =>
        new ComposeImages(document, rules, findings, []).ReadAll();

    private void ReadAll()
    {
        YamlNode? root = Open();
        foreach (YamlNode include in root.Member("include")?.Items ?? [])
        {
            Include(include);
        }

        foreach ((string name, YamlNode service) in _services?.Members ?? new Dictionary<string, YamlNode>())
        {
            string[] profiles = Texts(service.Member("profiles"));
            if (profiles.Length == 0 || _rules.Profiles is null || _rules.Profiles.Any(p => p == "*" || profiles.Contains(p)))
            {
                ReadService(name, service, profiles);
            }
        }
    }

    private YamlNode? Open()
    {
        IReadOnlyList<YamlNode> documents = YamlDocuments.Read(_document, _findings);
        if (documents.Count > 1)
        {
            throw _findings.Malformed(documents[1].Line, "a compose file is one document");
        }

        YamlNode? root = documents.Count == 0 ? null : documents[0];
        if (root is not null && root.Members is null)
        {
            throw _findings.Malformed(root.Line, "it is no compose file (a map with services)");
        }

        _services = root.Member("services");
        if (_services.IsMissing() && root.Member("include") is null)
        {
            throw _findings.Malformed(root?.Line ?? 1, "it is no compose file: services are missing");
        }

        foreach (YamlNode service in _services?.Members?.Values ?? [])
        {
            _findings.Visit(service, 0);
            if (service.Members is null && !service.IsMissing())
            {
                throw _findings.Malformed(service.Line, "a service is no map");
            }
        }

        return root;
    }

    private void ReadService(string name, YamlNode service, string[] profiles)
    {
        SourceImage Made(string kind, YamlNode at, string reference) => new()
        {
            Reference = reference, OriginalText = at.Text ?? reference, File = _document.Name, Line = at.Line, Column = at.Column,
            Source = "Compose", Kind = kind, Name = name, Service = name, Profiles = profiles,
            Platform = Try(service.Member("platform")),
        };

        YamlNode? build = Own(service.Member("build"));
        if (Own(service.Member("image")) is { } image)
        {
            if (build is not null)
            {
                // What is built gets this name; it is pulled if it is there, so that it is run as well.
                _findings.Tell(image.Line, $"service {name} is built, and its result named as told by image");
            }

            Add(image, $"service {name}", reference => Made("Service", image, reference));
        }
        else if (service.Member("extends") is { } extends && !extends.IsMissing())
        {
            Extend(name, extends, build is not null, Made);
        }
        else if (build is null && service.Member("provider").IsMissing())
        {
            _findings.Warn(service.Line, $"service {name} has neither image nor build; another file may have them");
        }

        if (build is not null)
        {
            ReadBuild(name, build, Made);
        }

        foreach (YamlNode volume in service.Member("volumes")?.Items ?? [])
        {
            _findings.Visit(volume, 0);
            if (volume.Member("type").Value() == "image")
            {
                Add(volume.Member("source") ?? volume, $"service {name}, image volume", r => Made("Volume", volume.Member("source")!, r));
            }
        }
    }

    private void ReadBuild(string name, YamlNode build, Func<string, YamlNode, string, SourceImage> made)
    {
        YamlNode? contexts = build.Member("additional_contexts");
        foreach (YamlNode context in contexts?.Members?.Values ?? contexts?.Items ?? (IEnumerable<YamlNode>)[])
        {
            _findings.Visit(context, 0);
            int scheme = context.Text?.IndexOf(ImageScheme, StringComparison.Ordinal) ?? -1;
            string? value = scheme < 0 && context.Text?.Contains('$', StringComparison.Ordinal) != true ? null : context.Text;
            if (value is not null)
            {
                Add(context, $"service {name}, build context", r => r.Contains(ImageScheme, StringComparison.Ordinal)
                    ? made("BuildContext", context, r[(r.IndexOf(ImageScheme, StringComparison.Ordinal) + ImageScheme.Length)..])
                    : null);
            }
        }

        if (build.Member("dockerfile_inline") is { Text: not null } inline)
        {
            ReadInline(name, build, inline);
        }
        else
        {
            string file = build.Member("dockerfile").Value() ?? "Dockerfile";
            _findings.Warn(build.Line, $"service {name} is built from {file}, which was not read: Get-DockerfileImage does");
        }
    }

    private void ReadInline(string name, YamlNode build, YamlNode inline)
    {
        DocumentFindings inner = new(_document.Name);
        Dictionary<string, string> arguments = new(StringComparer.Ordinal);
        YamlNode? args = build.Member("args");
        try
        {
            // An argument that cannot be told is none that is not given: the default would be another image.
            foreach ((string key, YamlNode value) in args?.Members ?? new Dictionary<string, YamlNode>())
            {
                AddArgument(arguments, key, value.IsNull ? null : _variables.Replace(value.Text ?? string.Empty));
            }

            foreach (YamlNode item in args?.Items ?? [])
            {
                string arg = _variables.Replace(item.Text ?? string.Empty);
                int equals = arg.IndexOf('=', StringComparison.Ordinal);
                AddArgument(arguments, equals < 0 ? arg : arg[..equals], equals < 0 ? null : arg[(equals + 1)..]);
            }

            string text = _variables.Replace(inline.Text!);
            DockerfileImages.Read(DocumentText.Of(text, null), new DockerfileRules { Arguments = arguments }, inner);
        }
        catch (FormatException e)
        {
            _findings.Unresolved(inline.Line, $"service {name}, dockerfile_inline: {e.Message}");
        }

        _findings.Notes.AddRange(inner.Notes);
        foreach (DocumentEntry entry in inner.Entries)
        {
            if (entry.Image is not { } image)
            {
                _findings.Unresolved(inline.Line, $"service {name}, dockerfile_inline: {entry.Failure!.Message.TrimEnd('.')}");
                continue;
            }

            _findings.Add(
                new SourceImage
                {
                    Reference = image.Reference, OriginalText = image.OriginalText, File = _document.Name, Line = inline.Line,
                    Source = "Compose", Kind = "Build", Name = name, Service = name, Stage = image.Stage,
                    Platform = image.Platform,
                },
                -1, "it stands in dockerfile_inline");
        }
    }

    private void Extend(string name, YamlNode extends, bool built, Func<string, YamlNode, string, SourceImage> made)
    {
        string? file = Try(extends.Member("file"));
        string? other = extends.Text is not null ? Try(extends) : Try(extends.Member("service"));
        if (other is null || (extends.Member("file").Value() is not null && file is null))
        {
            _findings.Unresolved(extends.Line, $"service {name} extends what cannot be told");
            return;
        }

        ComposeImages source = file is null ? this : Load(file, extends.Line, _rules);
        if (file is not null)
        {
            source.Open();
        }

        HashSet<string> seen = [];
        for (string? next = other; next is not null && seen.Add(next);)
        {
            YamlNode? service = source._services.Member(next);
            if (service is null)
            {
                _findings.Unresolved(extends.Line, $"service {name} extends {next}, which is not there");
                return;
            }

            if (source.Own(service.Member("image")) is { } image)
            {
                source.Add(image, $"service {name}", r => made("Service", image, r), "it comes from the service it extends");
                return;
            }

            if (source.Own(service.Member("build")) is not null)
            {
                return;
            }

            YamlNode? further = service.Member("extends");
            if (further.IsMissing())
            {
                if (!built)
                {
                    _findings.Warn(extends.Line, $"service {name} and what it extends have neither image nor build");
                }

                return;
            }

            if (further.Member("file").Value() is { } another)
            {
                source = source.Load(source.Try(further.Member("file")) ?? another, further!.Line, _rules);
                source.Open();
                seen.Clear();
            }

            next = further!.Text ?? further.Member("service").Value();
        }

        _findings.Unresolved(extends.Line, $"service {name} extends itself, or nothing");
    }

    private void Include(YamlNode include)
    {
        YamlNode? path = include.Text is null ? include.Member("path") : include;
        string[] files = path?.Text is null ? Texts(path) : Try(path) is { } one ? [one] : [];
        if (files.Length == 0)
        {
            _findings.Unresolved(include.Line, "what is included cannot be told");
        }

        foreach (string file in files)
        {
            try
            {
                ComposeRules rules = _rules with
                {
                    Variables = _variables.WithFiles(EnvironmentOf(include, file).Select(static f => f.Text)),
                };
                Load(file, include.Line, rules).ReadAll();
            }
            catch (FormatException e)
            {
                _findings.Unresolved(include.Line, $"'{file}': {e.Message}");
            }
        }
    }

    /// <summary>The variables of an included file: those it is given, else those beside it.</summary>
    private IEnumerable<DocumentText> EnvironmentOf(YamlNode include, string file)
    {
        YamlNode? given = include.Member("env_file");
        if (_rules.Files is not { } files)
        {
            return [];
        }

        if (!given.IsMissing())
        {
            string[] names = given.Value() is null ? Texts(given) : [Try(given) ?? string.Empty];
            return [.. names.Select(name => files.Read(name, _document.Name))];
        }

        string folder = Try(include.Member("project_directory")) ?? Path.GetDirectoryName(file) ?? string.Empty;
        return files.Find(Path.Combine(folder, ".env"), _document.Name) is { } beside ? [beside] : [];
    }

    /// <summary>Another file, relative to this one.</summary>
    private ComposeImages Load(string file, long line, ComposeRules rules)
    {
        if (file.Contains("://", StringComparison.Ordinal) || file.StartsWith("git@", StringComparison.Ordinal) || _rules.Files is null)
        {
            throw _findings.Malformed(line, $"'{file}' is not a file here, and is not fetched");
        }

        DocumentText text = _rules.Files.Read(file, _document.Name);
        return !_chain.Contains(text.Name) && _chain.Count < Limits.IndexDepth
            ? new ComposeImages(text, rules, _findings, _chain)
            : throw _findings.Malformed(line, $"'{file}' includes or extends itself, or too many files do");
    }

    private void Add(YamlNode node, string what, Func<string, SourceImage?> make, string? fixedBy = null)
    {
        try
        {
            string written = node.Text ?? string.Empty;
            string reference = _variables.Replace(written);
            if (string.IsNullOrWhiteSpace(reference))
            {
                _findings.Unresolved(node.Line, $"{what} has an empty image");
            }
            else if (make(reference) is { } image)
            {
                int end = YamlDocuments.EndOf(node, _document.Text);
                bool elsewhere = _document.Name != _findings.Name;
                _findings.Add(image, end, fixedBy
                    ?? (elsewhere ? "it stands in another file; pin that one"
                        : reference != written ? "it is made of variables; pin it where they get their values"
                        : YamlDocuments.FixedBy(end)));
            }
        }
        catch (FormatException e)
        {
            _findings.Unresolved(node.Line, $"{what}, image '{node.Text}': {e.Message}");
        }
    }

    /// <summary>Null for what is missing or taken back (<c>!reset</c>).</summary>
    private YamlNode? Own(YamlNode? node) => node.IsMissing() || node!.Tag == "!reset" ? null : node;

    private string? Try(YamlNode? node)
    {
        try
        {
            return node.Value() is { } text ? _variables.Replace(text) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private void AddArgument(Dictionary<string, string> arguments, string name, string? value)
    {
        if ((value ?? _variables.Lookup(name)) is { } known)
        {
            arguments[name] = known;
        }
    }

    private string[] Texts(YamlNode? list) => [.. (list?.Items ?? []).Select(Try).OfType<string>()];
}
