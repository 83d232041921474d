using System.Management.Automation;

namespace SigstorePS.Commands;

/// <summary>
/// Keeps a text of the pipeline in its wrapper, where Get-Content notes the file: the binder drops it when it makes a
/// list of one text, and two files would become one document.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WithOriginAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is PSObject { BaseObject: string } text ? new object[] { text } : inputData;
}
