using System.Security.Cryptography;
using SigstorePS.InToto;

namespace SigstorePS.Operations;

/// <summary>
/// What is to be attested: a predicate, or a ready statement. Read and checked once, however many images or files it is
/// about.
/// </summary>
internal sealed class StatementSource
{
    /// <summary>Room for what is around a statement: certificates, log entries, timestamps.</summary>
    private const int Around = 1024 * 1024;

    private readonly string _name;
    private readonly PredicateContent? _predicate;
    private readonly byte[]? _ready;
    private readonly Statement? _statement;

    private StatementSource(string name, PredicateContent predicate) =>
        (_name, _predicate, PredicateType) = (name, predicate, predicate.Type);

    private StatementSource(string name, byte[] ready, Statement statement) =>
        (_name, _ready, _statement, PredicateType) = (name, ready, statement, statement.PredicateType);

    /// <summary>URI of what is stated.</summary>
    public string PredicateType { get; }

    /// <summary>By what a ready statement knows its subjects.</summary>
    public IEnumerable<HashAlgorithmName> Hashes => _statement is null ? []
        : _statement.Subjects.SelectMany(static s => s.Digests.Keys).Select(BlobVerifier.HashOf)
            .OfType<HashAlgorithmName>().Distinct();

    /// <param name="name">The file, for messages.</param>
    /// <param name="type">Short name or URI of its type.</param>
    /// <param name="content">The file.</param>
    /// <param name="time">When a <c>custom</c> predicate says that it was made.</param>
    /// <exception cref="SigstoreException">
    /// InvalidValue, LimitExceeded, MalformedStatement, PredicateTypeMismatch.
    /// </exception>
    public static StatementSource OfPredicate(string name, string type, byte[] content, DateTimeOffset time) =>
        Named(name, () => new StatementSource(name, PredicateContent.Of(type, content, time)));

    /// <param name="name">The file, for messages.</param>
    /// <param name="content">A whole statement, signed byte for byte.</param>
    /// <exception cref="SigstoreException">LimitExceeded, MalformedStatement, PredicateTypeMismatch.</exception>
    public static StatementSource OfStatement(string name, byte[] content) =>
        Named(name, () => new StatementSource(name, content, StatementBuilder.Read(content)));

    /// <summary>The statement to sign.</summary>
    /// <param name="subjects">What it must be about; a ready one may be about more.</param>
    /// <param name="statementType">Type of a statement that is made here.</param>
    /// <exception cref="SigstoreException">
    /// ClaimMismatch: a ready statement is about something else. LimitExceeded: nobody would read it, we ourselves
    /// included. ContradictoryPolicy.
    /// </exception>
    public byte[] About(IReadOnlyList<StatementSubject> subjects, string statementType)
    {
        if (_statement is not null
            && subjects.FirstOrDefault(s => !s.Others.Append(s.Digest).Any(_statement.SpeaksAbout)) is { } stranger)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ClaimMismatch, $"The statement in '{_name}' does not speak about {stranger.Digest}.");
        }

        byte[] statement = _ready ?? StatementBuilder.Build(statementType, _predicate!, subjects);

        // Base64 makes four bytes of three.
        long written = (statement.LongLength + 2) / 3 * 4;
        return written <= Limits.Bundle - Around
            ? statement
            : throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"'{_name}' makes an attestation of more than {written} bytes; at most {Limits.Bundle} are read of one.");
    }

    /// <summary>
    /// A statement of the type of image signatures is one, and Test-ImageSignature takes it for one: whoever writes the
    /// file that is attested would have the image approved. Its -Replace would remove the signatures of others.
    /// </summary>
    private static StatementSource Named(string name, Func<StatementSource> make)
    {
        try
        {
            StatementSource source = make();
            return source.PredicateType != Statement.CosignSign ? source : throw new SigstoreException(
                SigstoreErrorCode.PredicateTypeMismatch,
                $"{Statement.CosignSign} is the type of image signatures, which attest nothing: use Set-ImageSignature.");
        }
        catch (SigstoreException e)
        {
            throw new SigstoreException(e.Code, $"'{name}': {e.Message}", e);
        }
    }
}
