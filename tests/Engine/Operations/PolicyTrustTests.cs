using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using SigstorePS.Operations;
using SigstorePS.Policies;
using SigstorePS.Support;
using SigstorePS.Support.Tuf;
using SigstorePS.Trust;
using static SigstorePS.Tests.Registry.RegistrySession;

namespace SigstorePS.Tests.Operations;

/// <summary>Trust roots of policies: a TUF repository in an archive, and archives that mean harm.</summary>
public sealed class PolicyTrustTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("repository/")]
    [InlineData("./")]
    [InlineData("")]
    public async Task A_repository_in_an_archive_is_a_trust_root(string prefix)
    {
        // test/testdata/trustroot/e2e/with-repository.yaml
        TufTestRepository repository = WithRoot("trusted_root.json");
        Assert.Empty((await ReadAsync(Resource(Tar(prefix, repository.Files), repository.First))).Logs);
        repository = WithRoot("other.json");
        await ReadAsync(Resource(Tar(prefix, repository.Files), repository.First) with { Target = "other.json" });
    }

    [Fact]
    public async Task What_another_root_signed_is_not_trusted()
    {
        TufTestRepository repository = WithRoot("trusted_root.json");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => ReadAsync(Resource(Tar("repository/", repository.Files), new TufTestRepository().First)));
        Assert.NotEqual(SigstoreErrorCode.UnexpectedFailure, e.Code);
    }

    [Fact]
    public async Task Archives_that_mean_harm_are_refused()
    {
        TufTestRepository repository = WithRoot("trusted_root.json");
        await FailsAsync(SigstoreErrorCode.MalformedArchive, () => ReadAsync(Resource([1, 2, 3], repository.First)));
        await FailsAsync(
            SigstoreErrorCode.MalformedArchive, () => ReadAsync(Resource(Zip(Encoding.UTF8.GetBytes(new string('x', 4096))), repository.First)));

        // A bomb: a file that says it is larger than what is read at most.
        byte[] bomb = Zip(Header("repository/big", Limits.Document + 1024L), new byte[1 << 20], 70);
        await FailsAsync(SigstoreErrorCode.LimitExceeded, () => ReadAsync(Resource(bomb, repository.First)));

        // Names that lead out lead nowhere: nothing is unpacked, and nobody asks for them.
        Dictionary<string, byte[]> files = new(repository.Files)
        {
            ["../../outside"] = [1],
            ["/etc/outside"] = [1],
        };
        await ReadAsync(Resource(Tar("repository/", files), repository.First));
        Assert.False(File.Exists("/etc/outside"));
    }

    [Fact]
    public async Task A_mirror_in_a_folder_is_none() => await FailsAsync(
        SigstoreErrorCode.InvalidValue,
        () => ReadAsync(new TrustRootResource { Name = "x", Mirror = "file:///etc", Root = [1] }));

    [Theory]
    [InlineData("{}", "one of repository, remote and sigstoreKeys")]
    [InlineData("{sigstoreKeys: {}}", "one of certificateAuthorities and timestampAuthorities")]
    [InlineData("{sigstoreKeys: {certificateAuthorities: [{certChain: AAAA}]}}", "certChain")]
    [InlineData("{sigstoreKeys: {certificateAuthorities: [{certChain: '*'}]}}", "no base64")]
    [InlineData("{remote: {root: AAAA}}", "mirror: it is missing")]
    [InlineData("{repository: {root: AAAA, targets: targets}}", "mirrorFS: it is missing")]
    [InlineData("{repository: {root: AAAA, targets: elsewhere, mirrorFS: AAAA}}", "targets")]
    [InlineData("{remote: {}, repository: {}}", "only one of repository")]
    [InlineData("{remote: {root: AAAA, mirror: 'https://m', extra: 1}}", "unknown field")]
    public void A_trust_root_that_is_not_valid_is_told(string spec, string why)
    {
        SigstoreException e = Assert.Throws<SigstoreException>(() => PolicyDocuments.ReadResources(
            $"apiVersion: policy.sigstore.dev/v1alpha1\nkind: TrustRoot\nmetadata: {{name: r}}\nspec: {spec}\n", "r.yaml"));
        Assert.Equal(SigstoreErrorCode.MalformedPolicy, e.Code);
        Assert.Contains(why, e.Message, StringComparison.Ordinal);
    }

    private static TufTestRepository WithRoot(string target)
    {
        TufTestRepository repository = new();
        repository.AddTarget(target, Encoding.UTF8.GetString(TrustedRootWriter.Write(TrustedRoot.Empty)));
        repository.Publish();
        return repository;
    }

    private static TrustRootResource Resource(byte[] archive, byte[] root) =>
        new() { Name = "r", Archive = archive, Root = root };

    private static Task<TrustedRoot> ReadAsync(TrustRootResource resource) =>
        new PolicyTrust(null!, new ManualClock(TufTestRepository.Now)).ReadAsync(resource, Cancel);

    private static byte[] Tar(string prefix, IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        using MemoryStream stream = new();
        using (TarWriter tar = new(stream, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in files)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, prefix + name) { DataStream = new MemoryStream(content) });
            }
        }

        return Zip(stream.ToArray());
    }

    private static byte[] Header(string name, long size)
    {
        byte[] header = new byte[512];
        Encoding.ASCII.GetBytes(name).CopyTo(header, 0);
        Encoding.ASCII.GetBytes("0000644\0").CopyTo(header, 100);
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0') + " ").CopyTo(header, 124);
        Encoding.ASCII.GetBytes("00000000000 ").CopyTo(header, 136);
        header[156] = (byte)'0';
        Encoding.ASCII.GetBytes("ustar\000").CopyTo(header, 257);
        Encoding.ASCII.GetBytes("        ").CopyTo(header, 148);
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(static b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        return header;
    }

    private static byte[] Zip(byte[] first, byte[]? more = null, int times = 0)
    {
        using MemoryStream stream = new();
        using (GZipStream zip = new(stream, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(first);
            for (int i = 0; i < times; i++)
            {
                zip.Write(more!);
            }
        }

        return stream.ToArray();
    }
}
