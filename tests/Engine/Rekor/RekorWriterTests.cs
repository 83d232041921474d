using System.Security.Cryptography;
using System.Text;
using SigstorePS.Http;
using SigstorePS.Rekor;
using SigstorePS.Support.Rekor;
using SigstorePS.Transparency;
using SigstorePS.Trust;
using SigstorePS.Verification;
using static SigstorePS.Tests.Rekor.RekorSession;

namespace SigstorePS.Tests.Rekor;

/// <summary>Entries written to logs in this process, v1 and v2: what is taken, refused, there already, lost, lied about.</summary>
public sealed class RekorWriterTests : IDisposable
{
    private readonly HttpTransport _transport = new(new HttpOptions { Clock = TimeProvider.System });
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _transport.Dispose();
        _key.Dispose();
    }

    [Theory]
    [InlineData("hashedrekord", false)]
    [InlineData("hashedrekord", true)]
    [InlineData("rekord", false)]
    [InlineData("dsse", false)]
    [InlineData("dsse", true)]
    [InlineData("intoto", false)]
    [InlineData("intoto", true)]
    public async Task Every_kind_is_logged_once_and_found_again(string kind, bool certified)
    {
        await using VirtualRekor log = VirtualRekor.Start(entries: 3);
        LogProposal proposal = Propose(kind);
        proposal = certified ? Proposals.Certified(proposal, _key) : proposal;
        LogWrite first = await WriteAsync(log, proposal);
        Assert.False(first.Existed);
        Verify(log, first);
        Assert.Equal(kind, first.Record.Entry.Kind);
        Assert.Equal(1003, first.Record.Entry.LogIndex);

        LogWrite again = await WriteAsync(log, proposal);
        Assert.True(again.Existed);
        Assert.Equal(first.Record.Uuid, again.Record.Uuid);
        Verify(log, again);
        Assert.Equal(4, log.Size);
    }

    [Theory]
    [InlineData("P-256", false)]
    [InlineData("P-384", true)]
    [InlineData("P-521", false)]
    [InlineData("RSA", false)]
    [InlineData("Ed25519ph", false)]
    [InlineData("DSSE", true)]
    public async Task A_tiled_log_takes_every_algorithm_by_digest(string algorithm, bool certified)
    {
        await using VirtualRekor log = VirtualRekor.Start(tiled: true, entries: 300);
        using ECDsa key = ECDsa.Create(algorithm switch
        {
            "P-384" => ECCurve.NamedCurves.nistP384, "P-521" => ECCurve.NamedCurves.nistP521, _ => ECCurve.NamedCurves.nistP256,
        });
        using RSA rsa = RSA.Create(2048);
        LogProposal proposal = algorithm switch
        {
            "RSA" => Proposals.OfFile("content"u8.ToArray(), rsa),
            "Ed25519ph" => Proposals.OfEd25519("content"u8.ToArray(), new byte[32], prehash: true),
            "DSSE" => Proposals.OfStatement("dsse", Proposals.Statement(), key),
            _ => Proposals.OfFile("content"u8.ToArray(), key),
        };
        proposal = certified ? Proposals.Certified(proposal, key) : proposal;
        LogWrite first = await WriteAsync(log, proposal);
        Verify(log, first);
        Assert.Equal((300L, false), (first.Record.Entry.LogIndex, first.Existed));

        // 409 has no entry in it: it is read from the tiles, and its log is told by the checkpoint.
        log.AddHashedRekord("later"u8.ToArray());
        LogWrite again = await WriteAsync(log, proposal, log.Root.Logs);
        Assert.Equal((300L, true), (again.Record.Entry.LogIndex, again.Existed));
        Verify(log, again);
        Assert.True((await WriteAsync(log, proposal)).Record.Entry.LogId.IsEmpty);
        Assert.Equal(302, log.Size);
    }

    [Fact]
    public async Task A_tiled_log_cannot_take_pure_Ed25519_and_v1_can_in_a_rekord()
    {
        await using VirtualRekor tiled = VirtualRekor.Start(tiled: true);
        LogProposal pure = Proposals.OfEd25519("content"u8.ToArray(), new byte[32], prehash: false, "rekord");
        await FailsAsync(SigstoreErrorCode.Unsupported, () => WriteAsync(tiled, pure));
        Assert.Empty(tiled.Requests);
        await using VirtualRekor log = VirtualRekor.Start();
        Verify(log, await WriteAsync(log, pure));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_answer_is_asked_for_again_and_the_entry_is_there_once(bool tiled)
    {
        await using VirtualRekor log = VirtualRekor.Start(tiled, entries: 1);
        log.LostAnswers = 1;
        LogWrite written = await WriteAsync(log, Propose("hashedrekord"), log.Root.Logs);
        Assert.True(written.Existed);
        Verify(log, written);
        Assert.Equal(2, log.Size);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_log_that_hangs_after_the_write_is_asked_once_more(bool tiled)
    {
        await using VirtualRekor log = VirtualRekor.Start(tiled, entries: 1);
        log.Stalls = 1;
        LogProposal proposal = Propose("hashedrekord");
        RekorWriter writer = new(Channel(), TimeProvider.System) { Timeout = TimeSpan.FromSeconds(2) };
        LogWrite written = await writer.WriteAsync(log.Address, tiled ? 2u : 1u, proposal, log.Root.Logs, Cancel);
        Verify(log, written);
        Assert.Equal(2, log.Size);

        log.Stalls = 2;
        LogProposal other = Propose("hashedrekord");
        SigstoreException failure = await FailsAsync(SigstoreErrorCode.Timeout, () => (new RekorWriter(Channel(), TimeProvider.System)
        {
            Timeout = TimeSpan.FromMilliseconds(300),
        }).WriteAsync(log.Address, tiled ? 2u : 1u, other, Cancel));
        Assert.Contains("may be in the log", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Repeating is safe", failure.Message, StringComparison.Ordinal);
        log.Stalls = 0;
        Verify(log, await WriteAsync(log, other, log.Root.Logs));
        Assert.Equal(3, log.Size);
    }

    [Theory]
    [InlineData(false, 500)]
    [InlineData(false, 503)]
    [InlineData(true, 503)]
    [InlineData(true, 429)]
    public async Task What_passes_is_waited_for_and_what_stays_says_what_to_do(bool tiled, int status)
    {
        await using VirtualRekor log = VirtualRekor.Start(tiled);
        log.Outage = (status, 2);
        Verify(log, await WriteAsync(log, Propose("hashedrekord")));
        Assert.Equal(3, log.Requests.Count);

        log.Outage = (status, 100);
        SigstoreException failure = await FailsAsync(
            SigstoreErrorCode.RekorUnavailable, () => WriteAsync(log, Propose("hashedrekord")));
        Assert.Contains($"HTTP {status} (try  [31mlater)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Repeating is safe", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_that_is_too_long_is_told_and_not_made()
    {
        await using VirtualRekor log = VirtualRekor.Start();
        log.Outage = (429, 100);
        log.RetryAfter = "3600";
        SigstoreException failure = await FailsAsync(
            SigstoreErrorCode.RekorUnavailable, () => WriteAsync(log, Propose("hashedrekord")));
        Assert.Contains("3600 seconds", failure.Message, StringComparison.Ordinal);
        Assert.Single(log.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refusal_is_told_in_the_words_of_the_log(bool tiled)
    {
        await using VirtualRekor log = VirtualRekor.Start(tiled);
        LogProposal wrong = Propose("hashedrekord") with { Signature = Propose("hashedrekord").Signature };
        SigstoreException failure = await FailsAsync(SigstoreErrorCode.RekorRejected, () => WriteAsync(log, wrong));
        Assert.Contains(
            tiled ? "HTTP 400 (invalid hashedrekord request). It was signed with ecdsa-sha2-256-nistp256"
                : "HTTP 400 (error processing entry: verifying signature", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, log.Size);
        Assert.Single(log.Requests);

        // The other API.
        failure = await FailsAsync(SigstoreErrorCode.RekorRejected, () => new RekorWriter(Channel(), TimeProvider.System)
            .WriteAsync(log.Address, tiled ? 1u : 2u, Propose("hashedrekord"), Cancel));
        Assert.Contains("takes no entries at this address", failure.Message, StringComparison.Ordinal);
        await FailsAsync(SigstoreErrorCode.Unsupported, () => new RekorWriter(Channel(), TimeProvider.System)
            .WriteAsync(log.Address, 3, Propose("hashedrekord"), Cancel));
    }

    [Theory]
    [InlineData(false, "WrongBody")]
    [InlineData(false, "OlderEntry")]
    [InlineData(false, "WrongEntry")]
    [InlineData(false, "Garbage")]
    [InlineData(false, "NoVerification")]
    [InlineData(true, "WrongBody")]
    [InlineData(true, "OlderEntry")]
    [InlineData(true, "NoProof")]
    [InlineData(true, "Garbage")]
    public async Task An_answer_that_is_not_the_entry_is_refused(bool tiled, string lie)
    {
        await using VirtualRekor log = VirtualRekor.Start(tiled, entries: 4);
        log.Lie = Enum.Parse<RekorLie>(lie);
        await FailsAsync(SigstoreErrorCode.RekorProtocolViolation, () => WriteAsync(log, Propose("hashedrekord")));
    }

    [Theory]
    [InlineData("hashedrekord")]
    [InlineData("dsse")]
    [InlineData("intoto")]
    public async Task The_entry_of_another_is_told_apart_whatever_its_kind(string kind)
    {
        await using VirtualRekor log = VirtualRekor.Start();
        LogProposal mine = Propose(kind);
        LogProposal again = mine with { Signature = Propose(kind).Signature };
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        LogProposal[] theirs =
        [
            again,
            Proposals.Certified(mine, _key),
            mine with { Digest = SigstorePS.Crypto.Digest.Sha256("other"u8), Envelope = Proposals.OfStatement(kind, Proposals.Statement("[]"), _key).Envelope },
            mine with { Key = SigstorePS.Crypto.PublicKey.FromSpki(other.ExportSubjectPublicKeyInfo()) },
            mine with { Kind = kind == "dsse" ? "intoto" : "dsse" },
        ];
        LogEntry entry = (await WriteAsync(log, mine)).Record.Entry;
        RekorEcho.Demand(log.Address, entry, mine);
        foreach (LogProposal proposal in theirs)
        {
            SigstoreException failure = Assert.Throws<SigstoreException>(() => RekorEcho.Demand(log.Address, entry, proposal));
            Assert.Equal(SigstoreErrorCode.RekorProtocolViolation, failure.Code);
        }

        if (kind != "hashedrekord")
        {
            Assert.Throws<SigstoreException>(() => RekorEcho.Demand(
                log.Address, entry, mine with { EnvelopeText = [.. RekorProposals.TextOf(mine), (byte)'\n'] }));
        }
    }

    [Fact]
    public async Task Of_an_entry_without_proof_the_proof_is_asked_for()
    {
        await using VirtualRekor log = VirtualRekor.Start(entries: 2);
        log.Lie = RekorLie.NoProof;
        LogWrite written = await WriteAsync(log, Propose("hashedrekord"));
        Assert.Null(written.Record.Entry.Proof);
        Assert.NotNull(written.Record.Entry.SignedEntryTimestamp);
        Assert.Equal(2, log.Requests.Count);
    }

    [Fact]
    public async Task An_entry_that_exists_and_is_not_shown_yet_is_waited_for()
    {
        await using VirtualRekor log = VirtualRekor.Start(entries: 2);
        LogProposal proposal = Propose("dsse");
        await WriteAsync(log, proposal);
        log.Hidden = 2;
        Verify(log, await WriteAsync(log, proposal));
        Assert.Equal(5, log.Requests.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://elsewhere.example/api/v1/log/entries/{0}")]
    [InlineData("http://127.0.0.1:1/api/v1/log/entries/{0}")]
    [InlineData("/api/v1/index/{0}")]
    [InlineData("/api/v1/log/entries/../../../{0}")]
    [InlineData("/api/v1/log/entries/nonsense")]
    [InlineData("file:///{0}")]
    [InlineData("http://[")]
    public async Task A_409_that_leads_elsewhere_is_refused_and_not_followed(string location)
    {
        await using VirtualRekor log = VirtualRekor.Start(entries: 1);
        LogProposal proposal = Propose("hashedrekord");
        LogWrite first = await WriteAsync(log, proposal);
        log.Location = location.Replace("{0}", first.Record.Uuid, StringComparison.Ordinal);
        log.ClearRequests();
        await FailsAsync(SigstoreErrorCode.RekorProtocolViolation, () => WriteAsync(log, proposal));
        Assert.Single(log.Requests);

        // An older server wrote its whole address, and it may name another of its entries: that is seen as well.
        log.Location = new Uri(log.Address, $"api/v1/log/entries/{first.Record.Uuid}").AbsoluteUri;
        Verify(log, await WriteAsync(log, proposal));
        log.Location = $"/api/v1/log/entries/{log.Uuid(1000)}";
        await FailsAsync(SigstoreErrorCode.RekorProtocolViolation, () => WriteAsync(log, proposal));
    }

    [Fact]
    public async Task A_tiled_log_that_shows_nothing_says_where_the_entry_is()
    {
        await using VirtualRekor log = VirtualRekor.Start(tiled: true, entries: 2);
        log.WriteOnly = true;
        LogProposal proposal = Propose("hashedrekord");
        Verify(log, await WriteAsync(log, proposal));
        SigstoreException failure = await FailsAsync(SigstoreErrorCode.RekorRejected, () => WriteAsync(log, proposal));
        Assert.Contains("as entry 2,", failure.Message, StringComparison.Ordinal);
        Assert.Contains("new entry", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DamagedTile")]
    [InlineData("DamagedBundle")]
    public async Task Tiles_that_do_not_prove_the_existing_entry_are_no_entry(string lie)
    {
        await using VirtualRekor log = VirtualRekor.Start(tiled: true, entries: 5);
        LogProposal proposal = Propose("hashedrekord");
        await WriteAsync(log, proposal);
        log.Lie = Enum.Parse<RekorLie>(lie);
        await FailsAsync(SigstoreErrorCode.LogProofInvalid, () => WriteAsync(log, proposal));
    }

    [Fact]
    public async Task Nobody_is_there_is_told_with_what_to_do()
    {
        RekorWriter writer = new(Channel(), TimeProvider.System);
        SigstoreException failure = await FailsAsync(
            SigstoreErrorCode.RekorUnavailable,
            () => writer.WriteAsync(new Uri("http://127.0.0.1:1"), 1, Propose("hashedrekord"), Cancel));
        Assert.Contains("Repeating is safe", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_at_once_each_get_their_own_entry()
    {
        foreach (bool tiled in (bool[])[false, true])
        {
            await using VirtualRekor log = VirtualRekor.Start(tiled);
            LogProposal[] proposals = [.. Enumerable.Range(0, 24).Select(_ => Propose("hashedrekord"))];
            LogWrite[] written = await Task.WhenAll(proposals.Select(p => WriteAsync(log, p)));
            Assert.Equal(24, written.Select(static w => w.Record.Entry.LogIndex).Distinct().Count());
            Assert.All(written, w => Verify(log, w));
        }
    }

    internal static void Verify(VirtualRekor log, LogWrite written)
    {
        VouchedEntry vouched = RekorEntryCheck.Verify(
            written.Record.Entry, log.Tiled ? null : RekorId.TreeId(written.Record.Uuid), log.Root.Logs);
        Assert.NotEmpty(vouched.Checks);
    }

    private LogProposal Propose(string kind) => kind switch
    {
        "dsse" or "intoto" => Proposals.OfStatement(
            kind, Proposals.Statement($"\"{Guid.NewGuid()}\""), _key, kind == "intoto" ? "a key" : ""),
        _ => Proposals.OfFile(Encoding.UTF8.GetBytes($"content {Guid.NewGuid()}"), _key, kind),
    };

    private Task<LogWrite> WriteAsync(
        VirtualRekor log, LogProposal proposal, IReadOnlyList<TransparencyLogInstance>? logs = null) =>
        new RekorWriter(Channel(), TimeProvider.System)
            .WriteAsync(log.Address, log.Tiled ? 2u : 1u, proposal, logs ?? [], Cancel);

    private HttpChannel Channel() => _transport.Open(TlsSettings.Default, RekorReplies.Http);
}
