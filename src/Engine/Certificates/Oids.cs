namespace SigstorePS.Certificates;

/// <summary>Object identifiers of extensions and key purposes.</summary>
internal static class Oids
{
    public const string KeyUsage = "2.5.29.15";
    public const string AlternativeName = "2.5.29.17";
    public const string BasicConstraints = "2.5.29.19";
    public const string NameConstraints = "2.5.29.30";
    public const string CertificatePolicies = "2.5.29.32";
    public const string ExtendedKeyUsage = "2.5.29.37";

    /// <summary>RFC 6962 section 3.3.</summary>
    public const string SctList = "1.3.6.1.4.1.11129.2.4.2";

    public const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    public const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    public const string AnyPurpose = "2.5.29.37.0";
}
