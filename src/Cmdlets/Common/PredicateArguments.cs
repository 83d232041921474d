using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>What the user says is to be attested: predicates with their types, ready statements, or both.</summary>
internal sealed record PredicateArguments(string[] Predicate, string[] PredicateType, string[] Statement)
{
    /// <summary>The types that -PredicateType has without being given.</summary>
    public static readonly string[] Default = ["custom"];

    /// <summary>Reads and checks all of it, once for all input.</summary>
    /// <param name="paths">Finds the files.</param>
    /// <param name="time">When <c>custom</c> predicates say that they were made.</param>
    /// <exception cref="SigstoreException">
    /// ContradictoryPolicy, InvalidValue, LimitExceeded, MalformedStatement, PathNotFound, FileUnavailable.
    /// </exception>
    public IReadOnlyList<StatementSource> Read(PathResolver paths, DateTimeOffset time)
    {
        string? contradiction =
            Predicate.Length + Statement.Length == 0 ? "Give -Predicate or -Statement."
            : Predicate.Length == 0 && !ReferenceEquals(PredicateType, Default)
                ? "-PredicateType is for -Predicate; a statement says its type itself."
            : Predicate.Length > 0 && PredicateType.Length != 1 && PredicateType.Length != Predicate.Length
                ? "Give one -PredicateType for all predicates, or one for each."
            : null;
        return contradiction is null
            ?
            [
                .. Predicate.Select((path, i) => StatementSource.OfPredicate(
                    path, PredicateType[PredicateType.Length == 1 ? 0 : i], paths.Read(path, Limits.Predicate), time)),
                .. Statement.Select(path => StatementSource.OfStatement(path, paths.Read(path, Limits.Predicate))),
            ]
            : throw new SigstoreException(SigstoreErrorCode.ContradictoryPolicy, contradiction);
    }

    /// <summary>What -WhatIf and -Confirm say is done: the types are part of the question.</summary>
    public static string Verb(IReadOnlyList<StatementSource> sources, bool nowhere) =>
        $"Attest {string.Join(", ", sources.Select(static s => s.PredicateType).Distinct())}"
        + (nowhere ? ", store nowhere" : string.Empty);

    /// <summary>The type of statements by the number of the user.</summary>
    public static string StatementType(string version) =>
        version == "1" ? PredicateTypes.StatementV1 : PredicateTypes.StatementV01;
}
