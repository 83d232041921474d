using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace SigstorePS.CmdletHost;

internal sealed class SessionHost(Session session) : PSHost
{
    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => "CmdletHost";

    public override PSHostUserInterface UI { get; } = new Screen(session);

    public override Version Version { get; } = new(7, 6);

    internal static PSInvalidOperationException NotInteractive(string what) => new(
        $"{what} PowerShell is in NonInteractive mode. Read and Prompt functionality is not available.");

    private sealed class Keyboard(Session session) : PSHostRawUserInterface
    {
        public override bool KeyAvailable => session.Answers.Count > 0
            ? true
            : throw NotInteractive("The keyboard was asked.");
    }

    private sealed class Screen(Session session) : PSHostUserInterface
    {
        public override PSHostRawUserInterface RawUI { get; } = new Keyboard(session);

        public override PSCredential PromptForCredential(string caption, string message, string? userName, string targetName) =>
            new(string.IsNullOrEmpty(userName) ? ReadLine() : userName, ReadLineAsSecureString());

        public override string ReadLine() =>
            session.Answers.TryDequeue(out string? answer) ? answer : throw NotInteractive("A prompt was reached.");

        public override SecureString ReadLineAsSecureString()
        {
            SecureString secret = new();
            foreach (char c in ReadLine())
            {
                secret.AppendChar(c);
            }

            secret.MakeReadOnly();
            return secret;
        }

        public override void Write(string value) => session.HostLines.Add(value);

        public override void WriteLine(string value) => session.HostLines.Add(value);

        public override void WriteErrorLine(string value) => session.HostLines.Add(value);

        public override void WriteWarningLine(string message) => session.HostLines.Add(message);

        public override void WriteVerboseLine(string message) => session.HostLines.Add(message);

        public override void WriteDebugLine(string message) => session.HostLines.Add(message);
    }
}
