using System.Globalization;
using System.Reflection;

namespace System.Management.Automation;

public class ErrorRecord
{
    private readonly string _errorId;

    public ErrorRecord(Exception exception, string? errorId, ErrorCategory errorCategory, object? targetObject)
    {
        ArgumentNullException.ThrowIfNull(exception);
        Exception = exception;
        _errorId = errorId ?? string.Empty;
        TargetObject = targetObject;
        CategoryInfo = new ErrorCategoryInfo(this, errorCategory);
    }

    public ErrorRecord(ErrorRecord errorRecord, Exception? replaceParentContainsErrorRecordException)
        : this(
            replaceParentContainsErrorRecordException ?? errorRecord.Exception,
            errorRecord._errorId,
            errorRecord.CategoryInfo.Category,
            errorRecord.TargetObject)
    {
        ErrorDetails = errorRecord.ErrorDetails;
        InvocationInfo = errorRecord.InvocationInfo;
    }

    public ErrorCategoryInfo CategoryInfo { get; }

    public ErrorDetails? ErrorDetails { get; set; }

    public Exception Exception { get; }

    /// <summary>The id, and after a comma the full name of the class of the cmdlet that reported it.</summary>
    public string FullyQualifiedErrorId =>
        string.Join(',', new[] { _errorId, InvocationInfo?.MyCommand.ImplementingTypeName }.Where(static s => !string.IsNullOrEmpty(s)));

    public InvocationInfo? InvocationInfo { get; private set; }

    public string? ScriptStackTrace => null;

    public object? TargetObject { get; private set; }

    public override string ToString() => ErrorDetails?.Message is { Length: > 0 } text ? text : Exception.Message;

    internal void SetInvocationInfo(InvocationInfo invocation) => InvocationInfo ??= invocation;

    internal void SetTarget(object? target) => TargetObject = target;
}

public class ErrorCategoryInfo
{
    private readonly ErrorRecord _record;

    internal ErrorCategoryInfo(ErrorRecord record, ErrorCategory category)
    {
        _record = record;
        Category = category;
    }

    public string Activity
    {
        get => field ?? _record.InvocationInfo?.MyCommand.Name ?? string.Empty;
        set;
    }

    public ErrorCategory Category { get; }

    public string Reason
    {
        get => field ?? _record.Exception.GetType().Name;
        set;
    }

    public string TargetName
    {
        get => field ?? LanguagePrimitives.ToText(_record.TargetObject);
        set;
    }

    public string TargetType
    {
        get => field ?? PSObject.Unwrap(_record.TargetObject)?.GetType().Name ?? string.Empty;
        set;
    }

    public string GetMessage() => $"{Category}: ({TargetName}:{TargetType}) [{Activity}], {Reason}";

    public string GetMessage(CultureInfo uiCultureInfo) => GetMessage();

    public override string ToString() => GetMessage();
}

public class ErrorDetails(string message)
{
    public string Message { get; } = message;

    public string? RecommendedAction { get; set; }

    public override string ToString() => Message;
}

public class ProgressRecord(int activityId, string activity, string statusDescription)
{
    public string Activity { get; set; } = activity;

    public int ActivityId { get; } = activityId;

    public string? CurrentOperation { get; set; }

    public int ParentActivityId { get; set; } = -1;

    public int PercentComplete
    {
        get;
        set => field = value > 100
            ? throw new ArgumentOutOfRangeException(nameof(value), value, "A percentage is at most 100.")
            : value;
    }
    = -1;

    public ProgressRecordType RecordType { get; set; }

    public int SecondsRemaining { get; set; } = -1;

    public string StatusDescription { get; set; } = statusDescription;

    public override string ToString() => $"{Activity}: {StatusDescription} {PercentComplete}%";
}

public class InformationRecord(object messageData, string source)
{
    public object MessageData { get; } = messageData;

    public string Source { get; set; } = source;

    public List<string> Tags { get; } = [];

    public override string ToString() => LanguagePrimitives.ToText(MessageData);
}

public class HostInformationMessage
{
    public ConsoleColor? BackgroundColor { get; set; }

    public ConsoleColor? ForegroundColor { get; set; }

    public string? Message { get; set; }

    public bool? NoNewLine { get; set; }

    public override string ToString() => Message ?? string.Empty;
}

public class InvocationInfo
{
    internal InvocationInfo(CmdletInfo command, int position, int length, bool expectingInput)
    {
        MyCommand = command;
        PipelinePosition = position;
        PipelineLength = length;
        ExpectingInput = expectingInput;
    }

    public Dictionary<string, object?> BoundParameters { get; } = new(StringComparer.OrdinalIgnoreCase);

    public CommandOrigin CommandOrigin => CommandOrigin.Internal;

    public bool ExpectingInput { get; }

    public string InvocationName => MyCommand.Name;

    public string Line => string.Empty;

    public CommandInfo MyCommand { get; }

    public int PipelineLength { get; }

    public int PipelinePosition { get; }

    public string PositionMessage => string.Empty;

    public string PSCommandPath => string.Empty;

    public string PSScriptRoot => string.Empty;

    public string ScriptName => string.Empty;

    public int ScriptLineNumber => 0;

    public int OffsetInLine => 0;
}

public abstract class CommandInfo
{
    private protected CommandInfo(string name, PSModuleInfo? module)
    {
        Name = name;
        Module = module;
    }

    public CommandTypes CommandType => CommandTypes.Cmdlet;

    public PSModuleInfo? Module { get; }

    public string ModuleName => Module?.Name ?? string.Empty;

    public string Name { get; }

    public virtual string Source => ModuleName;

    internal abstract string ImplementingTypeName { get; }

    public override string ToString() => Name;
}

public class CmdletInfo : CommandInfo
{
    internal CmdletInfo(string name, Type implementingType, PSModuleInfo? module)
        : base(name, module) => ImplementingType = implementingType;

    public Type ImplementingType { get; }

    public string Noun => Name[(Name.IndexOf('-', StringComparison.Ordinal) + 1)..];

    public string Verb => Name[..Name.IndexOf('-', StringComparison.Ordinal)];

    internal override string ImplementingTypeName => ImplementingType.FullName ?? ImplementingType.Name;
}

public sealed class PSModuleInfo
{
    internal PSModuleInfo(string name, string path, Version version, Assembly assembly)
    {
        Name = name;
        Path = path;
        Version = version;
        ImplementingAssembly = assembly;
    }

    public Assembly ImplementingAssembly { get; }

    public string ModuleBase => IO.Path.GetDirectoryName(Path) ?? string.Empty;

    public string Name { get; }

    public string Path { get; }

    public Version Version { get; }

    public override string ToString() => Name;
}

public interface IModuleAssemblyInitializer
{
    void OnImport();
}

public interface IModuleAssemblyCleanup
{
    void OnRemove(PSModuleInfo psModuleInfo);
}
