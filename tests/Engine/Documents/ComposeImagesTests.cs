using SigstorePS.Documents;

namespace SigstorePS.Tests.Documents;

public sealed class ComposeImagesTests
{
    private const string Marks = "{}[]:-&*!|>'\"\n \t#,?%@`$";
    private static readonly Dictionary<string, string> Values = new() { ["TAG"] = "1.2", ["EMPTY"] = "", ["NAME"] = "app" };

    [Theory]
    [InlineData("{a: {image: nginx}, b: {image: 'redis:7'}}", "a nginx|b redis:7")]
    [InlineData("{a: {image: 'x:$TAG'}, b: {image: 'x:${TAG}'}, c: {image: 'x:${NO:-d}'}, d: {image: 'x:${EMPTY:-e}'}}", "a x:1.2|b x:1.2|c x:d|d x:e")]
    [InlineData("{a: {image: 'x${EMPTY-y}'}, b: {image: 'x${TAG:+:t}'}, c: {image: 'x${NO:-${NAME:-z}}'}}", "a x|b x:t|c xapp")]
    [InlineData("{a: {build: .}}", "")]
    [InlineData("{a: {build: ., image: made}}", "a made")]
    [InlineData("{a: {image: x}, b: {extends: a}, c: {extends: {service: b}}}", "a x|b x|c x")]
    [InlineData("{a: {build: {context: ., additional_contexts: {base: 'docker-image://alpine:$TAG', src: ./x}}}}", "a alpine:1.2")]
    [InlineData("{a: {build: {additional_contexts: ['base=docker-image://alpine', 'o=service:b']}}}", "a alpine")]
    [InlineData("{a: {image: x, volumes: ['./a:/b', {type: image, source: data:1, target: /d}]}}", "a x|a data:1")]
    [InlineData("{a: {image: x, profiles: [debug]}}", "a x")]
    [InlineData("{a: &a {image: x}, b: {<<: *a, ports: []}}", "a x|b x")]
    public void Images(string services, string expected)
    {
        DocumentFindings found = Read($"x-any: {{image: no}}\nservices: {services}\nvolumes: {{}}");
        Assert.DoesNotContain(found.Entries, static e => e.Failure is not null);
        Assert.Equal(expected, string.Join('|', found.Entries.Select(static e => $"{e.Image!.Service} {e.Image.Reference}")));
    }

    [Theory]
    [InlineData("{image: 'x:$NO'}", "NO has no value")]
    [InlineData("{image: 'x:${NO:?say}'}", "NO has no value")]
    [InlineData("{image: 'x:${'}", "written as none")]
    [InlineData("{image: '$'}", "written as none")]
    [InlineData("{image: '${EMPTY}'}", "empty")]
    [InlineData("{image: [1]}", "empty")]
    [InlineData("{extends: nothing}", "not there")]
    [InlineData("{extends: a}", "extends itself")]
    [InlineData("{build: {additional_contexts: {b: 'docker-image://$NO'}}}", "NO has no value")]
    [InlineData("{build: {dockerfile_inline: 'FROM $$X'}}", "X has no value")]
    [InlineData("{build: {args: {B: $NO}, dockerfile_inline: \"ARG B=default\\nFROM $$B\"}}", "NO has no value")]
    [InlineData("{build: {args: ['B=$NO'], dockerfile_inline: \"ARG B=default\\nFROM $$B\"}}", "NO has no value")]
    public void What_cannot_be_told_is_an_error(string service, string why)
    {
        DocumentFindings found = Read($"services:\n  a: {service}\n  z: {{image: last}}");
        Assert.Contains(why, Assert.Single(found.Entries, static e => e.Failure is not null).Failure!.Message, StringComparison.Ordinal);
        Assert.Equal("last", found.Entries[^1].Image!.Reference);
    }

    [Theory]
    [InlineData("")]
    [InlineData("web: {image: x}")]
    [InlineData("services: {a: text}")]
    [InlineData("services: {a: {image: x}}\n---\nservices: {}")]
    [InlineData("services: {a: {image: x}, a: {image: y}}")]
    [InlineData("- a")]
    [InlineData("services: {a: {extends: {file: 'https://x/y.yaml', service: b}}}")]
    public void What_is_no_compose_file_gives_nothing(string text) =>
        Assert.Equal(SigstoreErrorCode.MalformedDocument, Assert.Throws<SigstoreException>(() => Read(text)).Code);

    [Fact]
    public void An_inline_Dockerfile_is_read_with_its_arguments()
    {
        DocumentFindings found = Read(
            "services:\n  a:\n    build:\n      args: {V: 3}\n      dockerfile_inline: |\n        ARG V\n        FROM alpine:$${V}\n        COPY --from=b x y\n");
        Assert.Equal(["alpine:3", "b"], found.Entries.Select(static e => e.Image!.Reference));
        Assert.All(found.Entries, static e => Assert.Equal("Build", e.Image!.Kind));
    }

    [Fact]
    public void Of_two_environment_files_the_later_one_counts()
    {
        ComposeVariables variables = new ComposeVariables(Values.GetValueOrDefault).WithFiles(["A=1\nB=1\nTAG=no", "A=2\nC=${B}"]);
        Assert.Equal("2 1 1 1.2", variables.Replace("$A $B $C $TAG"));
        Files files = new(new()
        {
            ["/p/sub/inc.yaml"] = "services: {i: {image: 'i:${A}'}}", ["/p/one.env"] = "A=1", ["/p/two.env"] = "A=2",
        });
        Assert.Equal(["i:2"], Names(Read(
            "include: [{path: sub/inc.yaml, env_file: [one.env, two.env]}]\nservices: {}", files: files)));
    }

