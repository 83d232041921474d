namespace SigstorePS.Operations;

/// <summary>
/// The file that GitHub Actions shows as the summary of a step. All of it is dropped when it is larger than 1 MiB
/// (workflow commands of GitHub Actions, step isolation and limits).
/// </summary>
internal static class StepSummary
{
    public const string Variable = "GITHUB_STEP_SUMMARY";

    private const long Limit = 1024 * 1024;

    /// <summary>Less than this holds no summary.</summary>
    private const long Least = 16 * 1024;

    /// <summary>Bytes that still fit.</summary>
    /// <exception cref="SigstoreException">LimitExceeded, FileUnavailable.</exception>
    public static long Room(string file)
    {
        try
        {
            long left = Limit - (File.Exists(file) ? new FileInfo(file).Length : 0);
            return left >= Least ? left : throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"The summary of this step is full ({Limit} bytes): '{file}'.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(file, e);
        }
    }

    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public static async Task<string> AppendAsync(string file, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        try
        {
            await File.AppendAllBytesAsync(file, content, cancel).ConfigureAwait(false);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(file, e);
        }
    }

    private static SigstoreException Unavailable(string file, Exception e) =>
        new(SigstoreErrorCode.FileUnavailable, $"'{file}' cannot be written: {e.Message}", e);
}
