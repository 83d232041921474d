namespace System.Management.Automation;

public interface IContainsErrorRecord
{
    ErrorRecord ErrorRecord { get; }
}

public abstract class FlowControlException : SystemException
{
    private protected FlowControlException(string message)
        : base(message)
    {
    }
}

// A downstream command has seen enough. The commands above it see a PipelineStoppedException out of WriteObject, are
// disposed, and neither stopped nor ended.
internal sealed class StopUpstreamCommandsException() : FlowControlException("A downstream command has all it wants.");

public class RuntimeException : SystemException, IContainsErrorRecord
{
    private readonly ErrorRecord? _errorRecord;

    public RuntimeException()
    {
    }

    public RuntimeException(string? message)
        : base(message)
    {
    }

    public RuntimeException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public RuntimeException(string? message, Exception? innerException, ErrorRecord? errorRecord)
        : base(message, innerException) => _errorRecord = errorRecord;

    internal RuntimeException(string? message, Exception? inner, string errorId, ErrorCategory category, object? target)
        : base(message, inner) => _errorRecord = new ErrorRecord(this, errorId, category, target);

    public virtual ErrorRecord ErrorRecord =>
        _errorRecord ?? field ?? (field = new ErrorRecord(this, "RuntimeException", ErrorCategory.NotSpecified, null));
}

public class PipelineStoppedException : RuntimeException
{
    public PipelineStoppedException()
        : base("The pipeline has been stopped.", null, "PipelineStopped", ErrorCategory.OperationStopped, null)
    {
    }

    public PipelineStoppedException(string message)
        : base(message, null, "PipelineStopped", ErrorCategory.OperationStopped, null)
    {
    }

    public PipelineStoppedException(string message, Exception? innerException)
        : base(message, innerException, "PipelineStopped", ErrorCategory.OperationStopped, null)
    {
    }
}

public class ActionPreferenceStopException : RuntimeException
{
    public ActionPreferenceStopException()
    {
    }

    public ActionPreferenceStopException(string message)
        : base(message)
    {
    }

    public ActionPreferenceStopException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal ActionPreferenceStopException(string message, ErrorRecord errorRecord)
        : base(message, null, errorRecord)
    {
    }

    public override ErrorRecord ErrorRecord => base.ErrorRecord;
}

public class CmdletInvocationException : RuntimeException
{
    public CmdletInvocationException()
    {
    }

    public CmdletInvocationException(string message)
        : base(message)
    {
    }

    public CmdletInvocationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal CmdletInvocationException(ErrorRecord errorRecord)
        : base(errorRecord.ToString(), errorRecord.Exception, errorRecord)
    {
    }

    public override ErrorRecord ErrorRecord => base.ErrorRecord;
}

public class MetadataException : RuntimeException
{
    public MetadataException()
    {
    }

    public MetadataException(string message)
        : base(message)
    {
    }

    public MetadataException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

public class ValidationMetadataException : MetadataException
{
    public ValidationMetadataException()
    {
    }

    public ValidationMetadataException(string message)
        : base(message)
    {
    }

    public ValidationMetadataException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

public class ArgumentTransformationMetadataException : MetadataException
{
    public ArgumentTransformationMetadataException()
    {
    }

    public ArgumentTransformationMetadataException(string message)
        : base(message)
    {
    }

    public ArgumentTransformationMetadataException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

public class ParameterBindingException : RuntimeException
{
    public ParameterBindingException()
    {
    }

    public ParameterBindingException(string message)
        : base(message)
    {
    }

    public ParameterBindingException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal ParameterBindingException(
        string message, string errorId, ErrorCategory category, string? parameterName, Exception? inner = null)
        : base(message, inner, errorId, category, null)
    {
        ErrorId = errorId;
        ParameterName = parameterName;
    }

    public string? ErrorId { get; }

    public string? ParameterName { get; }
}

internal sealed class ParameterBindingValidationException(string message, string errorId, string parameter, Exception? inner)
    : ParameterBindingException(message, errorId, ErrorCategory.InvalidData, parameter, inner);

internal sealed class ParameterBindingArgumentTransformationException(
    string message, string errorId, ErrorCategory category, string parameter, Exception? inner)
    : ParameterBindingException(message, errorId, category, parameter, inner);

public class SessionStateException : RuntimeException
{
    public SessionStateException()
    {
    }

