namespace SigstorePS.Http;

/// <summary>
/// Whether the work that is under way on this flow of control may open a socket. Asked in the one place that does.
/// </summary>
internal static class OfflineScope
{
    private static readonly AsyncLocal<bool> Closed = new();

    /// <summary>From here on, and in all that is started from here, nothing dials.</summary>
    public static void Enter() => Closed.Value = true;

    /// <exception cref="SigstoreException">OfflineUnavailable.</exception>
    public static void Demand(Uri uri)
    {
        if (Closed.Value)
        {
            Demand(uri.Authority, uri.AbsolutePath);
        }
    }

    /// <summary>For what dials by a library of its own.</summary>
    /// <exception cref="SigstoreException">OfflineUnavailable.</exception>
    public static void Demand(string whom, string what)
    {
        if (Closed.Value)
        {
            throw new SigstoreException(
                SigstoreErrorCode.OfflineUnavailable,
                $"{whom} would have to be asked for {what}, and -Offline allows no network.");
        }
    }
}
