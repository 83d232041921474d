using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;

namespace SigstorePS.Transparency;

/// <summary>A signature line of a note (C2SP signed-note).</summary>
/// <param name="Name">Who says to have signed; not authenticated by itself.</param>
/// <param name="KeyHash">First four bytes of the key id: a hint of which key to try.</param>
/// <param name="Signature">At least one byte.</param>
internal sealed record NoteSignature(string Name, ReadOnlyMemory<byte> KeyHash, ReadOnlyMemory<byte> Signature);

/// <summary>
/// The signed head of a log (C2SP tlog-checkpoint in C2SP signed-note). Rekor v1 writes the id of its tree behind the
/// origin and signs with SHA-256(SPKI) as the key id; Rekor v2 follows C2SP throughout.
/// </summary>
internal sealed class Checkpoint
{
    private const string SignatureStart = "\u2014 ";
    private const int KeyHashSize = 4;
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private Checkpoint(string text, byte[] signedText, string[] head, List<NoteSignature> signatures)
    {
        Text = text;
        SignedText = signedText;
        Origin = head[0];
        TreeSize = ParseSize(head[1]);
        RootHash = ParseRoot(head[2]);
        Extensions = head[3..];
        Signatures = signatures;
    }

    /// <summary>The whole note, as it came.</summary>
    public string Text { get; }

    /// <summary>The first line: a host, in Rekor v1 with <c> - </c> and the id of the tree.</summary>
    public string Origin { get; }

    public long TreeSize { get; }

    /// <summary>32 bytes.</summary>
    public ReadOnlyMemory<byte> RootHash { get; }

    /// <summary>Lines after the root hash, signed like the rest and without meaning here.</summary>
    public IReadOnlyList<string> Extensions { get; }

    /// <summary>What the signatures are over: all lines before the blank one, with their line ends.</summary>
    public ReadOnlyMemory<byte> SignedText { get; }

    /// <summary>At least one.</summary>
    public IReadOnlyList<NoteSignature> Signatures { get; }

    /// <summary>Whether the rules of Rekor v1 hold: the origin ends with <c> - </c> and digits.</summary>
    public bool IsRekorV1
    {
        get
        {
            int mark = Origin.LastIndexOf(" - ", StringComparison.Ordinal);
            return mark > 0 && mark + 3 < Origin.Length
                && !Origin.AsSpan(mark + 3).ContainsAnyExceptInRange('0', '9');
        }
    }

    /// <summary>The origin without the tree id of Rekor v1.</summary>
    public string Host => IsRekorV1 ? Origin[..Origin.LastIndexOf(" - ", StringComparison.Ordinal)] : Origin;

    /// <summary>Reads a note.</summary>
    /// <exception cref="SigstoreException">CheckpointInvalid, LimitExceeded.</exception>
    public static Checkpoint Parse(string text)
    {
        try
        {
            return text.Length <= Limits.Checkpoint ? Parse(text, Utf8.GetBytes(text)) : throw TooLong();
        }
        catch (Exception e) when (e is FormatException or EncoderFallbackException)
        {
            throw Invalid(e);
        }
    }