    public SessionStateException(string message)
        : base(message)
    {
    }

    public SessionStateException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal SessionStateException(string message, string item, string errorId, SessionStateCategory category)
        : base(message, null, errorId, ErrorCategory.ObjectNotFound, item)
    {
        ItemName = item;
        SessionStateCategory = category;
    }

    public override ErrorRecord ErrorRecord => base.ErrorRecord;

    public string ItemName { get; } = string.Empty;

    public SessionStateCategory SessionStateCategory { get; }
}

public class ItemNotFoundException : SessionStateException
{
    public ItemNotFoundException()
    {
    }

    public ItemNotFoundException(string message)
        : base(message)
    {
    }

    public ItemNotFoundException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal ItemNotFoundException(string message, string path)
        : base(message, path, "PathNotFound", SessionStateCategory.Drive)
    {
    }
}

public class DriveNotFoundException : SessionStateException
{
    public DriveNotFoundException()
    {
    }

    public DriveNotFoundException(string message)
        : base(message)
    {
    }

    public DriveNotFoundException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal DriveNotFoundException(string message, string drive)
        : base(message, drive, "DriveNotFound", SessionStateCategory.Drive)
    {
    }
}

public class ProviderNotFoundException : SessionStateException
{
    public ProviderNotFoundException()
    {
    }

    public ProviderNotFoundException(string message)
        : base(message)
    {
    }

    public ProviderNotFoundException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal ProviderNotFoundException(string message, string provider)
        : base(message, provider, "ProviderNotFound", SessionStateCategory.CmdletProvider)
    {
    }
}

public class ProviderInvocationException : RuntimeException
{
    public ProviderInvocationException()
    {
    }

    public ProviderInvocationException(string message)
        : base(message)
    {
    }

    public ProviderInvocationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public override ErrorRecord ErrorRecord => base.ErrorRecord;
}

public class PSInvalidOperationException : InvalidOperationException, IContainsErrorRecord
{
    public PSInvalidOperationException()
    {
    }

    public PSInvalidOperationException(string message)
        : base(message)
    {
    }

    public PSInvalidOperationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public ErrorRecord ErrorRecord => field ??= new ErrorRecord(this, "InvalidOperation", ErrorCategory.InvalidOperation, null);
}

public class PSInvalidCastException : InvalidCastException, IContainsErrorRecord
{
    public PSInvalidCastException()
    {
    }

    public PSInvalidCastException(string message)
        : base(message)
    {
    }

    public PSInvalidCastException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public ErrorRecord ErrorRecord => field ??= new ErrorRecord(this, "PSInvalidCastException", ErrorCategory.InvalidArgument, null);
}

public class PSArgumentException : ArgumentException, IContainsErrorRecord
{
    public PSArgumentException()
    {
    }

    public PSArgumentException(string message)
        : base(message)
    {
    }

    public PSArgumentException(string message, string paramName)
        : base(message, paramName)
    {
    }

    public PSArgumentException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public ErrorRecord ErrorRecord => field ??= new ErrorRecord(this, "Argument", ErrorCategory.InvalidArgument, null);
}

public class PSArgumentNullException : ArgumentNullException, IContainsErrorRecord
{
    public PSArgumentNullException()
    {
    }

    public PSArgumentNullException(string paramName)
        : base(paramName)
    {
    }

    public PSArgumentNullException(string paramName, string message)
        : base(paramName, message)
    {
    }

    public ErrorRecord ErrorRecord => field ??= new ErrorRecord(this, "ArgumentNull", ErrorCategory.InvalidArgument, null);
}

public class PSNotSupportedException : NotSupportedException, IContainsErrorRecord
{
    public PSNotSupportedException()
    {
    }

    public PSNotSupportedException(string message)
        : base(message)
    {
    }

    public PSNotSupportedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public ErrorRecord ErrorRecord => field ??= new ErrorRecord(this, "NotSupported", ErrorCategory.NotImplemented, null);
}
