namespace SigstorePS.Operations;

/// <summary>What was done of signing or attesting that failed on the way.</summary>
/// <param name="Stored">What is with the image.</param>
/// <param name="Unstored">What was made and is not; null: nothing.</param>
internal sealed record PartialWork<T>(IReadOnlyList<T> Stored, T? Unstored)
    where T : class;
