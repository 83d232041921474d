using System.Formats.Tar;
using System.IO.Compression;

namespace SigstorePS.Tuf;

/// <summary>
/// A TUF repository in a tar in gzip, read into memory: nothing of it is ever unpacked, so no name in it can lead anywhere.
/// The files may be below a folder <c>repository</c> (policy-controller, TrustRoot spec.repository.mirrorFS).
/// </summary>
internal sealed class ArchiveTufSource : ITufSource
{
    private const string Prefix = "repository/";
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    private ArchiveTufSource()
    {
    }

    /// <exception cref="SigstoreException">MalformedArchive, LimitExceeded.</exception>
    public static async Task<ArchiveTufSource> ReadAsync(byte[] archive, CancellationToken cancel)
    {
        ArchiveTufSource source = new();
        try
        {
            using GZipStream content = new(new MemoryStream(archive), CompressionMode.Decompress);
            using Bounded bounded = new(content);
            using TarReader tar = new(bounded);
            int entries = 0;
            while (await tar.GetNextEntryAsync(copyData: false, cancel).ConfigureAwait(false) is { } entry)
            {
                if (++entries > Limits.ArchiveEntries)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.LimitExceeded, $"The archive has over {Limits.ArchiveEntries} entries.");
                }

                if (entry is { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile, DataStream: { } data })
                {
                    using MemoryStream file = new();
                    await data.CopyToAsync(file, cancel).ConfigureAwait(false);
                    source._files[NameOf(entry.Name)] = file.ToArray();
                }
            }

            return source;
        }
        catch (Exception e) when (
            e is InvalidDataException or IOException or FormatException or ArgumentException or OverflowException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedArchive, $"The repository of the trust root is no tar in gzip: {e.Message}", e);
        }
    }

    public Task<byte[]?> ReadAsync(IReadOnlyList<string> path, long limit, CancellationToken cancel)
    {
        byte[]? file = _files.GetValueOrDefault(string.Join('/', path));
        return file?.Length > limit
            ? throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"{path[^1]} in the archive has {file.Length} bytes; at most {limit} are read.")
            : Task.FromResult(file);
    }

    private static string NameOf(string name)
    {
        string plain = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name.TrimStart('/');
        return plain.StartsWith(Prefix, StringComparison.Ordinal) ? plain[Prefix.Length..] : plain;
    }

    /// <summary>A small archive can hold a thousand times as much.</summary>
    private sealed class Bounded(Stream inner) : Stream
    {
        private long _left = Limits.Document;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

        public override int Read(Span<byte> buffer) => Count(inner.Read(buffer));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Count(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private int Count(int read)
        {
            _left -= read;
            return _left >= 0 ? read : throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"The archive unpacks to over {Limits.Document} bytes.");
        }
    }
}
