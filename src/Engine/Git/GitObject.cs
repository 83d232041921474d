using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SigstorePS.Encodings;

namespace SigstorePS.Git;

/// <summary>
/// A commit or a tag, byte for byte as git stores it (gitformat-signature). Read strictly: every header where git writes
/// it and none twice, because whoever reads a second one sees another commit (GHSA-7rmh-48mx-2vwc).
/// </summary>
internal sealed class GitObject
{
    private const string Armor = "-----BEGIN ";
    private static readonly string[] CommitHeaders = ["tree", "parent", "author", "committer"];
    private static readonly string[] TagHeaders = ["object", "type", "tag", "tagger"];

    private GitObject(string id, string type, byte[] content)
    {
        Id = id;
        Type = type;
        Content = content;
    }

    /// <summary>40 (SHA-1) or 64 (SHA-256) hex digits.</summary>
    public string Id { get; }

    /// <summary><c>commit</c> or <c>tag</c>.</summary>
    public string Type { get; }

    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>What the signature inside is over: the object without its signatures. Empty without a signature.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>The signature inside, armored; null: there is none.</summary>
    public byte[]? Signature { get; private set; }

    /// <summary>What is signed where only the id is: as <c>git rev-parse</c> prints it.</summary>
    public byte[] IdLine => Encoding.ASCII.GetBytes(Id + "\n");

    /// <summary>The id of an object: the hash of its type, its size and its content.</summary>
    /// <param name="length">Hex digits: 40 for SHA-1, 64 for SHA-256.</param>
    /// <param name="type">Such as <c>commit</c>.</param>
    /// <param name="content">All of it.</param>
    public static string IdOf(int length, string type, ReadOnlySpan<byte> content)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(
            length == 64 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{type} {content.Length}\0")));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <param name="id">Its id, which the content has been compared with.</param>
    /// <param name="type"><c>commit</c> or <c>tag</c>.</param>
    /// <param name="content">Without the type and size before it.</param>
    /// <exception cref="SigstoreException">MalformedSignature: not written as git writes it.</exception>
    public static GitObject Read(string id, string type, byte[] content)
    {
        GitObject read = new(id, type, content);
        try
        {
            read.Split();
            return read;
        }
        catch (FormatException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature, $"The {type} {id} cannot be judged: {e.Message}.", e);
        }
    }

    private void Split()
    {
        ReadOnlySpan<byte> rest = Content.Span;
        MemoryStream payload = new(rest.Length);
        Dictionary<string, byte[]> signatures = new(StringComparer.Ordinal);
        string[] order = Type == "commit" ? CommitHeaders : TagHeaders;
        int place = 0;
        string? last = null;
        List<byte>? open = null;
        string openName = string.Empty;
        while (true)
        {
            int end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                throw new FormatException("its headers have no end");
            }

            ReadOnlySpan<byte> line = rest[..end];
            ReadOnlySpan<byte> whole = rest[..(end + 1)];
            rest = rest[(end + 1)..];
            if (line.IndexOfAny((byte)'\r', (byte)0) >= 0)
            {
                throw new FormatException("a header has a control character");
            }

            if (line.IsEmpty)
            {
                Close(signatures, openName, ref open);
                payload.WriteByte((byte)'\n');
                break;
            }

            if (line[0] == (byte)' ')
            {
                if (last is null || order.Contains(last))
                {
                    throw new FormatException("a header goes on where none may");
                }

                if (open is null)
                {
                    payload.Write(whole);
                }
                else
                {
                    open.AddRange(whole[1..]);
                }

                continue;
            }

            Close(signatures, openName, ref open);
            last = NameOf(line);
            place = Place(order, place, last);
            if (last is "gpgsig" or "gpgsig-sha256")
            {
                openName = last;
                open = [.. whole[(last.Length + 1)..]];
            }
            else
            {
                payload.Write(whole);
            }
        }

        if (place < Required(order))
        {
            throw new FormatException("headers are missing");
        }

        Finish(payload, rest, signatures);
    }

    /// <summary>Known headers come once each (a parent more often) and in order; others only after them.</summary>
    private static int Place(string[] order, int place, string name)
    {
        int at = Array.IndexOf(order, name);
        if (at < 0)
        {
            return place >= Required(order) ? order.Length
                : throw new FormatException($"it has no '{order[place]}' before '{PlainText.Clean(name, limit: 40)}'");
        }

        bool follows = at == place || (name == "parent" && place == 2)
            || (name == "author" && place == 1);
        return follows ? at + 1 : throw new FormatException($"its header '{name}' is not where it belongs");
    }

    /// <summary>Tags of git's first days name no tagger.</summary>
    private static int Required(string[] order) => order == TagHeaders ? order.Length - 1 : order.Length;

    private static string NameOf(ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        return space > 0 ? Encoding.Latin1.GetString(line[..space]) : throw new FormatException("a header has no value");
    }

    private static void Close(Dictionary<string, byte[]> signatures, string name, ref List<byte>? open)
    {
        if (open is not null && !signatures.TryAdd(name, [.. open]))
        {
            throw new FormatException("it has two signatures under one name");
        }

        open = null;
    }

    private void Finish(MemoryStream payload, ReadOnlySpan<byte> message, Dictionary<string, byte[]> signatures)
    {
        if (Type == "commit")
        {
            payload.Write(message);

            // Each is over the form of the commit with ids of its own kind; the other form is not here.
            Signature = signatures.GetValueOrDefault(Id.Length == 64 ? "gpgsig-sha256" : "gpgsig");
        }
        else
        {
            int at = LastArmor(message);
            payload.Write(at < 0 ? message : message[..at]);
            Signature = at < 0 ? null : message[at..].ToArray();
        }

        Payload = Signature is null ? ReadOnlyMemory<byte>.Empty : payload.ToArray();
    }

    /// <summary>Where git looks for the signature of a tag: at the last line that begins one (gpg-interface.c).</summary>
    private static int LastArmor(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> armor = Encoding.ASCII.GetBytes(Armor);
        int found = -1;
        for (int at = 0; at < message.Length;)
        {
            if (message[at..].StartsWith(armor))
            {
                found = at;
            }

            int end = message[at..].IndexOf((byte)'\n');
            at = end < 0 ? message.Length : at + end + 1;
        }

        return found;
    }
}
