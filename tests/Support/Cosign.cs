using System.IO.Compression;

namespace SigstorePS.Support;

/// <summary>A real cosign, in an environment of its own: no login, cache or settings of this machine.</summary>
internal sealed record Cosign(string Program)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private IReadOnlyDictionary<string, string> _variables = new Dictionary<string, string>();

    /// <summary>Runs in <paramref name="folder"/>, which is its home as well.</summary>
    public Task<PeerResult> RunAsync(
        string folder, string password, IEnumerable<string> arguments, CancellationToken cancel)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = folder,
            ["COSIGN_PASSWORD"] = password,
        };
        foreach ((string name, string value) in _variables)
        {
            variables[name] = value;
        }

        return PeerProcess.RunAsync(Program, arguments, folder, variables, Limit, cancel);
    }

    /// <summary>The version of the Debian package; <c>cosign version</c> of these builds says "devel".</summary>
    public Version Version { get; } = ReadVersion(Program);

    /// <summary>The same with one more variable of its environment.</summary>
    public Cosign With(string name, string value) =>
        this with { _variables = new Dictionary<string, string>(_variables) { [name] = value } };

    public override string ToString() => $"cosign {Version}";

    private static Version ReadVersion(string program)
    {
        string usr = Path.GetDirectoryName(Path.GetDirectoryName(program))!;
        using FileStream file = File.OpenRead(Path.Combine(usr, "share", "doc", "cosign", "changelog.Debian.gz"));
        using StreamReader text = new(new GZipStream(file, CompressionMode.Decompress));
        string[] first = text.ReadLine()!.Split('(', '-', ')');
        return Version.Parse(first[1]);
    }
}
