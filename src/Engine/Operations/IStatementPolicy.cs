namespace SigstorePS.Operations;

/// <summary>Decides by what a verified attestation says whether it is good enough.</summary>
internal interface IStatementPolicy
{
    /// <summary>What the user knows it by: a file name, or the text of a script.</summary>
    string Name { get; }

    /// <summary>Returns when the policy is satisfied.</summary>
    /// <param name="statement">The in-toto statement, byte for byte as signed.</param>
    /// <param name="cancel">Ends the evaluation.</param>
    /// <exception cref="SigstoreException">
    /// PolicyViolation: the answer is no. PolicyFailed: there is no answer.
    /// </exception>
    Task DemandAsync(ReadOnlyMemory<byte> statement, CancellationToken cancel);
}
