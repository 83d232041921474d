using SigstorePS.Documents;
using SigstorePS.Oci;

namespace SigstorePS.Tests.Documents;

public sealed class DockerfileImagesTests
{
    [Theory]
    [InlineData("FROM alpine:3.20", "From alpine:3.20")]
    [InlineData("from alpine as a\nFROM a\nCOPY --from=a /x /y", "From alpine")]
    [InlineData("FROM alpine AS Base\nFROM base", "From alpine")]
    [InlineData("FROM scratch\nCOPY --from=0 /x /y", "!")]
    [InlineData("FROM a AS x\nFROM b\nCOPY --from=0 /x /y", "From a|From b")]
    [InlineData("FROM a\nCOPY --from=nginx:1 /x /y\nCOPY --chown=1 --from=busybox /x /y", "From a|Copy nginx:1|Copy busybox")]
    [InlineData("FROM a\nRUN --mount=type=bind,from=golang:1.22,target=/x --mount=type=cache,target=/c true", "From a|Mount golang:1.22")]
    [InlineData("FROM a\nRUN --mount=\"type=bind,from=b\" true", "From a|Mount b")]
    [InlineData("FROM a\nONBUILD COPY --from=tools /x /y", "From a|Copy tools")]
    [InlineData("# syntax=docker/dockerfile:1.7\nFROM a", "Syntax docker/dockerfile:1.7|From a")]
    [InlineData("#syntax = docker/dockerfile:1 x\n# escape=`\nFROM a", "Syntax docker/dockerfile:1|From a")]
    [InlineData("# a comment\n# syntax=docker/dockerfile:1\nFROM a", "From a")]
    [InlineData("FROM --platform=$BUILDPLATFORM a AS b", "From a")]
    [InlineData("ARG V=3.20\nFROM alpine:$V\nARG V=1\nFROM alpine:${V}", "From alpine:3.20|From alpine:3.20")]
    [InlineData("ARG V\nFROM alpine:${V:-3}", "From alpine:3")]
    [InlineData("ARG A=x\nARG V=${A}-y\nFROM i:${V%-y}", "From i:x")]
    [InlineData("ARG V=v1.2.3\nFROM i:${V#v}\nFROM i:${V%%.*}\nFROM i:${V/./-}\nFROM i:${V//./-}", "From i:1.2.3|From i:v1|From i:v1-2.3|From i:v1-2-3")]
    [InlineData("ARG V=\nFROM i${V:+:x}\nFROM i${V+:y}", "From i|From i:y")]
    [InlineData("ARG A=\"b c\" D='e'\nFROM $D", "From e")]
    [InlineData("FROM \\\n  # note\n\n  alpine:3 \\\n AS b", "From alpine:3")]
    [InlineData("FROM alpine\\\n:3", "From alpine:3")]
    [InlineData("# escape=`\nFROM `\n alpine", "From alpine")]
    [InlineData("FROM a\nRUN <<EOF\nFROM evil\nCOPY --from=evil x y\nEOF\nCOPY --from=b x y", "From a|Copy b")]
    [InlineData("FROM a\nRUN <<-\"E F\" cat\n\tE F\nFROM b", "From a|From b")]
    [InlineData("FROM a\nCOPY <<A <<B /x/\n1\nA\n2\nB\nFROM b", "From a|From b")]
    [InlineData("FROM a\nRUN echo '<<EOF'\nFROM b", "From a|From b")]
    [InlineData("FROM a\nRUN [\"x\", \"<<EOF\"]\nFROM b", "From a|From b")]
    [InlineData("FROM a\nRUN echo don't <<EOF\nFROM b", "From a|From b")]
    [InlineData("FROM a\nRUN echo $((1<<2))\nFROM b", "From a|From b")]
    [InlineData("FROM a\r\nRUN <<EOF\r\nFROM evil\r\nEOF\r\nFROM b\r\n", "From a|From b")]
    [InlineData("#!/usr/bin/env -S docker build . -f\n# syntax=acme/frontend\nFROM a", "Syntax acme/frontend|From a")]
    [InlineData("FROM a\nRUN --network=none [\"x\", \"<<EOF\"] \nFROM b", "From a|From b")]
    [InlineData("FROM a\nRUN [ -f x ] && cat <<EOF\nFROM evil\nEOF\nFROM b", "From a|From b")]
    [InlineData("FROM a\nENV X=1\nLABEL y=FROM z", "From a")]
    public void Images(string text, string expected)
    {
        DocumentFindings found = Read(text);
        if (expected == "!")
        {
            Assert.Equal(SigstoreErrorCode.DocumentUnresolved, Assert.Single(found.Entries).Failure!.Code);
            return;
        }

        Assert.Equal(expected, string.Join('|', found.Entries.Select(static e => $"{e.Image?.Kind} {e.Image?.Reference}")));
    }

