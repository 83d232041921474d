using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace SigstorePS.Commands;

/// <summary>Completes -ModulePath: the modules that are usually there and are, and libraries.</summary>
public sealed class ModulePathCompleter : IArgumentCompleter
{
    private static readonly (string File, string Tip)[] Known =
    [
        ("softhsm/libsofthsm2", "SoftHSM"), ("libsofthsm2", "SoftHSM"), ("libykcs11", "YubiKey (PIV)"),
        ("opensc-pkcs11", "OpenSC: smart cards"), ("pkcs11/opensc-pkcs11", "OpenSC: smart cards"),
        ("p11-kit-proxy", "p11-kit: all modules of the system"), ("libtpm2_pkcs11", "TPM 2.0"),
        ("libCryptoki2_64", "Thales Luna"), ("libcs_pkcs11_R3", "Utimaco"), ("yubihsm_pkcs11", "YubiHSM 2"),
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string word = Quoting.Strip(wordToComplete);
        return Folders().SelectMany(static folder => Known.Select(known => (
                Path: Path.Combine(folder, known.File + Extension), known.Tip)))
            .Where(found => Fits(found.Path, word) && File.Exists(found.Path))
            .DistinctBy(static found => found.Path)
            .Select(static found => new CompletionResult(
                Quoting.Quote(found.Path), found.Path, CompletionResultType.ParameterValue, found.Tip))
            .Concat(Files(word));
    }

    private static string Extension =>
        OperatingSystem.IsWindows() ? ".dll" : OperatingSystem.IsMacOS() ? ".dylib" : ".so";

    /// <summary>What was typed may be the beginning of the path or a part of the name.</summary>
    private static bool Fits(string path, string word) =>
        path.StartsWith(word, StringComparison.OrdinalIgnoreCase)
        || Path.GetFileName(path).Contains(word, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Folders()
    {
        if (OperatingSystem.IsWindows())
        {
            string programs = Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles);
            return
            [
                Path.Combine(programs, "OpenSC Project", "OpenSC", "pkcs11"),
                Path.Combine(programs, "Yubico", "Yubico PIV Tool", "bin"),
                Path.Combine(programs, "SoftHSM2", "lib"), @"C:\SoftHSM2\lib", Environment.SystemDirectory,
            ];
        }

        if (OperatingSystem.IsMacOS())
        {
            return ["/opt/homebrew/lib", "/usr/local/lib", "/Library/OpenSC/lib"];
        }

        return
        [
            "/usr/lib64", "/usr/lib", "/usr/local/lib", "/usr/lib64/pkcs11", "/usr/lib/pkcs11",
            .. Directory.Exists("/usr/lib") ? Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu*") : [],
        ];
    }

    private static IEnumerable<CompletionResult> Files(string word)
    {
        try
        {
            return [.. CompletionCompleters.CompleteFilename(word).Where(static found =>
                found.ResultType == CompletionResultType.ProviderContainer
                || Path.GetExtension(found.ListItemText).ToUpperInvariant() is ".SO" or ".DLL" or ".DYLIB")];
        }
        catch (Exception e) when (e is RuntimeException or InvalidOperationException or IOException)
        {
            return [];
        }
    }
}
