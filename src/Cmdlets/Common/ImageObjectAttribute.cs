using System.Management.Automation;
using System.Runtime.CompilerServices;

namespace SigstorePS.Commands;

/// <summary>
/// Objects of other tools as -Image: what they mean is asked before the binder takes any one property for all of it.
/// </summary>
/// <remarks>
/// A throw from here would be an error without an id of ours, and in a pipeline without a reason. So an object that is
/// refused becomes a text that is no reference, and the reason is kept beside that very text.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ImageObjectAttribute : ArgumentTransformationAttribute
{
    private static readonly ConditionalWeakTable<string, string> Refused = [];

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? plain = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (plain is object[] many)
        {
            // One list of texts, as if each had been given alone.
            string[]?[] texts = [.. many.Select(Texts)];
            return texts.All(static t => t is null)
                ? inputData
                : many.Zip(texts, static (given, own) => own is null ? new object?[] { given } : own)
                    .SelectMany(static t => t).ToArray();
        }

        return Texts(inputData) ?? inputData;
    }

    /// <summary>The text, unless it stands for an object that is no image.</summary>
    /// <exception cref="SigstoreException">InvalidImageReference.</exception>
    internal static string Checked(string text) => Refused.TryGetValue(text, out string? reason)
        ? throw new SigstoreException(SigstoreErrorCode.InvalidImageReference, reason)
        : text;

    private static string[]? Texts(object? item)
    {
        if (item is null)
        {
            return null;
        }

        try
        {
            return ImageObject.Read(PSObject.AsPSObject(item));
        }
        catch (SigstoreException e)
        {
            // A text of its own, for others may be equal to it.
            string stand = new(['(', .. "object without an image", ')']);
            Refused.AddOrUpdate(stand, e.Message);
            return [stand];
        }
    }
}
