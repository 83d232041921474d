namespace SigstorePS.Support.Rekor;

/// <summary>What a log that lies does.</summary>
internal enum RekorLie
{
    None,

    /// <summary>Hands out another entry's body under the name asked for.</summary>
    WrongBody,

    /// <summary>Hands out another entry, rightly named, for the one asked for.</summary>
    WrongEntry,

    /// <summary>Signs promises and heads with a key of its own choice.</summary>
    WrongKey,

    /// <summary>Says another time than it signed.</summary>
    WrongTime,

    /// <summary>Proves inclusion in a tree with another leaf.</summary>
    WrongProof,

    /// <summary>Shows the head it had when it was half as large.</summary>
    StaleHead,

    /// <summary>Shows a tree in which the first entry is another.</summary>
    Forked,

    /// <summary>As <see cref="Forked"/>, and hands out no consistency proof.</summary>
    ForkedSilently,

    /// <summary>Shortens tiles by one byte.</summary>
    TruncatedTile,

    /// <summary>Turns a bit in each tile.</summary>
    DamagedTile,

    /// <summary>Turns a bit in each bundle of entries.</summary>
    DamagedBundle,

    /// <summary>Stores another attestation than the entry names.</summary>
    WrongAttestation,

    /// <summary>Answers with what is no JSON.</summary>
    Garbage,

    /// <summary>Refuses a batch because of one entry, as Rekor does.</summary>
    PickyBatch,

    /// <summary>Leaves the inclusion proof out of entries.</summary>
    NoProof,

    /// <summary>Leaves the inclusion proof and the promise out of entries.</summary>
    NoVerification,

    /// <summary>Answers an upload with the entry that was written before it.</summary>
    OlderEntry,
}
