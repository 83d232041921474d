using System.Management.Automation;

namespace SigstorePS.Commands;

/// <summary>
/// Gets the signed heads of a log, of each shard one, verified by the trust root. A head that does not verify is an
/// error and no object.
/// </summary>
[Cmdlet(VerbsCommon.Get, "RekorLog")]
[OutputType(typeof(RekorLogInfo))]
public sealed class GetRekorLogCommand : RekorCmdlet
{
    private protected override void Process() => Run(
        RekorUri,
        cancel => Engine.Rekor.GetLogAsync(Query, cancel),
        heads => WriteObject(heads, enumerateCollection: true));
}
