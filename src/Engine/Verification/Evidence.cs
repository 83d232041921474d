using SigstorePS.Crypto;

namespace SigstorePS.Verification;

/// <summary>What the checks of one signature found, collected on the way.</summary>
internal sealed class Evidence
{
    private readonly List<VerificationCheck> _checks = [];

    public List<LogEvidence> LogEntries { get; } = [];

    public List<VerifiedTimestamp> Times { get; } = [];

    public void Passed(string check, string evidence) => _checks.Add(new VerificationCheck(check, "Passed", evidence));

    public void Skipped(string check, string why) => _checks.Add(new VerificationCheck(check, "Skipped", why));

    public VerifiedSignature Verdict(
        string signer, string keyId, SigningAlgorithm algorithm, CertificateSummary? certificate) => new()
        {
            Signer = signer,
            KeyId = keyId,
            Algorithm = algorithm,
            Certificate = certificate,
            LogEntries = LogEntries,
            Times = Times,
            Checks = _checks,
        };
}
