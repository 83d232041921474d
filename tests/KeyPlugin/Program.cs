using System.Text;
using System.Text.Json.Nodes;
using SigstorePS.KeyPlugin;

// sigstore-kms-sample v1 JSON : a key plug-in of protocol v1 (sigstore pkg/signature/kms/cliplugin) whose keys are files.
// sample:///path/to/key.pem?do=WHAT[@METHOD]&log=1 misbehaves at METHOD (signMessage), and writes down what it was asked.
JsonObject answer = [];
string method = string.Empty;
KeyFile? key = null;
try
{
    if (args is not ["v1", _])
    {
        throw new InvalidOperationException("expected: v1 JSON");
    }

    JsonNode asked = JsonNode.Parse(args[1])!;
    method = (string)asked["methodName"]!;
    key = new KeyFile((string)asked["initOptions"]!["keyResourceID"]!);
    if (key.IsLogged)
    {
        string withheld = string.Join(' ', new[] { "COSIGN_PASSWORD", "COSIGN_PKCS11_PIN", "SIGSTORE_ID_TOKEN" }
            .Where(static n => Environment.GetEnvironmentVariable(n) is not null));
        File.AppendAllText(key.Path + ".log", $"{args[1]} [{withheld}]\n");
    }

    using MemoryStream message = new();
    if (method is "signMessage" or "verifySignature")
    {
        Console.OpenStandardInput().CopyTo(message);
    }

    answer[method] = Methods.Answer(key, method, asked, message.ToArray());
}
catch (Exception e) when (e is IOException or InvalidOperationException or NullReferenceException or FormatException)
{
    answer["errorMessage"] = e.Message;
}

return key?.TroubleAt(method) is { } trouble ? Trouble.Make(trouble, answer, key.Path) : Written(answer.ToJsonString(), 0);

static int Written(string text, int code)
{
    using Stream output = Console.OpenStandardOutput();
    output.Write(Encoding.UTF8.GetBytes(text));
    return code;
}
