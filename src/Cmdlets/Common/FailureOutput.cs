namespace SigstorePS.Commands;

/// <summary>
/// What a cmdlet that tests emits for what did not pass: an error whose target is the failed result, or what -Quiet and
/// -IncludeFailure make of it.
/// </summary>
internal sealed class FailureOutput
{
    private readonly SigstoreCmdlet _cmdlet;
    private readonly bool _quiet;
    private readonly bool _includeFailure;

    /// <exception cref="SigstoreException">ContradictoryPolicy: both switches.</exception>
    public FailureOutput(SigstoreCmdlet cmdlet, bool quiet, bool includeFailure = false)
    {
        if (quiet && includeFailure)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-Quiet emits booleans, -IncludeFailure objects: give one.");
        }

        (_cmdlet, _quiet, _includeFailure) = (cmdlet, quiet, includeFailure);
    }

    /// <summary>-Quiet writes no boolean here: the cmdlet writes one for all outcomes of an input.</summary>
    public bool LeavesBoolean { get; init; }

    /// <summary>A code that is a verdict for this cmdlet only, such as that the log does not have the entry.</summary>
    public SigstoreErrorCode? AlsoVerdict { get; init; }

    /// <summary>
    /// Writes the failure. What kept the test from a verdict, such as a registry that could not be reached, is an error
    /// for -Quiet, too.
    /// </summary>
    /// <param name="text">What the user gave; null where it was nothing.</param>
    /// <param name="failure">Why it did not pass.</param>
    /// <param name="unresolved">Makes the row when not even a result is known; for cmdlets with -IncludeFailure.</param>
    public void Write(string? text, SigstoreException failure, Func<object>? unresolved = null)
    {
        if (_quiet && (ErrorRecords.IsVerdict(failure.Code) || failure.Code == AlsoVerdict))
        {
            _cmdlet.WriteVerbose(text is null ? failure.Message : $"{text}: {failure.Message}");
            if (!LeavesBoolean)
            {
                _cmdlet.WriteObject(false);
            }
        }
        else if (_includeFailure && unresolved is not null)
        {
            _cmdlet.WriteObject(failure.Result ?? unresolved());
        }
        else
        {
            _cmdlet.WriteError(ErrorRecords.From(failure, text));
        }
    }
}
