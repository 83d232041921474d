using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using SigstorePS.Encodings;

namespace SigstorePS.Registry;

/// <summary>
/// Runs <c>docker-credential-NAME</c> (docker-credential-helpers protocol): a verb as argument, the server or a JSON
/// object on standard input, JSON on standard output.
/// </summary>
/// <remarks>
/// The name comes from a configuration file. It is looked for on the search path only, under that one prefix, and
/// started directly: a slash, a space or a semicolon in it would otherwise run something else.
/// </remarks>
internal sealed class CredentialHelper
{
    private const string NotFound = "credentials not found";
    private const string TokenUser = "<token>";

    private readonly string _name;
    private readonly string _path;
    private readonly TimeSpan _timeout;

    private CredentialHelper(string name, string path, TimeSpan timeout)
    {
        _name = name;
        _path = path;
        _timeout = timeout;
    }

    /// <summary>Finds a helper on a search path.</summary>
    /// <exception cref="SigstoreException">CredentialHelperFailed: bad name, or not there.</exception>
    public static CredentialHelper Find(string name, string? searchPath, TimeSpan? timeout = null)
    {
        if (name.Length is 0 or > 100 || !char.IsAsciiLetterOrDigit(name[0])
            || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw Failed(name, "it is not a name of a helper");
        }

        string file = $"docker-credential-{name}" + (OperatingSystem.IsWindows() ? ".exe" : string.Empty);
        // Entries that are relative, the empty one above all, would mean whatever directory we happen to be in.
        string? path = (searchPath ?? string.Empty).Split(Path.PathSeparator)
            .Where(Path.IsPathFullyQualified).Select(d => Path.Combine(d, file)).FirstOrDefault(File.Exists);
        return path is null
            ? throw Failed(name, $"{file} is not on the search path")
            : new CredentialHelper(name, path, timeout ?? Limits.CredentialHelper);
    }

    /// <summary>The credentials of a server; null when the helper has none.</summary>
    public async Task<RegistryCredential?> GetAsync(string server, CancellationToken cancel)
    {
        (int exit, byte[] output) = await RunAsync("get", Encoding.UTF8.GetBytes(server), cancel).ConfigureAwait(false);
        if (exit != 0)
        {
            string said = Encoding.UTF8.GetString(output);
            return said.Contains(NotFound, StringComparison.OrdinalIgnoreCase) ? null : throw Failed(_name, exit, said);
        }

        try
        {
            using JsonDocument document = StrictJson.Parse(output);
            string user = StrictJson.OptionalString(document.RootElement, "Username") ?? string.Empty;
            string secret = StrictJson.OptionalString(document.RootElement, "Secret") ?? string.Empty;
            return secret.Length == 0 ? null
                : user == TokenUser ? new RegistryCredential { IdentityToken = secret }
                : new RegistryCredential { UserName = user, Password = secret };
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // The parser's message can quote the text, which has the secret in it.
            throw Failed(_name, "its output is not the JSON that was expected");
        }
    }

    public async Task StoreAsync(string server, string user, string secret, CancellationToken cancel)
    {
        using MemoryStream input = new();
        using (Utf8JsonWriter json = new(input))
        {
            json.WriteStartObject();
            json.WriteString("ServerURL", server);
            json.WriteString("Username", user);
            json.WriteString("Secret", secret);
            json.WriteEndObject();
        }

        (int exit, byte[] output) = await RunAsync("store", input.ToArray(), cancel).ConfigureAwait(false);
        if (exit != 0)
        {
            throw Failed(_name, exit, Encoding.UTF8.GetString(output));
        }
    }

    /// <summary>Removes the credentials of a server; false when there were none.</summary>
    public async Task<bool> EraseAsync(string server, CancellationToken cancel)
    {
        (int exit, byte[] output) =
            await RunAsync("erase", Encoding.UTF8.GetBytes(server), cancel).ConfigureAwait(false);
        string said = Encoding.UTF8.GetString(output);
        return exit == 0
            || (said.Contains(NotFound, StringComparison.OrdinalIgnoreCase) ? false : throw Failed(_name, exit, said));
    }

    private async Task<(int Exit, byte[] Output)> RunAsync(string verb, byte[] input, CancellationToken cancel)
    {
        ProcessStartInfo start = new(_path, [verb])
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(_timeout);
        Process process;
        try
        {
            process = Process.Start(start) ?? throw new Win32Exception("not started");
        }
        catch (Win32Exception e)
        {
            throw Failed(_name, $"it could not be started: {e.Message}", e);
        }

        using (process)
        {
            try
            {
                return await TalkAsync(process, input, deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw Failed(_name, $"it did not end within {_timeout.TotalSeconds:0} s");
            }
            finally
            {
                Kill(process);
            }
        }
    }

    private async Task<(int Exit, byte[] Output)> TalkAsync(Process process, byte[] input, CancellationToken cancel)
    {
        Task<(byte[] Content, bool Complete)> output = BoundedReader.ReadAsync(
            process.StandardOutput.BaseStream, Limits.CredentialHelperOutput, null, cancel);
        // Read so that the helper cannot block on it, and thrown away.
        Task errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null, cancel);
        try
        {
            Stream stdin = process.StandardInput.BaseStream;
            await stdin.WriteAsync(input, cancel).ConfigureAwait(false);
            await stdin.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // A helper may end without reading; its exit code tells.
        }

        (byte[] content, bool complete) = await output.ConfigureAwait(false);
        if (!complete)
        {
            throw Failed(_name, $"it wrote more than {Limits.CredentialHelperOutput} bytes");
        }

        await errors.ConfigureAwait(false);
        await process.WaitForExitAsync(cancel).ConfigureAwait(false);
        return (process.ExitCode, content);
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself in between, or started what belongs to another user.
        }
    }

    private static SigstoreException Failed(string name, int exit, string said) =>
        Failed(name, $"it ended with {exit}: {RegistryErrors.Clean(said)}");

    private static SigstoreException Failed(string name, string why, Exception? inner = null) => new(
        SigstoreErrorCode.CredentialHelperFailed,
        $"The docker credential helper '{RegistryErrors.Clean(name)}' failed: {why}. Give -Credential, or correct the "
        + "docker configuration.", inner);
}
