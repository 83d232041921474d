using System.Diagnostics;
using System.Text.Json;

namespace SigstorePS.Support.Mutation;

/// <summary>
/// Gives damaged bundles to the verifier and asks <see cref="Meaning"/> about each that it accepts: whether it still
/// says what a good bundle said, and whether what the verifier reports of it was true of that one.
/// </summary>
internal sealed class MutationRun
{
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(50);

    private readonly IReadOnlyList<MutationSource> _sources;
    private readonly ILookup<string, MutationSource> _byAnswer;
    private readonly Dictionary<string, HashSet<string>> _facts = [];
    private readonly Dictionary<string, HashSet<string>> _timestamps = [];

    public MutationRun(IReadOnlyList<MutationSource> sources)
    {
        _sources = sources;
        _byAnswer = sources.ToLookup(static s => Answer(s, s.Meaning.Core), StringComparer.Ordinal);
        foreach (MutationSource source in sources)
        {
            Known(_facts, source.Meaning.Core).UnionWith(source.Meaning.Entries.SelectMany(static e => e));
            Known(_timestamps, source.Meaning.Core).UnionWith(source.Meaning.Timestamps);
        }
    }

    /// <summary>Verdicts: code or <c>Verified</c>, and how many got it.</summary>
    public SortedDictionary<string, int> Verdicts { get; } = new(StringComparer.Ordinal);

    /// <summary>Mutants of each kind.</summary>
    public SortedDictionary<string, int> Kinds { get; } = new(StringComparer.Ordinal);

    /// <summary>Accepted ones, by how they differ.</summary>
    public SortedDictionary<string, int> Accepted { get; } = new(StringComparer.Ordinal);

    /// <summary>Accepted ones that mean something else.</summary>
    public List<string> Findings { get; } = [];

    /// <summary>Failures that are not the engine's own exception.</summary>
    public List<string> Unhandled { get; } = [];

    /// <summary>Those that took over 50 ms, and as much of the processor in each of four more tries.</summary>
    public List<string> Slow { get; } = [];

    /// <summary>Of every mutant, as first measured.</summary>
    public List<TimeSpan> Times { get; } = [];

    /// <summary>All there are, in an order that the seed decides. Two at a time last.</summary>
    public static IReadOnlyList<Mutant> Plan(IReadOnlyList<MutationSource> sources, int seed)
    {
        Random random = new(seed);
        List<Mutant> plan = [];
        foreach (MutationSource source in sources)
        {
            Edit[] edits = [.. TreeEdits.Of(source.Json), .. FieldEdits.Of(source.Json, random)];
            plan.AddRange(edits.Select(e => Edited(source, e)));
            plan.AddRange(TextMutants.Of(source, random));
            Edit[] coarse = [.. edits.Where(static e => e.Kind != "field bit")];
            plan.AddRange(Enumerable.Range(0, 800).Select(_ =>
                Edited(source, coarse[random.Next(coarse.Length)], coarse[random.Next(coarse.Length)])));
        }

        plan.AddRange(Swaps.Of(sources));
        Mutant[] shuffled = [.. plan];
        random.Shuffle(shuffled);
        return shuffled;
    }

    /// <summary>Some of the mutants of some of the sources.</summary>
    public static IEnumerable<Mutant> Slice(IReadOnlyList<MutationSource> sources, int seed, int count)
    {
        MutationSource[] some = [.. sources];
        new Random(seed).Shuffle(some);
        return Plan([.. some.Take(10)], seed).Take(count);
    }

    /// <summary>Compiles what is about to be measured.</summary>
    public void WarmUp()
    {
        foreach (MutationSource source in _sources)
        {
            for (int i = 0; i < 40; i++)
            {
                source.Verify(source.Content);
            }
        }
    }

    public void Judge(IEnumerable<Mutant> mutants)
    {
        foreach (Mutant mutant in mutants)
        {
            Judge(mutant);
        }
    }

    private static Mutant Edited(MutationSource source, params Edit[] edits) => new(
        source, edits.Length == 1 ? edits[0].Kind : "two at once", string.Join(" and ", edits.Select(static e => e.Kind + " " + e.What)), () =>
        {
            LooseJson copy = source.Json.Clone();
            foreach (Edit edit in edits)
            {
                edit.Apply(copy);
            }

            return copy.ToBytes();
        });

    private void Judge(Mutant mutant)
    {
        byte[] content = mutant.Build();
        Add(Kinds, mutant.Kind);
        if (content.AsSpan().SequenceEqual(mutant.Source.Content))
        {
            Add(Verdicts, "(unharmed)");
            return;
        }

        (BlobVerification? accepted, Exception? failure, TimeSpan time) = Time(mutant, content);
        Times.Add(time);
        if (time > Budget && Enumerable.Range(0, 4).Min(_ => Work(mutant, content)) is var again && again > Budget)
        {
            Slow.Add($"{again.TotalMilliseconds:0} ms: {mutant}");
        }

        Add(Verdicts, accepted is not null ? "Verified" : (failure as SigstoreException)?.Code.ToString() ?? failure!.GetType().Name);
        if (accepted is not null)
        {
            Add(Accepted, Difference(mutant, content, accepted));
        }
        else if (failure is not SigstoreException { Code: not SigstoreErrorCode.UnexpectedFailure })
        {
            Unhandled.Add($"{mutant}: {failure}");
        }
    }

    private static (BlobVerification? Accepted, Exception? Failure, TimeSpan Time) Time(Mutant mutant, byte[] content)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            BlobVerification accepted = mutant.Source.Verify(content);
            return (accepted, null, Stopwatch.GetElapsedTime(start));
        }
