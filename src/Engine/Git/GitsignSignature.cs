using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SigstorePS.Bundles;
using SigstorePS.Crypto;
using SigstorePS.Encodings;
using SigstorePS.Transparency;

namespace SigstorePS.Git;

/// <summary>
/// What gitsign puts into a commit or tag: a detached CMS signature (RFC 5652) in PEM, with the signer's certificate,
/// and beside the signature a log entry and timestamps. The signature is over the signed attributes, and one of these is
/// the digest of the object, so the attributes are what was signed and logged.
/// </summary>
internal static class GitsignSignature
{
    private const string Label = "SIGNED MESSAGE";
    private const string SignedData = "1.2.840.113549.1.7.2";
    private const string Data = "1.2.840.113549.1.7.1";
    private const string ContentType = "1.2.840.113549.1.9.3";
    private const string MessageDigest = "1.2.840.113549.1.9.4";
    private const string TimestampAttribute = "1.2.840.113549.1.9.16.2.14";
    private const string EntryAttribute = "1.3.6.1.4.1.57264.3.1";

    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Context1 = new(TagClass.ContextSpecific, 1, isConstructed: true);

    /// <summary>Whether it looks like one; PGP and SSH have other labels.</summary>
    public static bool Is(ReadOnlySpan<byte> armored) =>
        armored.StartsWith(Encoding.ASCII.GetBytes($"-----BEGIN {Label}-----\n"));

