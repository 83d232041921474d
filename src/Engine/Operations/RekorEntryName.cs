using System.Globalization;
using SigstorePS.Rekor;

namespace SigstorePS.Operations;

/// <summary>Name of a log entry as users write it.</summary>
internal readonly record struct RekorEntryName(RekorName Name)
{
    /// <summary>64 or 80 hexadecimal digits, or an index in decimal, which is never as long.</summary>
    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static RekorEntryName Parse(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long index)
            ? OfIndex(index)
            : new RekorEntryName(RekorName.OfUuid(text));

    /// <exception cref="SigstoreException">InvalidValue: not a UUID; an index is not taken for one here.</exception>
    public static RekorEntryName OfUuid(string text) => new(RekorName.OfUuid(text));

    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static RekorEntryName OfIndex(long index) => new(RekorName.OfIndex(index));

    public override string ToString() => Name.ToString();
}
