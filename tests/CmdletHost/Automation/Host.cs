using System.Globalization;
using System.Security;

namespace System.Management.Automation.Host;

public abstract class PSHost
{
    public abstract CultureInfo CurrentCulture { get; }

    public abstract CultureInfo CurrentUICulture { get; }

    public abstract Guid InstanceId { get; }

    public abstract string Name { get; }

    public abstract PSHostUserInterface UI { get; }

    public abstract Version Version { get; }
}

public class HostException : RuntimeException
{
    public HostException()
    {
    }

    public HostException(string message)
        : base(message)
    {
    }

    public HostException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

public abstract class PSHostUserInterface
{
    public virtual bool SupportsVirtualTerminal => false;

    public abstract PSHostRawUserInterface RawUI { get; }

    public abstract PSCredential PromptForCredential(string caption, string message, string? userName, string targetName);

    public abstract string ReadLine();

    public abstract SecureString ReadLineAsSecureString();

    public abstract void Write(string value);

    public virtual void WriteLine() => WriteLine(string.Empty);

    public abstract void WriteLine(string value);

    public abstract void WriteErrorLine(string value);

    public abstract void WriteWarningLine(string message);

    public abstract void WriteVerboseLine(string message);

    public abstract void WriteDebugLine(string message);
}

public abstract class PSHostRawUserInterface
{
    /// <summary>Throws where standard input is not a keyboard.</summary>
    public abstract bool KeyAvailable { get; }
}
