using SigstorePS.Oidc;
using SigstorePS.Signing;

namespace SigstorePS.Operations;

/// <summary>
/// Certificates that outlive a command: one for each identity that was asked for, with its key in memory, until the
/// session ends. Whoever asks otherwise for an identity, or gives another token, gets another certificate.
/// </summary>
internal sealed class SessionCertificates
{
    private readonly Lock _gate = new();
    private readonly List<(IdentityRequest Request, FulcioCredentials Credentials)> _kept = [];

    /// <summary>The certificates kept for the same request, or new ones, which are kept from now on.</summary>
    public FulcioCredentials Of(
        IdentityRequest request, Uri server, CertificateOrder order, Func<CancellationToken, Task<IdentityToken>> token,
        Func<FulcioCredentials> create)
    {
        lock (_gate)
        {
            foreach ((IdentityRequest known, FulcioCredentials credentials) in _kept)
            {
                if (known == request && credentials.Matches(server, order))
                {
                    credentials.Use(token, order.Root, order.SkipSct);
                    return credentials;
                }
            }

            FulcioCredentials made = create();
            _kept.Add((request, made));
            return made;
        }
    }
}
