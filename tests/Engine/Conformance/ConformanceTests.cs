using SigstorePS.Support;

namespace SigstorePS.Tests.Conformance;

/// <summary>
/// The bundle cases of the public sigstore-conformance suite: a name that ends in <c>_fail</c> must be refused, every
/// other accepted, with the file and with its digest alone. No case is known by name here.
/// </summary>
public sealed class ConformanceTests
{
    public static TheoryData<string> Cases() =>
        ConformanceCases.Names.Count > 0 ? [.. ConformanceCases.Names] : [string.Empty];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_file_gets_the_verdict_of_the_suite(string name) => await Judge(name, byDigest: false);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_digest_gets_the_verdict_of_the_suite(string name) => await Judge(name, byDigest: true);

    private static async Task Judge(string name, bool byDigest)
    {
        Assert.SkipUnless(name.Length > 0, "the sigstore-conformance cases (../shared/conformance) are not here");
        SigstoreException? failure;
        try
        {
            failure = await ConformanceCases.Case(name, byDigest).RunAsync();
        }
        catch (SigstoreException e)
        {
            failure = e;   // the key of a case may be what is wrong
        }

        if (ConformanceCases.MustFail(name))
        {
            Assert.True(failure is not null, "accepted, and it must be refused");
            TestContext.Current.TestOutputHelper?.WriteLine($"{failure.Code}: {failure.Message}");
        }
        else
        {
            Assert.True(failure is null, $"refused, and it must be accepted: {failure?.Code}: {failure?.Message}");
        }
    }
}
