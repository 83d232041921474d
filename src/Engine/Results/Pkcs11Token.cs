namespace SigstorePS;

/// <summary>A token in a slot of a PKCS #11 module.</summary>
public sealed class Pkcs11Token
{
    /// <summary>Names the token as the first part of a key's URI (RFC 7512), with the module; no PIN.</summary>
    public required string Uri { get; init; }

    /// <summary>Label of the token.</summary>
    public required string Label { get; init; }

    /// <summary>Number of the slot the token is in.</summary>
    public required long SlotId { get; init; }

    /// <summary>Who made it, as it says.</summary>
    public required string Manufacturer { get; init; }

    /// <summary>Model, as it says.</summary>
    public required string Model { get; init; }

    /// <summary>Serial number, as it says.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>Whether it was given a PIN and can be used.</summary>
    public required bool Initialized { get; init; }

    /// <summary>Whether it wants a PIN before private keys are used.</summary>
    public required bool LoginRequired { get; init; }

    /// <summary>Whether the user's PIN is locked.</summary>
    public required bool PinLocked { get; init; }

    /// <summary>Full path of the module.</summary>
    public required string ModulePath { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Label;
}