    /// <summary>
    /// The signature with what came along, ready to be verified: signed are <see cref="SignedArtifact.SignedBytes"/>,
    /// the attributes.
    /// </summary>
    /// <exception cref="SigstoreException">
    /// MalformedSignature, MalformedLogEntry, MalformedCertificate, LimitExceeded; SignatureMismatch: signed is another
    /// content than the object's.
    /// </exception>
    public static SignedArtifact Read(GitObject from)
    {
        try
        {
            if (from.Signature is not { } armored || !Is(armored)
                || Pem.Read(armored) is not [{ Label: Label, Data: { } der }])
            {
                throw new FormatException($"it is not one PEM block {Label}");
            }

            return ReadContent(der, from);
        }
        catch (Exception e) when (e is FormatException or AsnContentException or CryptographicException
            or InvalidOperationException or OverflowException or ArgumentException)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedSignature, $"The signature in {from.Type} {from.Id} cannot be read: {e.Message}.", e);
        }
    }

    private static SignedArtifact ReadContent(byte[] der, GitObject from)
    {
        AsnReader outer = new(der, AsnEncodingRules.DER);
        AsnReader info = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        Expect(info, SignedData);
        AsnReader wrapped = info.ReadSequence(Context0);
        info.ThrowIfNotEmpty();
        AsnReader signed = wrapped.ReadSequence();
        wrapped.ThrowIfNotEmpty();

        _ = signed.ReadInteger();
        _ = signed.ReadSetOf();
        AsnReader content = signed.ReadSequence();
        Expect(content, Data);

        // An attached content could be verified in place of the object.
        content.ThrowIfNotEmpty();
        List<byte[]> certificates = Certificates(signed.ReadSetOf(skipSortOrderValidation: true, Context0));
        if (signed.HasData && signed.PeekTag().HasSameClassAndValue(Context1))
        {
            _ = signed.ReadEncodedValue();   // revocation lists: nobody here asks these
        }

        AsnReader signers = signed.ReadSetOf();
        signed.ThrowIfNotEmpty();
        AsnReader signer = signers.ReadSequence();
        signers.ThrowIfNotEmpty();
        return ReadSigner(signer, certificates, from);
    }

    private static SignedArtifact ReadSigner(AsnReader signer, List<byte[]> certificates, GitObject from)
    {
        if (!signer.TryReadInt32(out int version) || version != 1)
        {
            throw new FormatException("its signer is not named by issuer and number");
        }

        byte[] certificate = Named(signer.ReadSequence(), certificates);
        HashAlgorithmName hash = HashOf(signer.ReadSequence());
        byte[] attributes = signer.PeekEncodedValue().ToArray();
        CheckAttributes(signer.ReadSetOf(Context0), hash, from);

        // RFC 5652 section 5.4: signed as the SET OF that it is, not as the field it stands in.
        attributes[0] = 0x31;
        _ = signer.ReadSequence();   // the algorithm follows from the key in the certificate
        byte[] signature = signer.ReadOctetString();
        Digest digest = Digest.Sha256(attributes);
        List<LogEntry> entries = [];
        List<ReadOnlyMemory<byte>> timestamps = [];
        if (signer.HasData)
        {
            ReadUnsigned(
                signer.ReadSetOf(skipSortOrderValidation: true, Context1), digest, signature, certificate, entries, timestamps);
        }

        signer.ThrowIfNotEmpty();
        return new SignedArtifact
        {
            Format = SignatureFormat.Bundle,
            SignedBytes = attributes,
            Signature = signature,
            Payload = ReadOnlyMemory<byte>.Empty,
            MessageDigest = digest,
            Certificate = certificate,
            Chain = [.. certificates.Where(c => c != certificate).Select(static c => (ReadOnlyMemory<byte>)c)],
            LogEntries = entries,
            Timestamps = timestamps,
        };
    }

    private static void Expect(AsnReader reader, string type)
    {
        if (reader.ReadObjectIdentifier() is var found && found != type)
        {
            throw new FormatException($"it holds {found}, not {type}");
        }
    }

    private static List<byte[]> Certificates(AsnReader set)
    {
        List<byte[]> all = [];
        while (set.HasData)
        {
            byte[] der = set.ReadEncodedValue().ToArray();
            if (all.Count == Limits.ChainCertificates || der.Length > Limits.Certificate)
            {
                throw new SigstoreException(
                    SigstoreErrorCode.LimitExceeded, "The signature has too many certificates, or too large ones.");
            }

            all.Add(der);
        }

        return all;
    }

    /// <summary>The one certificate with this issuer and number.</summary>
    private static byte[] Named(AsnReader signer, List<byte[]> certificates)
    {
        ReadOnlyMemory<byte> issuer = signer.ReadEncodedValue();
        BigInteger number = signer.ReadInteger();
        signer.ThrowIfNotEmpty();
        byte[][] found = [.. certificates.Where(c => Matches(c, issuer.Span, number))];
        return found.Length == 1 ? found[0] : throw new FormatException("it does not hold the certificate of its signer");
    }

    private static bool Matches(byte[] der, ReadOnlySpan<byte> issuer, BigInteger number)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
        return certificate.IssuerName.RawData.AsSpan().SequenceEqual(issuer)
            && new BigInteger(certificate.SerialNumberBytes.Span, isUnsigned: false, isBigEndian: true) == number;
    }

    private static HashAlgorithmName HashOf(AsnReader algorithm) => algorithm.ReadObjectIdentifier() switch
    {
        "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
        "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
        "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
        var other => throw new FormatException($"its hash {other} is not supported"),
    };

    private static void CheckAttributes(AsnReader attributes, HashAlgorithmName hash, GitObject from)
    {
        byte[]? digest = null;
        HashSet<string> seen = new(StringComparer.Ordinal);
        while (attributes.HasData)
        {
            AsnReader attribute = attributes.ReadSequence();
            string type = attribute.ReadObjectIdentifier();
            AsnReader values = attribute.ReadSetOf();
            attribute.ThrowIfNotEmpty();
            if (!seen.Add(type))
            {
                throw new FormatException($"its attribute {type} is there twice");
            }

            switch (type)
            {
                case ContentType:
                    Expect(values, Data);
                    values.ThrowIfNotEmpty();
                    break;
                case MessageDigest:
                    digest = values.ReadOctetString();
                    values.ThrowIfNotEmpty();
                    break;
            }
        }

        if (digest is null || !seen.Contains(ContentType))
        {
            throw new FormatException("it does not say what it is a signature of");
        }

        if (!CryptographicOperations.HashData(hash, from.Payload.Span).AsSpan().SequenceEqual(digest))
        {
            throw new SigstoreException(
                SigstoreErrorCode.SignatureMismatch,
                $"The signature in {from.Type} {from.Id} is of another content than the {from.Type} has.");
        }
    }

    private static void ReadUnsigned(
        AsnReader attributes, Digest digest, byte[] signature, byte[] certificate, List<LogEntry> entries,
        List<ReadOnlyMemory<byte>> timestamps)
    {
        while (attributes.HasData)
        {
            AsnReader attribute = attributes.ReadSequence();
            string type = attribute.ReadObjectIdentifier();
            AsnReader values = attribute.ReadSetOf(skipSortOrderValidation: true);
            while (values.HasData && type is EntryAttribute or TimestampAttribute)
            {
                if (type == TimestampAttribute)
                {
                    timestamps.Add(Answer(values.ReadEncodedValue()));
                }
                else
                {
                    entries.Add(Entry(values.ReadOctetString(), digest, signature, certificate));
                }

                if (timestamps.Count > Limits.Timestamps || entries.Count > Limits.LogEntries)
                {
                    throw new SigstoreException(
                        SigstoreErrorCode.LimitExceeded, "The signature has too many log entries or timestamps.");
                }
            }
        }
    }

    private static LogEntry Entry(byte[] message, Digest digest, byte[] signature, byte[] certificate)
    {
        try
        {
            return GitsignEntry.Read(message, digest, signature, certificate);
        }
        catch (FormatException e)
        {
            throw new SigstoreException(
                SigstoreErrorCode.MalformedLogEntry, $"The log entry of the signature cannot be read: {e.Message}.", e);
        }
    }

    /// <summary>CMS keeps the bare token; everything else the answer it came in, which granted it.</summary>
    private static byte[] Answer(ReadOnlyMemory<byte> token)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteInteger(0);
            }

            writer.WriteEncodedValue(token.Span);
        }

        return writer.Encode();
    }
}