#pragma warning disable CA1031 // What is thrown here is what is looked for.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return (null, e, Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Of the processor: on a busy machine the clock tells of others.</summary>
    private static TimeSpan Work(Mutant mutant, byte[] content)
    {
        TimeSpan start = Environment.CpuUsage.TotalTime;
        Time(mutant, content);
        return Environment.CpuUsage.TotalTime - start;
    }

    /// <summary>How an accepted mutant differs; a finding when it may not.</summary>
    private string Difference(Mutant mutant, byte[] content, BlobVerification accepted)
    {
        List<Meaning> meanings;
        try
        {
            meanings = Meaning.ReadAll(content, mutant.Source.ByKey);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException)
        {
            return Finding(mutant, $"is not readable: {e.Message}");
        }

        // Of several bundles in one file any may be the one that passed.
        List<string> all = [.. meanings.Select(m => Difference(mutant, m, accepted))];
        return all.FirstOrDefault(static d => d[0] != '!') ?? Finding(mutant, string.Join("; ", all));
    }

    private string Difference(Mutant mutant, Meaning meaning, BlobVerification accepted)
    {
        MutationSource source = mutant.Source;
        List<MutationSource> same = [.. _byAnswer[Answer(source, meaning.Core)]];
        if (same.Count == 0)
        {
            // Somebody else's bundle may hold another signature by the very key, over the very file.
            same.AddRange(_sources.Where(o => o.Meaning.Said == meaning.Said && o.Result.KeyId == source.Result.KeyId
                && o.Case.Artifact == source.Case.Artifact && source.Meaning.Signer == meaning.Signer).Take(1).Select(_ => source));
        }

        if (same.Count == 0)
        {
            return "!another signature, signer or content";
        }

        if (meaning.Digest is { } digest && !source.ArtifactDigests.Contains(digest))
        {
            return "!names another digest";
        }

        if (!same.Exists(s => Reported(s.Result) == Reported(accepted))
            || !accepted.LogEntries.All(e => same.Exists(s => Told(s, e)))
            || !accepted.Timestamps.All(t => t.Type == "CurrentTime" || same.Exists(s => s.Result.Timestamps.Contains(t))))
        {
            return "!another report";
        }

        HashSet<string> facts = Known(_facts, meaning.Core);
        HashSet<string> timestamps = Known(_timestamps, meaning.Core);
        int strangeEntries = meaning.Entries.Count(e => !e.IsSubsetOf(facts));
        int strangeTimestamps = meaning.Timestamps.Count(t => !timestamps.Contains(t));
        bool looksAtTimestamps = !source.ByKey || source.Case.Policy.Root.TimestampAuthorities.Count > 0;
        if (strangeEntries > 0 && !source.Case.Policy.SkipTransparencyLog
            && (strangeEntries == meaning.Entries.Count || accepted.LogEntries.Length > meaning.Entries.Count - strangeEntries))
        {
            return "!a log entry of something else counts";
        }

        if (strangeTimestamps > 0 && looksAtTimestamps && strangeTimestamps == meaning.Timestamps.Count)
        {
            return "!a timestamp of something else counts";
        }

        return strangeEntries > 0 && source.Case.Policy.SkipTransparencyLog ? "log entry not asked for"
            : strangeEntries > 0 ? "log entry that does not count beside one that does"
            : strangeTimestamps > 0 ? "timestamp that does not count beside one that does"
            : !same.Contains(source) ? "another good bundle for the same question"
            : meaning.Entries.Count < source.Meaning.Entries.Count || meaning.Timestamps.Count < source.Meaning.Timestamps.Count
                || meaning.Entries.Sum(static e => e.Count) < source.Meaning.Entries.Sum(static e => e.Count)
                ? "less evidence, all of it good"
            : meaning.Entries.Count > source.Meaning.Entries.Count || meaning.Timestamps.Count > source.Meaning.Timestamps.Count
                ? "more evidence, all of it good"
            : "another spelling";
    }

    /// <summary>Whether an entry reported of a mutant is true of a good bundle: the same, or with less said of it.</summary>
    private static bool Told(MutationSource good, LogEvidence entry) => Array.Exists(
        good.Result.LogEntries, l => l.Log == entry.Log && l.Kind == entry.Kind
            && (entry.IntegratedTime is null || l.IntegratedTime == entry.IntegratedTime)
            && (l.LogIndex == entry.LogIndex || entry.IntegratedTime is null && good.Meaning.Entries.Exists(
                facts => facts.Any(f => f.StartsWith($"proof 1 {entry.LogIndex} ", StringComparison.Ordinal)))));

    private string Finding(Mutant mutant, string what)
    {
        Findings.Add($"{mutant}: {what}");
        return "FINDING";
    }

    private static string Reported(BlobVerification r) =>
        $"{r.Signer} {r.Issuer} {r.KeyId} {r.Kind} {r.PredicateType} {r.Digest} {r.Certificate?.SerialNumber}";

    private static string Answer(MutationSource source, string core) => $"{source.Question}\n{core}";

    private static HashSet<string> Known(Dictionary<string, HashSet<string>> all, string core) =>
        all.TryGetValue(core, out HashSet<string>? known) ? known : all[core] = new(StringComparer.Ordinal);

    private static void Add(SortedDictionary<string, int> counts, string key) =>
        counts[key] = counts.GetValueOrDefault(key) + 1;
}
