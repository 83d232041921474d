using SigstorePS.Documents;
using SigstorePS.Encodings;

namespace SigstorePS.Operations;

/// <summary>Files with documents: read whole, and replaced whole.</summary>
internal sealed class DocumentFile : IDocumentFiles
{
    /// <summary>The text of a file.</summary>
    /// <exception cref="SigstoreException">
    /// PathNotFound, FileUnavailable, MalformedDocument, LimitExceeded.
    /// </exception>
    public static (DocumentText Text, byte[] Content) Open(string path)
    {
        byte[] content = BoundedFile.TryRead(path, Limits.Document)
            ?? throw new SigstoreException(SigstoreErrorCode.PathNotFound, $"'{path}' was not found.");
        return (DocumentText.Read(content, path), content);
    }

    /// <inheritdoc/>
    public DocumentText Read(string path, string? from) => Named(Full(path, from));

    /// <inheritdoc/>
    public DocumentText? Find(string path, string? from) =>
        File.Exists(Full(path, from)) ? Named(Full(path, from)) : null;

    /// <summary>
    /// Writes a file anew, beside it and then in its place: its link, its permissions and, if somebody changed it since
    /// it was read, its content are kept.
    /// </summary>
    /// <exception cref="SigstoreException">FileUnavailable.</exception>
    public static async Task<string> ReplaceAsync(
        string path, byte[] expected, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        string? temporary = null;
        try
        {
            string target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetRandomFileName()}.tmp");
            await File.WriteAllBytesAsync(temporary, content, cancel).ConfigureAwait(false);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            }

            byte[] now = await File.ReadAllBytesAsync(target, cancel).ConfigureAwait(false);
            if (!now.AsSpan().SequenceEqual(expected))
            {
                throw new SigstoreException(
                    SigstoreErrorCode.FileUnavailable, $"'{path}' was changed by somebody else meanwhile; it was left as it is.");
            }

            if (OperatingSystem.IsWindows())
            {
                // Keeps the access rights of the file.
                File.Replace(temporary, target, null);
            }
            else
            {
                File.Move(temporary, target, overwrite: true);
            }

            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SigstoreException(SigstoreErrorCode.FileUnavailable, $"'{path}' cannot be written: {e.Message}", e);
        }
        finally
        {
            if (temporary is not null)
            {
                File.Delete(temporary);
            }
        }
    }

    /// <summary>
    /// A document names it, not the user: a pipe or device, which has no length, would be waited for, and is not opened.
    /// </summary>
    private static DocumentText Named(string path) =>
        new FileInfo(path) is { Exists: true, Length: 0 } ? DocumentText.Read([], path) : Open(path).Text;

    private static string Full(string path, string? from) =>
        Path.GetFullPath(path, Path.GetDirectoryName(from) is { Length: > 0 } folder ? folder : Path.GetTempPath());
}
