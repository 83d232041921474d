using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using SigstorePS.Http;

namespace SigstorePS.Keys.CodeHosts;

/// <summary>
/// The variables of one project or group (docs.gitlab.com/api/project_level_variables and group_level_variables).
/// </summary>
/// <param name="host">GitLab's API.</param>
/// <param name="path"><c>projects/…/variables</c> or <c>groups/…/variables</c>.</param>
internal sealed class GitLabVariables(CodeHost host, string path)
{
    /// <summary>Reads a variable; null: there is none.</summary>
    /// <exception cref="SigstoreException">KeyAmbiguous: one for each environment; else as above.</exception>
    public async Task<GitLabVariable?> FindAsync(string key, CancellationToken cancel)
    {
        HttpReply reply = await host.SendAsync(HttpMethod.Get, $"{path}/{key}", null, cancel).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            return null;
        }

        if (reply.Status == HttpStatusCode.Conflict)
        {
            throw new SigstoreException(
                SigstoreErrorCode.KeyAmbiguous,
                $"There are several variables {key}, for environments of their own; keep one, for all of them.");
        }

        try
        {
            using JsonDocument json = host.Answer(reply);
            return GitLabVariable.Parse(json.RootElement);
        }
        catch (FormatException)
        {
            throw host.Violation("is no variable");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(reply.Body);
        }
    }

    /// <summary>Makes a variable that does not exist.</summary>
    /// <exception cref="SigstoreException">KeyExists; else as above.</exception>
    public async Task CreateAsync(string key, string value, bool secret, CancellationToken cancel)
    {
        JsonObject body = new()
        {
            ["key"] = key, ["value"] = value, ["variable_type"] = "env_var", ["raw"] = true,

            // For jobs of protected branches and tags: else whoever may push a branch signs.
            ["protected"] = secret,
            ["masked"] = secret && GitLabVariable.CanBeMasked(value),
        };
        HttpReply reply = await SendMaskedAsync(HttpMethod.Post, path, key, body, cancel).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.BadRequest && CodeHostReply.IsTaken(reply.Body))
        {
            throw KeyServiceReplies.Failure(
                (int)HttpStatusCode.Conflict, host.Service, $"{key} has been made just now");
        }

        Require(reply);
    }

    /// <summary>Gives a variable another value; who gets it stays as it is.</summary>
    /// <exception cref="SigstoreException">As above.</exception>
    public async Task UpdateAsync(string key, string value, bool masked, bool raw, CancellationToken cancel)
    {
        JsonObject body = new() { ["value"] = value, ["masked"] = masked, ["raw"] = raw };
        Require(await SendMaskedAsync(HttpMethod.Put, $"{path}/{key}", key, body, cancel).ConfigureAwait(false));
    }

    /// <exception cref="SigstoreException">As above.</exception>
    public async Task DeleteAsync(string key, CancellationToken cancel)
    {
        HttpReply reply = await host.SendAsync(HttpMethod.Delete, $"{path}/{key}", null, cancel).ConfigureAwait(false);
        if (!reply.IsSuccess && reply.Status != HttpStatusCode.NotFound)
        {
            throw host.Failure(reply);
        }
    }

    /// <summary>
    /// Older GitLabs mask fewer characters. Better a password that jobs can print than none; whoever is asked hears of
    /// it.
    /// </summary>
    private async Task<HttpReply> SendMaskedAsync(
        HttpMethod method, string where, string key, JsonObject body, CancellationToken cancel)
    {
        HttpReply reply = await host.SendAsync(method, where, body, cancel).ConfigureAwait(false);
        bool masked = (bool)body["masked"]!;
        if (masked && reply.Status == HttpStatusCode.BadRequest && !CodeHostReply.IsTaken(reply.Body))
        {
            CryptographicOperations.ZeroMemory(reply.Body);
            body["masked"] = false;
            masked = false;
            reply = await host.SendAsync(method, where, body, cancel).ConfigureAwait(false);
        }

        if (!masked && reply.IsSuccess && key == SecretNames.Password && ((string)body["value"]!).Length > 0)
        {
            AmbientReports.Send(EngineReport.Warning(
                $"{key} is stored unmasked, as {host.Service} masks no such value: a job that prints it shows it. Use "
                + "a password of eight characters or more, without blanks."));
        }

        return reply;
    }

    private void Require(HttpReply reply)
    {
        try
        {
            if (!reply.IsSuccess)
            {
                throw host.WriteFailure(reply);
            }
        }
        finally
        {
            // The value is in it once more.
            CryptographicOperations.ZeroMemory(reply.Body);
        }
    }
}
