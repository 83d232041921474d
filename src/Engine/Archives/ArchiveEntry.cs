namespace SigstorePS.Archives;

/// <summary>One regular file in an archive.</summary>
/// <param name="Name">Its path with slashes, checked: see <see cref="EntryName"/>.</param>
/// <param name="Length">Bytes of the content.</param>
/// <param name="Offset">Where its bytes begin in the archive.</param>
/// <param name="Packed">How many bytes they take there.</param>
/// <param name="IsDeflated">Whether they are compressed (RFC 1951).</param>
internal sealed record ArchiveEntry(string Name, long Length, long Offset, long Packed, bool IsDeflated);
