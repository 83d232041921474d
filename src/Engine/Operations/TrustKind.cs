namespace SigstorePS.Operations;

/// <summary>What <c>-Exclude</c> leaves out of the trust root or signing configuration it is based on.</summary>
internal enum TrustKind
{
    /// <summary>Certificate authorities.</summary>
    Fulcio,

    /// <summary>Transparency logs.</summary>
    Rekor,

    /// <summary>Certificate transparency logs; in trust roots only.</summary>
    CtLog,

    /// <summary>Timestamp authorities.</summary>
    Tsa,

    /// <summary>OpenID Connect issuers; in signing configurations only.</summary>
    Oidc,
}
