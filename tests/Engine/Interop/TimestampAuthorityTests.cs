using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using SigstorePS.Verification;

namespace SigstorePS.Tests.Interop;

/// <summary>Answers of a real timestamp authority to requests of every kind it takes.</summary>
public sealed class TimestampAuthorityTests(KeylessSession session) : IClassFixture<KeylessSession>
{
    private static readonly byte[] Message = "seen by a real authority"u8.ToArray();

    [Theory]
    [InlineData("SHA256", false)]
    [InlineData("SHA256", true)]
    [InlineData("SHA384", false)]
    [InlineData("SHA512", true)]
    public async Task An_answer_is_verified(string hash, bool certificates)
    {
        byte[] answer = await AskAsync(new HashAlgorithmName(hash), certificates);
        VerifiedTimestampToken token = TimestampCheck.Verify(answer, Message, session.Root);
        Assert.Equal(session.Stack.TimestampAuthority, token.AuthorityUri);
        Assert.InRange(token.Time, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Equal(certificates, token.Token.Signer is not null);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_about_something_else_or_by_somebody_else_is_refused(bool certificates)
    {
        byte[] answer = await AskAsync(HashAlgorithmName.SHA256, certificates);
        Assert.Equal(
            SigstoreErrorCode.TimestampInvalid,
            Assert.Throws<SigstoreException>(() => TimestampCheck.Verify(answer, "other"u8, session.Root)).Code);
        Assert.Equal(
            SigstoreErrorCode.TimestampUntrusted,
            Assert.Throws<SigstoreException>(
                () => TimestampCheck.Verify(answer, Message, KeylessSession.Impostor)).Code);
    }

    private async Task<byte[]> AskAsync(HashAlgorithmName hash, bool certificates)
    {
        Rfc3161TimestampRequest request = Rfc3161TimestampRequest.CreateFromData(
            Message, hash, nonce: RandomNumberGenerator.GetBytes(8), requestSignerCertificates: certificates);
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
        using ByteArrayContent content = new(request.Encode())
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/timestamp-query") },
        };
        using HttpResponseMessage response = await client.PostAsync(
            new Uri(session.Stack.TimestampAuthority), content);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsByteArrayAsync();
    }
}
