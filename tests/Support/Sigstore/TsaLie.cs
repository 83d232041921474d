namespace SigstorePS.Support.Sigstore;

/// <summary>What a timestamp authority answers instead of the truth.</summary>
public enum TsaLie
{
    None,

    /// <summary>PKIStatus 2 with a reason and a failure bit.</summary>
    Rejection,

    /// <summary>PKIStatus 1: granted with modifications.</summary>
    Modified,

    WrongNonce,
    NoNonce,
    WrongImprint,
    WrongPolicy,

    /// <summary>The token holds no certificate, though it was asked for.</summary>
    NoCertificates,

    /// <summary>Its signature is not of the certificate's key.</summary>
    Forged,

    /// <summary>The type is right, the content is not.</summary>
    Garbage,

    /// <summary>An answer with bytes behind it.</summary>
    Trailing,

    /// <summary>A page of a proxy, with 200.</summary>
    Page,

    /// <summary>More than anybody needs to read.</summary>
    Huge,

    /// <summary>Granted, and no token.</summary>
    NoToken,
}
