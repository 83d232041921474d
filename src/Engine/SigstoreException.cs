using SigstorePS.Encodings;

namespace SigstorePS;

/// <summary>The one exception of the engine. <see cref="Code"/> says which check or step failed.</summary>
public sealed class SigstoreException : Exception
{
    /// <summary>Creates a failure.</summary>
    /// <param name="code">Which check or step failed; becomes the PowerShell error id.</param>
    /// <param name="message">
    /// What happened and, where there is one, what to do. Never a secret. Parts of it come from outside, so that it is
    /// made one line without control characters and no longer than <see cref="Limits.ErrorMessage"/>.
    /// </param>
    /// <param name="inner">The cause, kept.</param>
    public SigstoreException(SigstoreErrorCode code, string message, Exception? inner = null)
        : base(PlainText.Clean(message, Limits.ErrorMessage), inner) => Code = code;

    /// <summary>Which check or step failed.</summary>
    public SigstoreErrorCode Code { get; }

    /// <summary>The result as far as it got, such as an image verification with every candidate's verdict.</summary>
    public object? Result { get; init; }
}
