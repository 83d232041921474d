using SigstorePS.Http;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>
/// Who a kubeconfig says that we are. A token goes before its file, and a program is asked only where there is nothing
/// else, as in kubectl; two ways at once that contradict each other are refused, as there.
/// </summary>
/// <param name="user">Null: a context without a user.</param>
/// <param name="server">Whom the credentials are for.</param>
/// <param name="programs">Runs programs that log in.</param>
/// <param name="certificates">Those of the session.</param>
internal sealed class ClusterUser(
    ConfigSection? user, ApiServer server, ExecPlugin programs, ClientCertificates certificates)
{
    private const string Source = "the kubeconfig's user";

    private static readonly string[] Impersonation = ["as", "as-uid", "as-groups", "as-user-extra"];

    /// <param name="renew">What a program gave before is not used again.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="SigstoreException">
    /// InvalidValue, Unsupported, FileUnavailable, LimitExceeded, KeyPluginFailed.
    /// </exception>
    public async Task<Credential> GetAsync(bool renew, CancellationToken cancel)
    {
        if (user is null || !server.TakesCredentials)
        {
            return Credential.None;
        }

        if (Impersonation.FirstOrDefault(user.Has) is { } other)
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                $"The kubeconfig's user acts for another ('{other}'), which is not done here; give the rights to the "
                + "user itself.");
        }

        if (user.Has("auth-provider"))
        {
            throw new SigstoreException(
                SigstoreErrorCode.Unsupported,
                "The kubeconfig's user has an auth-provider, which kubectl dropped with version 1.26; replace it by "
                + "the exec plug-in of its vendor, such as gke-gcloud-auth-plugin or kubelogin.");
        }

        Credential credential = await OwnAsync(user, cancel).ConfigureAwait(false);
        return credential is { Authorization: null, Certificate: null } && user.Section("exec") is { } exec
            ? await programs.GetAsync(exec, server, renew, cancel).ConfigureAwait(false)
            : credential;
    }

    private async Task<Credential> OwnAsync(ConfigSection own, CancellationToken cancel)
    {
        Credential credential = Credential.None;
        bool named = own.Has("username") || own.Has("password");
        if (own.Text("token") is { } token)
        {
            credential = named
                ? throw own.Bad("a token and a user name exclude each other")
                : credential.WithToken(token.Trim(), Source);
        }
        else if (own.PathOf("tokenFile") is { } file)
        {
            // Read anew each time: whoever wrote it replaces it before it expires.
            credential = credential.WithToken(
                await ConfigFile.ReadTextAsync(file, cancel).ConfigureAwait(false), Source);
        }
        else if (named)
        {
            credential = credential.WithPassword(
                own.Text("username") ?? string.Empty, own.Text("password") ?? string.Empty);
        }

        if (await own.DataAsync("client-certificate", cancel).ConfigureAwait(false) is not { } certificate)
        {
            return credential;
        }

        byte[] key = await own.DataAsync("client-key", cancel).ConfigureAwait(false)
            ?? throw own.Bad("a client-certificate has no client-key");
        return credential.WithCertificate(certificate, key, Source, certificates);
    }
}
