namespace SigstorePS.CmdletHost;

/// <summary>Something real PowerShell does and the stand-in does not. Never wrapped, recorded or turned into a result.</summary>
public sealed class GapException(string what) : NotSupportedException($"The stand-in for PowerShell does not do this: {what}.");
