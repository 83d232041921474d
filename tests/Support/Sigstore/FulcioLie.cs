namespace SigstorePS.Support.Sigstore;

/// <summary>What a <see cref="VirtualFulcio"/> does wrong when it issues.</summary>
internal enum FulcioLie
{
    None,

    /// <summary>The certificate is for a key of its own.</summary>
    WrongKey,

    /// <summary>It names somebody else.</summary>
    WrongName,

    /// <summary>It says that somebody else vouched.</summary>
    WrongIssuer,

    /// <summary>It says that the token was somebody else's.</summary>
    WrongSubject,

    /// <summary>No log was told.</summary>
    NoSct,

    /// <summary>The log's promise is about something else.</summary>
    BadSct,

    /// <summary>The promise is by a log nobody trusts.</summary>
    UnknownLog,

    /// <summary>It is issued by an authority nobody trusts.</summary>
    UnknownAuthority,

    /// <summary>Another authority's certificates stand above a good one.</summary>
    BrokenChain,

    Html,
    Truncated,
    Empty,
    TwiceTheSame,
    BothKinds,
    NoChain,
    EmptyChain,
    LongChain,
    NotPem,
    TwoInOne,
    KeyForCertificate,
    BrokenCertificate,
    SctNotBase64,
    SctNotJson,
    Huge,
}
