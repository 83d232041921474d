namespace SigstorePS.Documents;

/// <summary>What compose would be told beside the file.</summary>
internal sealed record ComposeRules
{
    public required ComposeVariables Variables { get; init; }

    /// <summary>Only services without profiles and those of these; null: all services. <c>*</c> is all, too.</summary>
    public IReadOnlyList<string>? Profiles { get; init; }

    /// <summary>Reads files that one names; null: there is no file to start from.</summary>
    public IDocumentFiles? Files { get; init; }
}

/// <summary>Files that a document names.</summary>
internal interface IDocumentFiles
{
    /// <summary>A file that must be there.</summary>
    /// <param name="path">As written, relative to the directory of <paramref name="from"/>.</param>
    /// <exception cref="SigstoreException">PathNotFound, FileUnavailable, MalformedDocument, LimitExceeded.</exception>
    DocumentText Read(string path, string? from);

    /// <summary>The same; null: it is not there.</summary>
    DocumentText? Find(string path, string? from);
}
