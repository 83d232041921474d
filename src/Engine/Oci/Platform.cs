namespace SigstorePS.Oci;

/// <summary>Operating system and processor of an image (OCI image-spec, image-index.md).</summary>
internal sealed record Platform(string Os, string Architecture, string? Variant = null)
{
    /// <summary>Reads <c>os/arch[/variant]</c>.</summary>
    public static Platform Parse(string text)
    {
        string[] parts = text.Split('/');
        return parts.Length is 2 or 3 && !parts.Any(string.IsNullOrWhiteSpace)
            ? new Platform(parts[0], parts[1], parts.Length == 3 ? parts[2] : null)
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"'{text}' is not a platform; write os/arch or os/arch/variant.");
    }

    /// <summary>Whether a child of an index is what the user asked for; a variant counts only when asked for.</summary>
    public bool Matches(Platform? other) =>
        other is not null && Os == other.Os && Architecture == other.Architecture
        && (Variant is null || Variant == other.Variant);

    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}
