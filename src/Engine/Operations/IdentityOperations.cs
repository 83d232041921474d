using System.Text.RegularExpressions;
using SigstorePS.Oidc;
using SigstorePS.Trust;

namespace SigstorePS.Operations;

/// <summary>Logs somebody in, with a flow that is neither Auto nor None.</summary>
internal delegate Task<IdentityToken> Login(
    IdentityRequest request, OidcFlow flow, IdentityPrompts prompts, CancellationToken cancel);

/// <summary>Gets identity tokens: given, made by a script, of this environment, or by logging in.</summary>
internal sealed partial class IdentityOperations(
    IReadOnlyList<IIdentityTokenSource> sources, Func<string, string?> environment, TimeProvider clock, Login login)
{
    /// <summary>The ambient sources in the order they are asked.</summary>
    public IReadOnlyList<SigstoreIdentityProvider> Providers =>
    [
        .. sources.Select(static s => new SigstoreIdentityProvider
        {
            Name = s.Name, IsEnabled = s.IsEnabled, Description = s.Description,
        }),
    ];

    private string Names => string.Join(", ", sources.Select(static s => s.Name));

    /// <summary>Whether a text has the form of a token; what has not may be a path.</summary>
    public static bool LooksLikeToken(string text) => IdentityToken.LooksLikeToken(text);

    /// <summary>The credential of an identity, for whoever asked to see it.</summary>
    public static string TextOf(SigstoreIdentityToken identity) => identity.Token.Raw;

    /// <summary>A message of somebody else's with what looks like a token taken out.</summary>
    public static string WithoutTokens(string message) => Tokens().Replace(message, "[token]");

    /// <summary>
    /// The issuer that a signing configuration names for this time; null when it names none.
    /// </summary>
    /// <exception cref="SigstoreException">MalformedSigningConfig.</exception>
    public static string? IssuerOf(SigningConfig config, DateTimeOffset now) =>
        SigningConfig.Select(config.Oidc, default, [1], now, static _ => 0).FirstOrDefault()?.Url;

    /// <summary>A token that was checked: signed, valid now, for the audience of the request.</summary>
    /// <exception cref="SigstoreException">
    /// IdentityTokenUnavailable, MalformedIdentityToken, IdentityTokenExpired, IdentityTokenRefused, Oidc…,
    /// ContradictoryPolicy, InvalidValue, FileUnavailable, LimitExceeded, Timeout, Unsupported.
    /// </exception>
    public async Task<IdentityToken> GetAsync(
        IdentityRequest request, IdentityPrompts prompts, CancellationToken cancel)
    {
        Demand(request);
        if (request.Token is { } token)
        {
            return Read(token, "-IdentityToken", request);
        }

        if (request.TokenPath is { } path)
        {
            return Read(await TokenFile.ReadAsync(path, cancel).ConfigureAwait(false), path, request);
        }

        if (request.Script is { } script)
        {
            return Read(await script(cancel).ConfigureAwait(false), "script", request);
        }

        if (Ambient(request) is { } source)
        {
            return await AskAsync(source, request.WantedAudience, cancel).ConfigureAwait(false);
        }

        return await login(request, Flow(request, prompts), prompts, cancel).ConfigureAwait(false);
    }

    /// <summary>As <see cref="GetAsync"/>, with a face that may be shown.</summary>
    public async Task<SigstoreIdentityToken> DescribeAsync(
        IdentityRequest request, IdentityPrompts prompts, CancellationToken cancel) =>
        new(await GetAsync(request, prompts, cancel).ConfigureAwait(false));

    private IdentityToken Read(string text, string source, IdentityRequest request) =>
        IdentityToken.Parse(text, source).Check(clock.GetUtcNow(), request.WantedAudience, nonce: null);

    private static async Task<IdentityToken> AskAsync(
        IIdentityTokenSource source, string audience, CancellationToken cancel)
    {
        AmbientReports.Send(EngineReport.Verbose($"Asking {source.Name} for an identity token."));
        try
        {
            return await source.GetAsync(audience, cancel).ConfigureAwait(false);
        }
        catch (SigstoreException e)
        {
            throw new SigstoreException(
                e.Code,
                $"The identity provider {source.Name} gave no usable token. {e.Message} "
                + "(-OidcProvider asks another one, -SkipAmbientProvider none.)",
                e);
        }
    }

    private static void Demand(IdentityRequest request)
    {
        bool given = request.Token is not null || request.TokenPath is not null || request.Script is not null;
        if (request.Provider is { } provider && (given || request.SkipAmbient))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                $"-OidcProvider {provider} asks for a token of that provider, and "
                + (given ? "-IdentityToken gives another." : "-SkipAmbientProvider asks none."));
        }

        if (request.Provider is not null && IsLogin(request.Flow))
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy,
                $"-OidcFlow {request.Flow} logs in, and -OidcProvider {request.Provider} asks a provider instead.");
        }
    }

    private static bool IsLogin(OidcFlow flow) => flow is not (OidcFlow.Auto or OidcFlow.None);

    /// <summary>
    /// The source to ask. One that is enabled and fails is an error and not a reason to ask the next: the identity
    /// would be another than the one expected.
    /// </summary>
    private IIdentityTokenSource? Ambient(IdentityRequest request)
    {
        if (request.Provider is not { } name)
        {
            return request.SkipAmbient || IsLogin(request.Flow)
                ? null
                : sources.FirstOrDefault(static s => s.IsEnabled);
        }

        return sources.FirstOrDefault(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"There is no identity provider '{name}'; known are {Names}.");
    }

    private OidcFlow Flow(IdentityRequest request, IdentityPrompts prompts)
    {
        if (IsLogin(request.Flow))
        {
            return request.Flow;
        }

        string? ci = LoginSurroundings.CiVariable(environment);
        if (request.Flow == OidcFlow.None || ci is not null || !prompts.Interactive)
        {
            string advice = LoginSurroundings.AdviceFor(environment) is { } known ? known + " " : string.Empty;
            string why = request.Flow == OidcFlow.None ? "-OidcFlow None lets nobody log in"
                : ci is not null ? $"{ci} is set, so that this is a CI job and nobody is asked to log in"
                : "nobody is there to log in";
            string asked = request.SkipAmbient
                ? "-SkipAmbientProvider kept the providers of this environment from being asked"
                : $"none of these providers is enabled: {Names}";
            throw new SigstoreException(
                SigstoreErrorCode.IdentityTokenUnavailable,
                $"There is no identity token: {asked}; and {why}. {advice}Otherwise give -IdentityToken or set "
                + "SIGSTORE_ID_TOKEN; Get-SigstoreIdentityToken -ListProvider tells what each provider looks for.");
        }

        return prompts.ReadCode is not null && LoginSurroundings.HasBrowser(environment)
            ? OidcFlow.Browser
            : OidcFlow.Device;
    }

    // JSON objects begin with {" and so does their base64 with eyJ.
    [GeneratedRegex(@"eyJ[A-Za-z0-9_\-+/=.]*", RegexOptions.CultureInvariant)]
    private static partial Regex Tokens();
}
