using System.Security.Cryptography;

namespace SigstorePS.Keys;

/// <summary>Keys in PEM files.</summary>
internal sealed class FileKeyProvider : PemKeyProvider
{
    /// <inheritdoc/>
    public override string Scheme => "file";

    /// <inheritdoc/>
    protected override async Task<byte[]> ReadTextAsync(KeyReference reference, CancellationToken cancel)
    {
        if (reference.Text.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            throw new SigstoreException(
                SigstoreErrorCode.InvalidKeyReference, "A key file is written as a path, without 'file://'.");
        }

        try
        {
            return await ReadAsync(reference.Text, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SigstoreException(SigstoreErrorCode.KeyNotFound, "The file does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.FileUnavailable,
                Directory.Exists(reference.Text) ? "This is a directory, not a key file."
                    : "The file cannot be read: " + e.Message,
                e);
        }
    }

    /// <summary>Reads until the end, not as many bytes as promised: a device or a pipe promises nothing.</summary>
    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancel)
    {
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        await using (file.ConfigureAwait(false))
        {
            byte[] buffer = new byte[Limits.KeyFile + 1];
            try
            {
                int length = await file.ReadAtLeastAsync(
                    buffer, buffer.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
                return length <= Limits.KeyFile ? buffer[..length] : throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded,
                    $"The file is larger than {Limits.KeyFile} bytes, too large for a key.");
            }
            finally
            {
                CryptographicOperations.ZeroMemory(buffer);
            }
        }
    }
}
