namespace SigstorePS.Keys.Pkcs11;

/// <summary>A token and the slot it is in, as the module described both.</summary>
internal sealed record TokenSlot(
    ulong SlotId, string SlotDescription, string SlotManufacturer, string Label, string Manufacturer, string Model,
    string Serial, ulong Flags, ulong MaxSessions)
{
    public bool Initialized => Has(Ck.TokenInitialized);

    public bool LoginRequired => Has(Ck.LoginRequired);

    public bool PinLocked => Has(Ck.UserPinLocked);

    public bool IsLastTry => Has(Ck.UserPinFinalTry);

    /// <summary>What tells a token from others of its module, in whichever slot.</summary>
    public string Identity => $"{Manufacturer}\0{Model}\0{Serial}\0{Label}";

    /// <summary>The PIN is typed at the token or its reader; programs get none to see.</summary>
    public bool HasPinPad => Has(Ck.ProtectedAuthenticationPath);

    /// <summary>For the message of a wrong PIN.</summary>
    public string Tries =>
        PinLocked ? " The PIN is locked now."
        : IsLastTry ? " The token says that one try is left."
        : Has(Ck.UserPinCountLow) ? " The token says that few tries are left." : string.Empty;

    /// <summary>Whether a URI means this token.</summary>
    public bool Fits(Pkcs11Uri uri) =>
        (uri.SlotId is null || uri.SlotId == SlotId)
        && Fits(uri.Token, Label) && Fits(uri.Manufacturer, Manufacturer) && Fits(uri.Serial, Serial)
        && Fits(uri.Model, Model) && Fits(uri.SlotManufacturer, SlotManufacturer)
        && Fits(uri.SlotDescription, SlotDescription);

    /// <summary>Whether it is the same token, in whichever slot.</summary>
    public bool Is(TokenSlot other) =>
        (Label, Manufacturer, Model, Serial) == (other.Label, other.Manufacturer, other.Model, other.Serial);

    /// <summary>Slots that say nothing need no name; their number tells them apart.</summary>
    public override string ToString() =>
        Label.Length > 0 ? $"'{Label}' (serial {Serial}, slot {SlotId})" : $"without a label in slot {SlotId}";

    private bool Has(ulong flag) => (Flags & flag) != 0;

    private static bool Fits(string? wanted, string has) =>
        wanted is null || string.Equals(wanted.TrimEnd(' '), has, StringComparison.Ordinal);
}