    /// <summary>Reads a note.</summary>
    /// <exception cref="SigstoreException">CheckpointInvalid, LimitExceeded.</exception>
    public static Checkpoint Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return utf8.Length <= Limits.Checkpoint ? Parse(Utf8.GetString(utf8), utf8) : throw TooLong();
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            throw Invalid(e);
        }
    }

    /// <summary>
    /// Rekor v1: every signature line is by this key, and names it by the first bytes of the log's id. Stricter than a
    /// signed note asks for, as Rekor's own verifier is: a v1 log has no witnesses.
    /// </summary>
    public bool IsSignedByV1(PublicKey key, ReadOnlySpan<byte> logId)
    {
        if (!IsRekorV1 || logId.Length < KeyHashSize)
        {
            return false;
        }

        // Rekor v1 hashes with SHA-256 whatever the key.
        SigningAlgorithm algorithm = key.Algorithm.Scheme == SignatureScheme.Ed25519
            ? key.Algorithm
            : key.Algorithm with { Hash = HashAlgorithmName.SHA256 };
        foreach (NoteSignature line in Signatures)
        {
            if (!line.KeyHash.Span.SequenceEqual(logId[..KeyHashSize])
                || !key.Verify(SignedText.Span, line.Signature.Span, algorithm))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Rekor v2: the origin is the name of the log, and one line of that name and key hash verifies. Lines of others
    /// (witnesses, another key of the log) are neither trusted nor in the way.
    /// </summary>
    /// <param name="name">Host of the log's address.</param>
    /// <param name="key">Key of the log.</param>
    /// <param name="keyId">C2SP key id; the first four bytes count.</param>
    public bool IsSignedBy(string name, PublicKey key, ReadOnlySpan<byte> keyId)
    {
        if (name.Length == 0 || !string.Equals(Origin, name, StringComparison.Ordinal) || keyId.Length < KeyHashSize)
        {
            return false;
        }

        foreach (NoteSignature line in Signatures)
        {
            if (string.Equals(line.Name, name, StringComparison.Ordinal)
                && line.KeyHash.Span.SequenceEqual(keyId[..KeyHashSize])
                && VerifyLine(key, line))
            {
                return true;
            }
        }

        return false;
    }

    private bool VerifyLine(PublicKey key, NoteSignature line) =>
        key.Algorithm.Scheme == SignatureScheme.Ed25519
            ? key.Verify(SignedText.Span, line.Signature.Span, key.Algorithm)   // never prehashed in a note
            : key.Match(SignedText.Span, line.Signature.Span) is not null;

    private static Checkpoint Parse(string text, ReadOnlySpan<byte> utf8)
    {
        if (text.AsSpan().ContainsAnyInRange('\0', '\t') || text.AsSpan().ContainsAnyInRange('\v', '\u001F'))
        {
            throw new FormatException("it has control characters");
        }

        int blank = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (blank < 0 || text.Length == blank + 2 || !text.EndsWith('\n'))
        {
            throw new FormatException("it has no blank line before the signatures, or no final line end");
        }

        string[] head = text[..blank].Split('\n');
        if (head.Length < 3 || head[0].Length == 0)
        {
            throw new FormatException("origin, size and root hash are not all there");
        }

        string[] tail = text[(blank + 2)..^1].Split('\n');
        if (tail.Length > Limits.CheckpointSignatures)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded,
                $"The checkpoint has more than {Limits.CheckpointSignatures} signatures.");
        }

        List<NoteSignature> signatures = new(tail.Length);
        foreach (string line in tail)
        {
            signatures.Add(ParseSignature(line));
        }

        // No other two line ends follow each other before the blank line, so bytes and text have it at one place.
        int length = utf8.IndexOf("\n\n"u8) + 1;
        return new Checkpoint(text, utf8[..length].ToArray(), head, signatures);
    }

    private static NoteSignature ParseSignature(string line)
    {
        int space = line.LastIndexOf(' ');
        if (!line.StartsWith(SignatureStart, StringComparison.Ordinal) || space <= SignatureStart.Length)
        {
            throw new FormatException("a signature line is broken");
        }

        string name = line[SignatureStart.Length..space];
        foreach (char c in name)
        {
            if (char.IsWhiteSpace(c) || c == '+')
            {
                throw new FormatException("the name on a signature line has a space or a plus sign");
            }
        }

        byte[] data = DecodeBase64(line[(space + 1)..]);
        return data.Length > KeyHashSize
            ? new NoteSignature(name, data.AsMemory(0, KeyHashSize), data.AsMemory(KeyHashSize))
            : throw new FormatException("a signature is too short");
    }

    private static long ParseSize(string text) =>
        text is "0" || (text.Length > 0 && text[0] is >= '1' and <= '9')
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : throw new FormatException("the size is no plain decimal number");

    private static byte[] ParseRoot(string text) =>
        DecodeBase64(text) is { Length: MerkleTree.HashSize } hash
            ? hash
            : throw new FormatException("the root hash has not 32 bytes");

    /// <summary>Standard base64, padded, and only in the spelling that encoding gives.</summary>
    private static byte[] DecodeBase64(string text)
    {
        byte[] data = Convert.FromBase64String(text);
        return string.Equals(Convert.ToBase64String(data), text, StringComparison.Ordinal)
            ? data
            : throw new FormatException("it has base64 that is not in standard form");
    }

    private static SigstoreException Invalid(Exception e) =>
        new(SigstoreErrorCode.CheckpointInvalid, $"The checkpoint cannot be read: {e.Message}", e);

    private static SigstoreException TooLong() =>
        new(SigstoreErrorCode.LimitExceeded, $"The checkpoint is over {Limits.Checkpoint} bytes.");
}
