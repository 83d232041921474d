namespace SigstorePS.Operations;

/// <summary>
/// What kept work from its end after something of it was made. The end of the time allowed is such a failure as well:
/// as a mere cancellation it would take along what was made, which no repetition brings back.
/// </summary>
internal static class Interruption
{
    /// <param name="cause">A <see cref="SigstoreException"/>, or the cancellation by a deadline.</param>
    /// <param name="more">Sentences about what was made, with a blank in front.</param>
    /// <param name="made">What was made.</param>
    public static SigstoreException Of(Exception cause, string more, object made) =>
        new(
            (cause as SigstoreException)?.Code ?? SigstoreErrorCode.Timeout,
            (cause is SigstoreException ? cause.Message : "Not finished within the time allowed (-TimeoutSec).") + more,
            cause)
        {
            Result = made,
        };
}