    [Fact]
    public void What_is_built_elsewhere_is_a_warning()
    {
        DocumentFindings found = Read("services: {a: {build: ./app}}");
        Assert.Contains(found.Notes, static n => n.Level == ReportLevel.Warning && n.Text.Contains("Get-DockerfileImage", StringComparison.Ordinal));
    }

    [Fact]
    public void Profiles_choose()
    {
        string text = "services: {a: {image: x}, b: {image: y, profiles: [p]}, c: {image: z, profiles: [q]}}";
        Assert.Equal(["x"], Names(Read(text, profiles: [])));
        Assert.Equal(["x", "y"], Names(Read(text, profiles: ["p"])));
        Assert.Equal(["x", "y", "z"], Names(Read(text, profiles: ["*"])));
    }

    [Fact]
    public void Other_files_are_followed_with_variables_of_their_own()
    {
        Files files = new(new()
        {
            ["/p/common.yaml"] = "services: {base: {image: 'b:$TAG'}, far: {extends: {file: more.yaml, service: m}}}",
            ["/p/more.yaml"] = "services: {m: {image: m}}",
            ["/p/sub/inc.yaml"] = "include: [deeper.yaml]\nservices: {i: {image: 'i:${ONLY}'}}",
            ["/p/sub/deeper.yaml"] = "services: {d: {image: d}}",
            ["/p/sub/.env"] = "# x\nexport ONLY=\"o\"\nTAG=lost\n",
        });
        DocumentFindings found = Read(
            "include:\n- sub/inc.yaml\nservices:\n  a: {extends: {file: common.yaml, service: base}}\n  b: {extends: {file: common.yaml, service: far}}",
            files: files);
        Assert.Equal(["d", "i:o", "b:1.2", "m"], Names(found));
        Assert.All(found.Entries, static e => Assert.NotNull(e.Fixed));
        Assert.Equal("/p/sub/inc.yaml", found.Entries[1].Image!.File);
    }

    [Theory]
    [InlineData("include: [a.yaml]")]
    [InlineData("services: {x: {extends: {file: a.yaml, service: s}}}")]
    public void Circles_end(string text)
    {
        Files files = new(new()
        {
            ["/p/a.yaml"] = "include: [a.yaml]\nservices: {s: {extends: {file: a.yaml, service: s}}}",
        });
        Assert.Equal(SigstoreErrorCode.MalformedDocument, Assert.Throws<SigstoreException>(() => Read(text, files: files)).Code);
    }

    [Theory]
    [InlineData("A=1", "1")]
    [InlineData("A = 1 # note", "1")]
    [InlineData("A: 1", "1")]
    [InlineData("export A='$B'", "$B")]
    [InlineData("B=2\nA=\"x${B}\"", "x2")]
    [InlineData("A=${TAG}", "1.2")]
    [InlineData("TAG", null)]
    [InlineData("\uFEFF\r\nA=1\r\n", "1")]
    public void Environment_files(string text, string? expected) =>
        Assert.Equal(expected, new ComposeVariables(Values.GetValueOrDefault).ReadFile(text.TrimStart('\uFEFF')).GetValueOrDefault("A"));

    [Theory]
    [InlineData("A B=1")]
    [InlineData("=1")]
    [InlineData("A=\"x\ny\"")]
    [InlineData("A=$NO")]
    public void Environment_files_that_are_none(string text) =>
        Assert.Throws<FormatException>(() => new ComposeVariables(Values.GetValueOrDefault).ReadFile(text));

    [Fact]
    public void No_mutation_gives_another_exception()
    {
        Random random = new(5);
        string whole = "include: [a.yaml]\nservices:\n  a:\n    image: ${X:-y}\n    build: {additional_contexts: {b: docker-image://x}, args: [A=1], dockerfile_inline: FROM x}\n"
            + "  b: &b\n    extends: {file: c.yaml, service: d}\n    profiles: [p]\n    volumes: [{type: image, source: s}]\n  c: *b\n";
        for (int i = 0; i < 5000; i++)
        {
            char[] text = whole.ToCharArray();
            for (int n = random.Next(1, 6); n > 0; n--)
            {
                text[random.Next(text.Length)] = Marks[random.Next(Marks.Length)];
            }

            try
            {
                Read(new string(text));
            }
            catch (SigstoreException)
            {
            }
        }
    }

    private static string[] Names(DocumentFindings found) => [.. found.Entries.Select(static e => e.Image?.Reference ?? e.Failure!.Message)];

    private static DocumentFindings Read(string text, string[]? profiles = null, Files? files = null)
    {
        DocumentFindings findings = new("/p/compose.yaml");
        ComposeImages.Read(
            DocumentText.Of(text, "/p/compose.yaml"),
            new ComposeRules { Variables = new ComposeVariables(Values.GetValueOrDefault), Profiles = profiles, Files = files }, findings);
        return findings;
    }

    private sealed class Files(Dictionary<string, string> texts) : IDocumentFiles
    {
        public DocumentText Read(string path, string? from) => Find(path, from)
            ?? throw new SigstoreException(SigstoreErrorCode.PathNotFound, path);

        public DocumentText? Find(string path, string? from)
        {
            string full = Path.GetFullPath(path, Path.GetDirectoryName(from)!);
            return texts.TryGetValue(full, out string? text) ? DocumentText.Of(text, full) : null;
        }
    }
}
