using System.Net;
using System.Text;
using SigstorePS.Http;
using SigstorePS.Keys;
using SigstorePS.Keys.CodeHosts;

namespace SigstorePS.Tests.Keys.GitLab;

/// <summary>What is sent to and read from a code host does not stay in memory.</summary>
public sealed class ZeroedTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_sent_is_zeroed()
    {
        Witness sent = new([]);
        using Imitation gitlab = new(sent, "{}");
        await gitlab.Variables.CreateAsync("COSIGN_PASSWORD", "correct-horse", true, Cancel);
        Assert.Contains("correct-horse", sent.Seen, StringComparison.Ordinal);
        Assert.All(sent.Buffers, static b => Assert.True(b.Span.IndexOfAnyExcept((byte)0) < 0));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(20_000)]
    public async Task What_was_read_is_zeroed(int blanks)
    {
        Witness read = new(Encoding.UTF8.GetBytes($"{{\"value\":\"correct-horse\"{new string(' ', blanks)}}}"));
        using Imitation gitlab = new(new Witness([]), read);
        Assert.Equal("correct-horse", (await gitlab.Variables.FindAsync("COSIGN_PASSWORD", Cancel))!.Value);
        Assert.NotEmpty(read.Buffers);
        Assert.All(read.Buffers, static b => Assert.True(b.Span.IndexOfAnyExcept((byte)0) < 0));
    }

    private sealed class Imitation : IDisposable
    {
        private readonly HttpMessageInvoker _invoker;

        public Imitation(Witness sent, string answer)
            : this(sent, new Witness(Encoding.UTF8.GetBytes(answer)))
        {
        }

        public Imitation(Witness sent, Witness answer)
        {
            _invoker = new HttpMessageInvoker(new Handler(sent, answer));
            HttpOptions options = new();
            HttpChannel channel = new(_invoker, "test", new RetryHandler(options), options, KeyServiceReplies.Http);
            HttpCall template = new(HttpMethod.Get, new Uri("https://gitlab.test/api/v4/"));
            Variables = new GitLabVariables(
                new CodeHost(channel, "GitLab", template, "token") { Advice = "" }, "projects/7/variables");
        }

        public GitLabVariables Variables { get; }

        public void Dispose() => _invoker.Dispose();
    }

    private sealed class Handler(Witness sent, Witness answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
        {
            if (request.Content is { } content)
            {
                await content.CopyToAsync(sent, cancel);
            }

            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(answer) };
        }
    }

    /// <summary>Remembers the memory it is given.</summary>
    private sealed class Witness(byte[] content) : MemoryStream(content.ToArray())
    {
        private readonly StringBuilder _seen = new();

        public List<ReadOnlyMemory<byte>> Buffers { get; } = [];

        public string Seen => _seen.ToString();

        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Buffers.Add(buffer);
            return base.ReadAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            _seen.Append(Encoding.UTF8.GetString(buffer, offset, count));
            Buffers.Add(buffer.AsMemory(offset, count));
            return Task.CompletedTask;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _seen.Append(Encoding.UTF8.GetString(buffer.Span));
            Buffers.Add(buffer);
            return ValueTask.CompletedTask;
        }
    }
}
