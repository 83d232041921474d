using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using SigstorePS.Oidc;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Reads the parameters of <see cref="IIdentityParameters"/>. Pipeline thread only.</summary>
internal sealed class IdentityArguments(SigstoreCmdlet cmdlet, PathResolver paths)
{
    // Longer texts are no paths, but some token that was cut or spoilt: they are not looked up, let alone shown.
    private const int LongestPath = 1024;

    /// <summary>What the parameters ask for.</summary>
    /// <param name="parameters">The cmdlet.</param>
    /// <param name="config">Names the issuer to log in at when no parameter does; null when there is none.</param>
    /// <exception cref="SigstoreException">
    /// InvalidValue, PathNotFound, MalformedSigningConfig. No message holds what was given as a token.
    /// </exception>
    public IdentityRequest Request(IIdentityParameters parameters, SigstoreSigningConfig? config = null)
    {
        IdentityRequest request = new()
        {
            Provider = parameters.OidcProvider,
            SkipAmbient = parameters.SkipAmbientProvider,
            Flow = Enum.TryParse(parameters.OidcFlow, ignoreCase: true, out OidcFlow flow) && Enum.IsDefined(flow)
                ? flow
                : throw Invalid($"-OidcFlow is one of {string.Join(", ", Enum.GetNames<OidcFlow>())}."),
            Issuer = parameters.OidcIssuer ?? IssuerOf(config),
            ClientId = parameters.OidcClientId ?? IdentityRequest.DefaultClientId,
            ClientSecret = parameters.OidcClientSecret is { } secret ? Text(secret) : null,
            RedirectUri = parameters.OidcRedirectUri,
            Audience = parameters.OidcAudience,
        };
        return parameters.IdentityToken is { } token ? WithToken(request, KeyArguments.Unwrap(token)) : request;
    }

    /// <summary>How the engine reaches whoever sits in front of this cmdlet.</summary>
    public IdentityPrompts Prompts()
    {
        Audience audience = new(cmdlet);
        return new IdentityPrompts(
            static text => AmbientReports.Send(EngineReport.Information(text)),
            Browser.Open,
            audience.CanType ? cancel => cmdlet.AskAsync(audience.ReadCode, cancel) : null)
        {
            Interactive = audience.IsThere,
        };
    }

    private IdentityRequest WithToken(IdentityRequest request, object token) => token switch
    {
        ScriptBlock script => request with
        {
            Script = cancel => cmdlet.AskAsync(() => Invoke(script), cancel),
        },
        FileInfo file => request with { TokenPath = paths.ExistingFile(file.FullName) },
        string text when !IdentityOperations.LooksLikeToken(text) => request with { TokenPath = Existing(text) },
        _ => request with { Token = TokenText(token) },
    };

    private string Existing(string text)
    {
        // A file that ends in a line break is a token pasted badly, not a name.
        string? path = text.Length is 0 or > LongestPath || text.Contains("eyJ", StringComparison.Ordinal)
            ? null
            : paths.Unresolved(text);
        return path is not null && File.Exists(path)
            ? path
            : throw new SigstoreException(
                SigstoreErrorCode.PathNotFound,
                "What was given as -IdentityToken is neither an identity token (three parts with dots between them) nor "
                + "the path of an existing file. It is not shown here, as it may be a secret.");
    }

    /// <summary>The one token that a script gives.</summary>
    private static string Invoke(ScriptBlock script)
    {
        Collection<PSObject> output;
        try
        {
            output = script.InvokeWithContext(functionsToDefine: (IDictionary?)null, variablesToDefine: null);
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            // The message may quote the token it choked on.
            throw new SigstoreException(
                SigstoreErrorCode.IdentityTokenUnavailable,
                $"The script of -IdentityToken failed: {IdentityOperations.WithoutTokens(e.Message)}");
        }

        return output.Count == 1 && output[0] is { } only
            ? TokenText(KeyArguments.Unwrap(only))
            : throw new SigstoreException(
                SigstoreErrorCode.IdentityTokenUnavailable,
                $"The script of -IdentityToken gave {output.Count} objects, and one token is wanted.");
    }

    private static string TokenText(object token) => token switch
    {
        string text => text,
        SecureString secret => Text(secret),
        SigstoreIdentityToken known => IdentityOperations.TextOf(known),
        PSObject twin when twin.TypeNames.Any(
            static n => n.EndsWith(".SigstoreIdentityToken", StringComparison.Ordinal)) => throw Invalid(
                "An identity that went through a job, a remote session or a file has lost its token, which is a "
                + "credential and goes nowhere by itself. Get the token where it is needed, or use -AsPlainText."),
        _ => throw Invalid(
            $"A {token.GetType().Name} is no identity token; give its text, a secure string, the path of a file, what "
            + "Get-SigstoreIdentityToken returned, or a script block."),
    };

    private static string Text(SecureString secret)
    {
        byte[] bytes = PasswordSource.Bytes(secret);
        try
        {
            return Encoding.UTF8.GetString(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private string? IssuerOf(SigstoreSigningConfig? config) => config is null
        ? null
        : IdentityOperations.IssuerOf(config.Config, cmdlet.Engine.Options.Clock.GetUtcNow());

    private static SigstoreException Invalid(string message) => new(SigstoreErrorCode.InvalidValue, message);
}
