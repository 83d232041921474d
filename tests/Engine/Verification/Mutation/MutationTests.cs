using SigstorePS.Support.Mutation;

namespace SigstorePS.Tests.Verification.Mutation;

/// <summary>
/// A slice of the mutation run; all of it is <c>./build.sh bench -- mutate</c>.
/// </summary>
public sealed class MutationTests
{
    [Fact]
    public void A_damaged_bundle_is_refused_or_still_says_the_same()
    {
        IReadOnlyList<MutationSource> sources = MutationSource.All();
        MutationRun run = new(sources);
        run.WarmUp();
        run.Judge(MutationRun.Slice(sources, seed: 20261121, count: 3000));
        Assert.Empty(run.Findings);
        Assert.Empty(run.Unhandled);
        Assert.Empty(run.Slow);
        Assert.InRange(run.Times.Count, 2500, 3000);
    }
}
