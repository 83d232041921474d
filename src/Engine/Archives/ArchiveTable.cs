namespace SigstorePS.Archives;

/// <summary>
/// The files of an archive by name. A name that stands twice, in whatever case, is one file to one reader and another
/// to the next.
/// </summary>
internal sealed class ArchiveTable(ArchiveSource source)
{
    private readonly Dictionary<string, ArchiveEntry> _files = new(StringComparer.OrdinalIgnoreCase);
    private int _seen;

    public IEnumerable<ArchiveEntry> Files => _files.Values;

    public ArchiveEntry? Find(string name) =>
        _files.TryGetValue(name, out ArchiveEntry? entry) && entry.Name == name ? entry : null;

    /// <summary>Counts one more header, whatever it is of.</summary>
    /// <exception cref="SigstoreException">LimitExceeded.</exception>
    public void Count(long headers = 1)
    {
        if (headers > Limits.ArchiveEntries - _seen)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"{source.Place} has more than {Limits.ArchiveEntries} entries.");
        }

        _seen += (int)headers;
    }

    /// <exception cref="SigstoreException">MalformedArchive.</exception>
    public void Add(ArchiveEntry entry)
    {
        if (!_files.TryAdd(entry.Name, entry))
        {
            throw source.Malformed($"has two entries named '{entry.Name}'");
        }
    }
}
