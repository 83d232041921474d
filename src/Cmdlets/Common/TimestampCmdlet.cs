using System.Management.Automation;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that ask timestamp authorities by themselves: how those are reached over TLS.</summary>
public abstract class TimestampCmdlet : SigstoreCmdlet
{
    private protected TimestampCmdlet()
    {
    }

    /// <summary>PEM file with certificates to trust for the authority's TLS besides the system's.</summary>
    [Parameter]
    [Alias("TimestampClientCaCert")]
    [ValidateNotNullOrEmpty]
    public string? TimestampCaCertificate { get; set; }

    /// <summary>PEM file with the client certificate for mutual TLS; may hold the key as well.</summary>
    [Parameter]
    [Alias("TimestampClientCert")]
    [ValidateNotNullOrEmpty]
    public string? TimestampClientCertificate { get; set; }

    /// <summary>PEM file with the private key of the client certificate.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TimestampClientKey { get; set; }

    /// <summary>Host name to expect in the authority's TLS certificate.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TimestampServerName { get; set; }

    /// <exception cref="SigstoreException">
    /// PathNotFound, FileUnavailable, InvalidValue, ContradictoryPolicy.
    /// </exception>
    private protected TimestampTls? Tls(PathResolver paths) => TimestampTlsArguments.Read(
        paths, TimestampCaCertificate, TimestampClientCertificate, TimestampClientKey, TimestampServerName);
}
