using SigstorePS.Encodings;

namespace SigstorePS.Http;

/// <summary>
/// The body of an answer while it comes. The time allowed is for each piece: a large blob may take hours, a connection
/// on which nothing comes may not.
/// </summary>
/// <param name="response">Disposed with this.</param>
/// <param name="body">Its body.</param>
/// <param name="patience">How long nothing may come.</param>
internal sealed class AnswerStream(HttpResponseMessage response, Stream body, TimeSpan patience) : ForwardStream
{
    private readonly CancellationTokenSource _deadline = new();

    /// <exception cref="TimeoutException">Nothing came.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _deadline.CancelAfter(patience);
        using CancellationTokenRegistration cancelled = cancellationToken.UnsafeRegister(
            static deadline => ((CancellationTokenSource)deadline!).Cancel(), _deadline);
        try
        {
            return await body.ReadAsync(buffer, _deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"Nothing came for {patience.TotalSeconds:0} seconds.", e);
        }
        finally
        {
            // The reader may take its time with what it got.
            _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            body.Dispose();
            response.Dispose();
            _deadline.Dispose();
        }

        base.Dispose(disposing);
    }
}
