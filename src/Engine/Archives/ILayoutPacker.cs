namespace SigstorePS.Archives;

/// <summary>Writes one file after the other into an archive.</summary>
internal interface ILayoutPacker
{
    /// <param name="name">Path with slashes.</param>
    /// <param name="content">Read to its end.</param>
    /// <param name="length">Bytes it has.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SigstoreException">FileUnavailable: it has more or fewer bytes.</exception>
    Task AddAsync(string name, Stream content, long length, CancellationToken cancel);

    /// <summary>Writes what stands at the end.</summary>
    Task FinishAsync(CancellationToken cancel);
}
