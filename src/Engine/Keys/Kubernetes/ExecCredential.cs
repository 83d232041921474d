using System.Globalization;
using System.Text;
using System.Text.Json;
using SigstorePS.Encodings;
using SigstorePS.Http;

namespace SigstorePS.Keys.Kubernetes;

/// <summary>
/// What a login program is told and what it answers: the object ExecCredential of client.authentication.k8s.io/v1 and
/// v1beta1 (Kubernetes reference, "Client Authentication").
/// </summary>
/// <param name="Credential">Token, client certificate, or both.</param>
/// <param name="Expires">When the answer says, or its certificate ends; null: it is good until the server refuses it.</param>
internal sealed record ExecCredential(Credential Credential, DateTimeOffset? Expires)
{
    public const string Group = "client.authentication.k8s.io/";

    /// <summary>The value of KUBERNETES_EXEC_INFO.</summary>
    /// <param name="version">The API version of the kubeconfig.</param>
    /// <param name="server">Told only when the kubeconfig wants it; null: not.</param>
    public static string Request(string version, ApiServer? server)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartObject();
            json.WriteString("kind", "ExecCredential");
            json.WriteString("apiVersion", version);
            json.WriteStartObject("spec");
            if (server is not null)
            {
                json.WriteStartObject("cluster");
                json.WriteString("server", server.Address.OriginalString);
                if (server.ServerName is not null)
                {
                    json.WriteString("tls-server-name", server.ServerName);
                }

                if (server.SkipsCheck)
                {
                    json.WriteBoolean("insecure-skip-tls-verify", true);
                }

                if (server.Authority is not null)
                {
                    json.WriteBase64String("certificate-authority-data", server.Authority);
                }

                json.WriteEndObject();
            }

            json.WriteBoolean("interactive", false);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>Reads an answer.</summary>
    /// <exception cref="FormatException">Not such an object. The message holds nothing of the text.</exception>
    /// <exception cref="SigstoreException">InvalidValue: no usable token or certificate.</exception>
    public static ExecCredential Parse(
        ReadOnlyMemory<byte> output, string version, string program, ClientCertificates certificates)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(output);
            JsonElement root = document.RootElement;
            if (StrictJson.String(root, "kind") != "ExecCredential" || StrictJson.String(root, "apiVersion") != version)
            {
                throw new FormatException($"not an ExecCredential of {version}");
            }

            JsonElement status = StrictJson.OptionalObject(root, "status") ?? throw new FormatException("no status");
            string? token = Text(status, "token");
            string? certificate = Text(status, "clientCertificateData");
            string? key = Text(status, "clientKeyData");
            if (certificate is null != key is null || token is null && certificate is null)
            {
                throw new FormatException("neither a token nor a client certificate with its key");
            }

            Credential credential = token is null
                ? Credential.None : Credential.None.WithToken(token, $"the program '{program}'");
            DateTimeOffset? expires = Text(status, "expirationTimestamp") is { } time ? Time(time) : null;
            if (certificate is null)
            {
                return new ExecCredential(credential, expires);
            }

            credential = credential.WithCertificate(
                Encoding.UTF8.GetBytes(certificate), Encoding.UTF8.GetBytes(key!), $"the program '{program}'", certificates);

            // A server refuses a certificate that has ended while TLS is begun: no 401 says that another is needed.
            DateTimeOffset end = new(credential.Certificate!.NotAfter.ToUniversalTime());
            return new ExecCredential(credential, expires < end ? expires : end);
        }
        catch (JsonException)
        {
            // The parser's message can quote the text, which has the token in it.
            throw new FormatException("not JSON");
        }
    }

    private static string? Text(JsonElement status, string name) =>
        StrictJson.OptionalString(status, name) is { Length: > 0 } text ? text : null;

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time : throw new FormatException("an expirationTimestamp that is no time");
}
