namespace SigstorePS;

/// <summary>A key pair on a PKCS #11 token. Opening nothing, it is only found.</summary>
public sealed class Pkcs11Key
{
    /// <summary>What <c>-Key</c> takes (RFC 7512): token, key and module; no PIN.</summary>
    public required string Uri { get; init; }

    /// <summary>Label of the token.</summary>
    public required string Token { get; init; }

    /// <summary>Number of the slot the token is in.</summary>
    public required long SlotId { get; init; }

    /// <summary>Label of the key (CKA_LABEL).</summary>
    public required string Label { get; init; }

    /// <summary>Id of the key (CKA_ID), lower-case hex.</summary>
    public required string Id { get; init; }

    /// <summary>Name of the algorithm signatures are made with; null for a kind of key this module does not sign with.</summary>
    public string? Algorithm { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hex; null when the token shows no public key.</summary>
    public string? KeyId { get; init; }

    /// <summary>The public key as PEM text; null when the token shows none.</summary>
    public string? PublicKey { get; init; }

    /// <summary>Subject of the certificate that lies beside the key; null: there is none.</summary>
    public string? Certificate { get; init; }

    /// <summary>Full path of the module.</summary>
    public required string ModulePath { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Uri;
}
