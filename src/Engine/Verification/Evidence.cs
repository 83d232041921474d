using SigstorePS.Crypto;
using SigstorePS.Encodings;

namespace SigstorePS.Verification;

/// <summary>What the checks of one signature found, collected on the way.</summary>
internal sealed class Evidence
{
    private readonly List<VerificationCheck> _checks = [];

    public List<LogEvidence> LogEntries { get; } = [];

    public List<VerifiedTimestamp> Times { get; } = [];

    public void Passed(string check, string evidence) => Add(check, "Passed", evidence);

    public void Skipped(string check, string why) => Add(check, "Skipped", why);

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

    // Names of certificates, keys and services are in it: a line of ours must not be rewritten by one of them.
    private void Add(string check, string outcome, string text) =>
        _checks.Add(new VerificationCheck(check, outcome, PlainText.Clean(text)));
}
