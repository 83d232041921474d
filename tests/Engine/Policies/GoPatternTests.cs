using System.Text.RegularExpressions;
using SigstorePS.Operations;
using SigstorePS.Policies;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Policies;

/// <summary>Go's patterns: they match a part, and mean the same here or are refused.</summary>
public sealed class GoPatternTests
{
    [Theory]
    [InlineData("acme", "https://github.com/acme/app", true)]
    [InlineData("^acme", "https://github.com/acme/app", false)]
    [InlineData("^a$", "a\n", false)]
    [InlineData("^\\d$", "٣", false)]
    [InlineData("^[\\d]$", "7", true)]
    [InlineData("^\\w$", "é", false)]
    [InlineData("^\\s$", "\u00a0", false)]
    [InlineData("^(?P<n>a|b)$", "b", true)]
    [InlineData("^(?i)ACME$", "acme", true)]
    [InlineData("^(?:a)(?i:B)$", "ab", true)]
    [InlineData("^[]a]$", "]", true)]
    [InlineData("^[^]a]$", "]", false)]
    [InlineData(@"^a\.b$", "axb", false)]
    [InlineData(@"^[\s-~]$", "A", false)]
    [InlineData(@"^[\s-~]$", "~", true)]
    [InlineData(@"^[\s-~]$", "-", true)]
    [InlineData(@"^[\s]$", "\r", true)]
    [InlineData(@"^[\s]$", " ", true)]
    [InlineData(@"^[\s]$", "\v", false)]
    [InlineData(@"^[\w-~]$", "|", false)]
    [InlineData(@"^[\w-.]+$", "a_Z-9.", true)]
    [InlineData(@"^[-\.\w]+$", "a-b.c", true)]
    [InlineData(@"^[\d-z]$", "a", false)]
    [InlineData(@"^[\.\-\w]+$", "a-b.c", true)]
    [InlineData(@"https://gitlab.com/BobyMCbobs/.*//.gitlab-ci.yml@refs/heads/main", "https://gitlab.com/BobyMCbobs/x//.gitlab-ci.yml@refs/heads/main", true)]
    public void A_pattern_means_what_it_means_in_go(string pattern, string text, bool matches) =>
        Assert.Equal(matches, TextMatch.Containing(GoPattern.ToNet(pattern)).IsMatch(text));

    [Theory]
    [InlineData("****")]
    [InlineData("(")]
    [InlineData("[a")]
    [InlineData("(?=a)")]
    [InlineData("(?<!a)b")]
    [InlineData("(?m)^a$")]
    [InlineData("(?x)a")]
    [InlineData("(?)")]
    [InlineData("(a)\\1")]
    [InlineData("[[:alpha:]]")]
    [InlineData("[a-z-[b]]")]
    [InlineData("\\pL")]
    [InlineData("\\Qa\\E")]
    [InlineData("\\u0041")]
    [InlineData("a\\")]
    [InlineData("[\\D]")]
    [InlineData(@"[+-\w]")]
    [InlineData(@"[!-\s]")]
    [InlineData(@"[a^-\w]")]
    [InlineData(@"\Ba")]
    [InlineData(@"a\b")]
    public void What_would_mean_something_else_is_refused(string pattern) =>
        Assert.Throws<FormatException>(() => GoPattern.ToNet(pattern));

    [Theory]
    [InlineData("^a$", true)]
    [InlineData(@"\Aa\z", true)]
    [InlineData("^(a|b)$", true)]
    [InlineData("^a|b$", false)]
    [InlineData("a", false)]
    [InlineData("^a", false)]
    [InlineData(@"^a\$", false)]
    [InlineData("^a[(]|b$", false)]
    [InlineData("^a[](]|b$", false)]
    [InlineData("^[a|b]$", true)]
    [InlineData("^*a$", false)]
    [InlineData("^{0}a$", false)]
    [InlineData(@"^a\\z", false)]
    public void Anchors_are_told_from_their_absence(string pattern, bool anchored) =>
        Assert.Equal(anchored, GoPattern.IsAnchored(pattern));

    [Fact]
    public void Anchors_are_added_around_a_whole_pattern_only()
    {
        Assert.Equal("^(?:a|b)$", PolicyFiles.Anchored("a|b"));
        Assert.Equal("^a$", PolicyFiles.Anchored("^a$"));
        Assert.Equal(
            SigstoreErrorCode.InvalidValue, Assert.Throws<SigstoreException>(() => PolicyFiles.Anchored("a)|(b")).Code);
    }

    [Fact]
    public void A_pattern_cannot_stop_the_verifier()
    {
        string bomb = GoPattern.ToNet("^(a+)+$");
        Assert.DoesNotMatch(new Regex(bomb, RegexOptions.NonBacktracking), new string('a', 5000) + "b");
        Assert.Throws<FormatException>(() => GoPattern.ToNet(string.Concat(Enumerable.Repeat("(a{1000}){1000}", 10))));
        Assert.Throws<FormatException>(() => GoPattern.ToNet(new string('a', 5000)));
    }
}
