namespace SigstorePS.Support.Rekor;

/// <summary>What a log says to an entry that it does not take.</summary>
/// <param name="status">HTTP.</param>
/// <param name="message">Word for word as the real one.</param>
/// <param name="code">In the answer's JSON: Rekor v1 mostly repeats the status, v2 has codes of gRPC.</param>
internal sealed class UploadRefusedException(int status, string message, int code) : Exception(message)
{
    public int Status => status;

    public int Code => code;

    /// <summary>Rekor v1: what is wrong with a proposal.</summary>
    public static UploadRefusedException Entry(string what) => new(400, $"error processing entry: {what}", 400);

    /// <summary>Rekor v2: INVALID_ARGUMENT.</summary>
    public static UploadRefusedException Argument(string what) => new(400, what, 3);
}
