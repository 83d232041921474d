namespace SigstorePS.Archives;

/// <summary>
/// The archives used last. Only a few: an expanded tar.gz takes room on disk for as long as somebody has it.
/// </summary>
internal sealed class RecentArchives
{
    private const int Kept = 4;

    private readonly Lock _gate = new();
    private readonly LinkedList<ArchiveLayout> _archives = [];

    /// <param name="path">Full path of an archive.</param>
    public ArchiveLayout Open(string path)
    {
        lock (_gate)
        {
            LinkedListNode<ArchiveLayout>? node = _archives.First;
            while (node is not null && node.Value.Repository != path)
            {
                node = node.Next;
            }

            ArchiveLayout archive = node?.Value ?? new ArchiveLayout(path);
            if (node is not null)
            {
                _archives.Remove(node);
            }

            _archives.AddFirst(archive);
            if (_archives.Count > Kept)
            {
                _archives.RemoveLast();
            }

            return archive;
        }
    }
}
