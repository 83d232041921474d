using System.Text;
using SigstorePS.Support.Rekor;
using SigstorePS.Trust;

namespace SigstorePS.Support.Sigstore;

/// <summary>
/// A whole sigstore in this process: Fulcio with its certificate log, Rekor v1 and v2, a timestamp authority, and the
/// trust root and signing configurations that go with them. Each part answers as the real server does
/// (ShapeTests compare them where the real ones are).
/// </summary>
internal sealed class VirtualSigstore : IAsyncDisposable
{
    private VirtualSigstore()
    {
    }

    public VirtualFulcio Fulcio { get; } = VirtualFulcio.Start();

    public VirtualRekor Rekor1 { get; } = VirtualRekor.Start(entries: 1);

    public VirtualRekor Rekor2 { get; } = VirtualRekor.Start(tiled: true, entries: 1);

    public VirtualTsa Tsa { get; } = VirtualTsa.Start();

    public TrustedRoot Root => Fulcio.Root with
    {
        Logs = [.. Rekor1.Root.Logs, .. Rekor2.Root.Logs],
        TimestampAuthorities = [Tsa.Authority],
    };

    public string RootJson => Encoding.UTF8.GetString(TrustedRootWriter.Write(Root));

    public static VirtualSigstore Start()
    {
        VirtualSigstore sigstore = new();
        sigstore.Rekor1.Clock = TimeProvider.System;
        return sigstore;
    }

    /// <summary>A token that the Fulcio takes.</summary>
    public string Token(string subject = "alice", string? email = "alice@example.test") => Fulcio.Mint(subject, email);

    /// <summary>Which services to sign with.</summary>
    /// <param name="rekor">Versions of logs; none: no log.</param>
    /// <param name="tsa">With the timestamp authority.</param>
    public SigningConfig Config(uint[] rekor, bool tsa = true) => SigningConfig.Empty with
    {
        Fulcio = [Service(Fulcio.Address, 1, "virtual")],
        Rekor = [.. rekor.Select(v => Service(v == 1 ? Rekor1.Address : Rekor2.Address, v, $"virtual{v}"))],
        RekorSelector = new ServiceSelector(ServiceSelection.Any),
        Tsa = tsa ? [Service(Tsa.Address, 1, "virtual")] : [],
        TsaSelector = new ServiceSelector(ServiceSelection.Any),
    };

    public string ConfigJson(uint[] rekor, bool tsa = true) =>
        Encoding.UTF8.GetString(SigningConfigWriter.Write(Config(rekor, tsa)));

    /// <summary>Writes trust root and configuration for the cmdlets.</summary>
    /// <returns>Their paths.</returns>
    public (string TrustedRoot, string SigningConfig) Write(string folder, uint[] rekor, bool tsa = true)
    {
        string root = Path.Combine(folder, "trusted_root.json");
        string config = Path.Combine(folder, "signing_config.json");
        File.WriteAllText(root, RootJson);
        File.WriteAllText(config, ConfigJson(rekor, tsa));
        return (root, config);
    }

    public async ValueTask DisposeAsync()
    {
        await Fulcio.DisposeAsync();
        await Rekor1.DisposeAsync();
        await Rekor2.DisposeAsync();
        await Tsa.DisposeAsync();
    }

    private static ServiceEndpoint Service(Uri address, uint version, string name) => new()
    {
        Url = address.AbsoluteUri,
        MajorApiVersion = version,
        ValidFor = new ValidityPeriod(DateTimeOffset.UnixEpoch, null),
        Operator = name,
    };
}
