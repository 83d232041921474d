using System.Management.Automation;
using System.Text;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>What New-SigstoreTrustRoot and New-SigstoreSigningConfig have in common.</summary>
public abstract class TrustFileCmdlet : SigstoreCmdlet
{
    private protected const string PublicGood = "PublicGood";

    private protected TrustFileCmdlet()
    {
    }

    /// <summary>
    /// What to begin with: a file, JSON text, an object of this module, or PublicGood for the public one.
    /// </summary>
    [Parameter]
    [Alias("BaseConfig")]
    [ValidateNotNullOrEmpty]
    public object? BaseOn { get; set; }

    /// <summary>File to write to as well.</summary>
    [Parameter]
    [Alias("Out")]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Overwrites the file if it exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Kinds that are left out of what it is based on.</summary>
    private protected IReadOnlySet<TrustKind> Excluded(IEnumerable<string> names)
    {
        HashSet<TrustKind> excluded = [.. names.Select(static n => Enum.Parse<TrustKind>(n, ignoreCase: true))];
        return BaseOn is not null || excluded.Count == 0 ? excluded : throw new SigstoreException(
            SigstoreErrorCode.ContradictoryPolicy, "-Exclude leaves something out of -BaseOn; give that as well.");
    }

    /// <summary>Whether what -BaseOn begins with is the one of the public sigstore.</summary>
    private protected bool IsPublicGood => BaseOn is not null
        && KeyArguments.Unwrap(BaseOn) is string text && text.Equals(PublicGood, StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes the file if one was asked for, unless -WhatIf keeps it from it.</summary>
    /// <returns>Where the result is; null: nowhere, since nothing was to be written.</returns>
    private protected string? Write(string json, string what, PathResolver paths)
    {
        if (OutFile is null)
        {
            return TrustFiles.Memory;
        }

        string file = paths.Unresolved(OutFile);
        if (!ShouldProcess(file, $"Write {what}"))
        {
            return null;
        }

        byte[] content = Encoding.UTF8.GetBytes(json);
        return Await(cancel => OutputFile.WriteAsync(file, content, Force, cancel));
    }
}
