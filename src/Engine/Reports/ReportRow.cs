namespace SigstorePS.Reports;

/// <summary>What a report says of one result. Everything that is not known to be verified is not.</summary>
internal enum Verdict
{
    /// <summary>Not verified, for whatever reason; first, so that nothing becomes verified by being left out.</summary>
    Failed,

    /// <summary>Let through though not verified: a policy that only warns.</summary>
    Warned,

    /// <summary>Every check that was asked for passed.</summary>
    Verified,
}

/// <summary>One result of whatever kind, as reports show it. All text is from outside and shown as such.</summary>
internal sealed record ReportRow
{
    /// <summary>Ours: <c>Image signature</c>, <c>Attestation</c>, <c>File signature</c> and so on.</summary>
    public required string Kind { get; init; }

    /// <summary>What it is about: a reference by digest, a file, a commit.</summary>
    public required string Subject { get; init; }

    /// <summary>Failed unless said otherwise.</summary>
    public Verdict Verdict { get; init; }

    /// <summary><c>Verified</c>, or the error id.</summary>
    public required string Code { get; init; }

    /// <summary>Repository or folder: what results are grouped by.</summary>
    public string Group { get; init; } = string.Empty;

    /// <summary>What the user typed, where that is not the subject.</summary>
    public string? Typed { get; init; }

    /// <summary>Digest or commit.</summary>
    public string? Digest { get; init; }

    /// <summary>Operating system and processor.</summary>
    public string? Platform { get; init; }

    /// <summary>What tells results about one subject apart: type of a statement, name of a policy.</summary>
    public string? Detail { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Reason { get; init; }

    /// <summary>Key or identity.</summary>
    public string? Signer { get; init; }

    /// <summary>Who vouched for the identity.</summary>
    public string? Issuer { get; init; }

    /// <summary>When it was signed, by the word of whom.</summary>
    public IReadOnlyList<ReportTime> Times { get; init; } = [];

    /// <summary>Checks, made or skipped, in order.</summary>
    public IReadOnlyList<ReportCheck> Checks { get; init; } = [];

    /// <summary>Signatures that were looked at.</summary>
    public IReadOnlyList<ReportCandidate> Candidates { get; init; } = [];

    /// <summary>Whatever else is known, by name.</summary>
    public IReadOnlyList<ReportFact> Facts { get; init; } = [];

    /// <summary>Where it is written that the subject is used.</summary>
    public IReadOnlyList<ReportSource> Sources { get; init; } = [];

    /// <summary>The earliest time somebody trusted saw the signature; the clock of this machine is nobody.</summary>
    public ReportTime? Signed => Times.Where(static t => t.Type != "CurrentTime").MinBy(static t => t.Time);

    /// <summary>Checks that a parameter switched off.</summary>
    public IEnumerable<ReportCheck> Skipped => Checks.Where(static c => c.IsSkipped);

    /// <summary>Subject and what tells it from others about the same subject.</summary>
    public string Title => string.Join(" · ", ((string?[])[Subject, Platform, Detail]).Where(static t => !string.IsNullOrEmpty(t)));
}

/// <summary>A time of signing.</summary>
/// <param name="Type"><c>Tlog</c>, <c>TimestampAuthority</c> or <c>CurrentTime</c>.</param>
/// <param name="Source">Address of the log or authority.</param>
/// <param name="Time">When.</param>
internal sealed record ReportTime(string Type, string Source, DateTimeOffset Time);

/// <summary>A check.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Outcome"><c>Passed</c> or <c>Skipped</c>.</param>
/// <param name="Evidence">By what it passed, or the parameter that skipped it.</param>
internal sealed record ReportCheck(string Name, string Outcome, string Evidence)
{
    /// <summary>Whatever is not told to have passed counts as not made.</summary>
    public bool IsSkipped => Outcome != "Passed";
}

/// <summary>A signature that was looked at.</summary>
/// <param name="Verified">Whether it passed on its own.</param>
/// <param name="Code">The check that failed; empty when none did.</param>
/// <param name="Place">Where it is stored, and how.</param>
/// <param name="Reference">Reference of the signature.</param>
/// <param name="Text">Signer, or why it failed.</param>
internal sealed record ReportCandidate(bool Verified, string Code, string Place, string Reference, string Text);

/// <summary>Something else that is known.</summary>
/// <param name="Name">Name of the property.</param>
/// <param name="Value">Its text.</param>
internal sealed record ReportFact(string Name, string Value);

/// <summary>A place in a file that names the subject.</summary>
/// <param name="File">Relative to the root of the sources with slashes, or a full path.</param>
/// <param name="Line">From 1; 0 when unknown.</param>
/// <param name="Column">From 1; 0 when unknown.</param>
internal sealed record ReportSource(string File, int Line, int Column)
{
    /// <inheritdoc/>
    public override string ToString() => Line > 0 ? $"{File}:{Line}" : File;
}

/// <summary>A node of the tree of an image.</summary>
/// <param name="Depth">Distance from the image.</param>
/// <param name="Kind"><c>Image</c>, <c>Index</c>, <c>Signature</c> and so on.</param>
/// <param name="Reference">Reference by digest.</param>
/// <param name="Digest">Digest.</param>
/// <param name="Type">Artifact, predicate or media type.</param>
/// <param name="Platform">Of a child of an index.</param>
/// <param name="Storage">How it is found.</param>
/// <param name="Size">Bytes.</param>
internal sealed record ReportNode(
    int Depth, string Kind, string Reference, string Digest, string? Type, string? Platform, string? Storage, long Size);