    [Fact]
    public void The_frontend_of_an_argument_goes_before_that_of_the_file()
    {
        DocumentFindings found = new("Dockerfile");
        DockerfileImages.Read(
            DocumentText.Of("# syntax=docker/dockerfile:1\nFROM a", "Dockerfile"),
            new DockerfileRules { Arguments = new Dictionary<string, string> { ["BUILDKIT_SYNTAX"] = "acme/frontend:1 x" } }, found);
        Assert.Equal(["acme/frontend:1", "a"], found.Entries.Select(static e => e.Image!.Reference));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment")]
    [InlineData("ARG A")]
    [InlineData("FROMAGE brie")]
    [InlineData("RUN true\nFROM a")]
    [InlineData("FROM a b")]
    [InlineData("FROM a AS 1x")]
    [InlineData("FROM a\nRUN [\"true\"] <<EOF\nFROM hidden\nEOF")]
    [InlineData("FROM a\nRUN --network=none [] <<EOF\nFROM hidden\nEOF")]
    [InlineData("#!/x\n# escape=`\nFROM a")]
    [InlineData("FROM a\nRUN <<EOF\nFROM b")]
    [InlineData("# escape=x\nFROM a")]
    [InlineData("# syntax=a\n# syntax=b\nFROM a")]
    [InlineData("FROM a\nONBUILD FROM b")]
    [InlineData("FROM a\nONBUILD ONBUILD RUN x")]
    [InlineData("services:\n  web:\n    image: nginx")]
    [InlineData("ARG A=${\nFROM a")]
    public void What_is_no_Dockerfile_gives_nothing(string text) =>
        Assert.Equal(SigstoreErrorCode.MalformedDocument, Assert.Throws<SigstoreException>(() => Read(text)).Code);

    [Theory]
    [InlineData("FROM alpine:$V", "V has no value")]
    [InlineData("ARG V\nFROM alpine:${V}", "V has no value")]
    [InlineData("FROM x-$TARGETARCH", "-Platform")]
    [InlineData("ARG V=$OTHER\nFROM alpine:$V", "V has no value")]
    [InlineData("FROM ${V:?missing}", "V must have a value")]
    [InlineData("FROM a${V", "substitution is none")]
    [InlineData("ARG V=\nFROM $V", "empty")]
    [InlineData("FROM s\nCOPY --from=$X /a /b", "no variables")]
    [InlineData("FROM s\nCOPY --from=later /a /b\nFROM t AS later", "only later")]
    [InlineData("FROM s\nRUN --mount=from=$X true", "no variables")]
    public void What_cannot_be_told_is_an_error_of_its_own(string text, string why)
    {
        DocumentFindings found = Read(text + "\nFROM last");
        DocumentEntry failed = Assert.Single(found.Entries, static e => e.Failure is not null);
        Assert.Equal(SigstoreErrorCode.DocumentUnresolved, failed.Failure!.Code);
        Assert.Contains(why, failed.Failure.Message, StringComparison.Ordinal);
        Assert.Equal("last", found.Entries[^1].Image!.Reference);
    }

    [Fact]
    public void Arguments_and_platform_are_used()
    {
        DockerfileRules rules = new()
        {
            Arguments = new Dictionary<string, string> { ["V"] = "9", ["UNDECLARED"] = "x", ["BUILDARCH"] = "arm" },
            Platform = Platform.Parse("linux/arm64/v8"),
        };
        DocumentFindings found = Read("ARG V=1\nFROM --platform=$TARGETPLATFORM i:$V-$TARGETARCH-$BUILDARCH\nFROM $UNDECLARED", rules);
        Assert.Equal("i:9-arm64-arm", found.Entries[0].Image!.Reference);
        Assert.Equal("linux/arm64/v8", found.Entries[0].Image!.Platform);
        Assert.NotNull(found.Entries[1].Failure);
    }

    [Theory]
    [InlineData("FROM a AS x\nFROM b\nCOPY --from=c x y", "b")]
    [InlineData("FROM a AS x\nFROM b\nFROM x", "a")]
    [InlineData("FROM a AS x\nFROM scratch", "")]
    public void Base_image_only_is_what_the_last_stage_stands_on(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Read(text, new DockerfileRules { BaseImageOnly = true })
            .Entries.Select(static e => e.Image?.Reference)));

    [Fact]
    public void Lines_and_stages_are_told()
    {
        SourceImage image = Read("\n# c\nFROM a AS One\nFROM \\\n b").Entries[1].Image!;
        Assert.Equal((4L, "1"), (image.Line, image.Stage));
    }

    [Fact]
    public void No_text_gives_another_exception()
    {
        Random random = new(7);
        string[] parts = ["FROM ", "${", "}", "$", "'", "\"", "\\", "\n", "<<", "EOF", "ARG ", "A=", "#", "%", ":-", "--from=", "COPY ",
            "RUN ", "--mount=", "x", "`", "# escape=`\n", " ", "/", "\u00e9", "\r\n", "ONBUILD ", "[", ",", "*", "?"];
        for (int i = 0; i < 20_000; i++)
        {
            string text = "FROM a\n" + string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => parts[random.Next(parts.Length)]));
            try
            {
                Read(i % 2 == 0 ? text : text[7..]);
            }
            catch (SigstoreException)
            {
            }
        }
    }

    [Fact]
    public void Deep_variables_do_not_end_the_process()
    {
        string deep = string.Concat(Enumerable.Repeat("${A:-", 100_000));
        Assert.NotNull(Read($"FROM {deep}\nFROM b").Entries[0].Failure);
    }

    internal static DocumentFindings Read(string text, DockerfileRules? rules = null)
    {
        DocumentFindings findings = new("Dockerfile");
        DockerfileImages.Read(DocumentText.Of(text, "Dockerfile"), rules ?? new DockerfileRules(), findings);
        return findings;
    }
}
