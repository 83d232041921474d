namespace SigstorePS.Commands;

/// <summary>An environment variable, what it is for, and what this version makes of it.</summary>
internal sealed record KnownVariable(string Name, string Description, bool Used = false, bool Secret = false);

/// <summary>The environment variables of cosign and its surroundings (cosign pkg/cosign/env).</summary>
internal static class SettingCatalog
{
    public static readonly KnownVariable[] Variables =
    [
        new("COSIGN_PASSWORD", "Password of encrypted private keys, used before any prompt", Used: true, Secret: true),
        new("COSIGN_REPOSITORY", "Repository that holds the signatures instead of the image's own", Used: true),
        new("COSIGN_DOCKER_MEDIA_TYPES", "1: legacy signatures are written with Docker media types", Used: true),
        new("SOURCE_DATE_EPOCH", "Time to record in signatures, in seconds since 1970", Used: true),
        new("DOCKER_CONFIG", "Directory of docker's config.json with registry credentials", Used: true),
        new("REGISTRY_AUTH_FILE", "File of podman's with registry credentials", Used: true),
        new("XDG_RUNTIME_DIR", "Where podman's containers/auth.json is looked for", Used: true),
        new("XDG_CONFIG_HOME", "Where podman's containers/auth.json is looked for next", Used: true),
        new("HTTP_PROXY", "Proxy for http addresses", Used: true, Secret: true),
        new("HTTPS_PROXY", "Proxy for https addresses", Used: true, Secret: true),
        new("NO_PROXY", "Hosts that are reached without a proxy", Used: true),
        new("COSIGN_EXPERIMENTAL", "1: experimental features of cosign, such as OCI 1.1 referrers when writing"),
        new("COSIGN_MAX_ATTACHMENT_SIZE", "Largest attachment cosign reads; 128 MiB here and there"),
        new("COSIGN_PKCS11_PIN", "PIN of a PKCS#11 token", Secret: true),
        new("COSIGN_PKCS11_MODULE_PATH", "Library of a PKCS#11 token"),
        new("COSIGN_PKCS11_IGNORE_CERTIFICATE", "1: certificates on a PKCS#11 token are left alone"),
        new("SIGSTORE_ROOT_FILE", "PEM file with Fulcio roots"),
        new("SIGSTORE_REKOR_PUBLIC_KEY", "PEM file with the key of a Rekor log"),
        new("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "PEM file with the key of a certificate transparency log"),
        new("SIGSTORE_TSA_CERTIFICATE_FILE", "PEM file with the chain of a timestamp authority"),
        new("SIGSTORE_ID_TOKEN", "OIDC token for keyless signing", Secret: true),
        new("TUF_ROOT", "Directory of the TUF cache", Used: true),
        new("TUF_MIRROR", "Address of the TUF repository", Used: true),
        new("TUF_ROOT_JSON", "First root of the TUF repository", Used: true),
        new("GITHUB_TOKEN", "Token for GitHub", Secret: true),
        new("GITHUB_HOST", "Host of a GitHub Enterprise server"),
        new("GITLAB_TOKEN", "Token for GitLab", Secret: true),
        new("GITLAB_HOST", "Host of a GitLab server"),
        new("BUILDKITE_AGENT_ACCESS_TOKEN", "Token of the Buildkite agent, for OIDC", Secret: true),
        new("BUILDKITE_AGENT_ENDPOINT", "Address of the Buildkite agent API"),
        new("BUILDKITE_JOB_ID", "Job whose OIDC token is asked for"),
        new("BUILDKITE_AGENT_LOG_LEVEL", "Log level of the Buildkite agent"),
        new("ACTIONS_ID_TOKEN_REQUEST_URL", "Where GitHub Actions issues OIDC tokens"),
        new("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "Permission to ask it for one", Secret: true),
        new("GOOGLE_SERVICE_ACCOUNT_NAME", "Google service account to impersonate for OIDC"),
        new("GCE_METADATA_HOST", "Host of the Google metadata server"),
        new("GOOGLE_APPLICATION_CREDENTIALS", "File with Google credentials"),
        new("SPIFFE_ENDPOINT_SOCKET", "Socket of the SPIFFE workload API"),
        new("VAULT_ADDR", "Address of HashiCorp Vault"),
        new("VAULT_TOKEN", "Token for HashiCorp Vault", Secret: true),
        new("VAULT_NAMESPACE", "Namespace in HashiCorp Vault"),
        new("BAO_ADDR", "Address of OpenBao"),
        new("BAO_TOKEN", "Token for OpenBao", Secret: true),
        new("AWS_REGION", "Region of AWS KMS"),
        new("AWS_ENDPOINT", "Address of a KMS that speaks like AWS"),
        new("AWS_ACCESS_KEY_ID", "Access key of AWS"),
        new("AWS_SECRET_ACCESS_KEY", "Secret key of AWS", Secret: true),
        new("AWS_SESSION_TOKEN", "Session token of AWS", Secret: true),
        new("AZURE_TENANT_ID", "Tenant of Azure Key Vault"),
        new("AZURE_CLIENT_ID", "Client of Azure Key Vault"),
        new("AZURE_CLIENT_SECRET", "Client secret of Azure Key Vault", Secret: true),
    ];
}
