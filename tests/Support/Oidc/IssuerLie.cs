namespace SigstorePS.Support.Oidc;

/// <summary>What a virtual issuer does wrong.</summary>
internal enum IssuerLie
{
    None,

    // In the discovery document.
    NamesAnother,
    NoS256,
    NoDevice,
    NoToken,
    PlainHttpEndpoint,
    Garbage,
    Huge,

    // In the answer that a browser brings.
    WrongState,
    NoState,
    NoCode,
    WrongIss,

    // In the token.
    WrongNonce,
    NoNonce,
    WrongIssuer,
    WrongAudience,
    Expired,
    NotYet,
    Unsigned,
    NoIdToken,
    HugeToken,

    // At the token endpoint.
    RedirectsElsewhere,
    EchoesSecrets,
}
