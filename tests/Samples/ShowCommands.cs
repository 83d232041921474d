using System.Collections;
using System.Management.Automation;
using System.Security;

namespace SigstorePS.Samples;

[Cmdlet(VerbsCommon.Show, "Conversion")]
public sealed class ShowConversionCommand : DescribingCmdlet
{
    [Parameter] public int Number { get; set; }

    [Parameter] public string? Text { get; set; }

    [Parameter] public bool Truth { get; set; }

    [Parameter] public SwitchParameter Flag { get; set; }

    [Parameter] public Uri? Address { get; set; }

    [Parameter] public string[]? Words { get; set; }

    [Parameter] public int[]? Numbers { get; set; }

    [Parameter] public SecureString? Secret { get; set; }

    [Parameter] public IDictionary? Map { get; set; }

    [Parameter] public Hashtable? Table { get; set; }

    [Parameter] public TimeSpan Wait { get; set; }

    [Parameter] public int? Maybe { get; set; }

    [Parameter] public object? Any { get; set; }

    [Parameter] public DayOfWeek Day { get; set; }

    [Parameter] public DayOfWeek[]? Days { get; set; }

    [Parameter] public AttributeTargets Flags { get; set; }

    [Parameter] public Guid Id { get; set; }

    [Parameter] public Version? Release { get; set; }

    [Parameter] public double Ratio { get; set; }

    [Parameter] public DateTimeOffset When { get; set; }

    [Parameter] public PSObject? Wrapped { get; set; }
}

/// <summary>The shape of an image cmdlet: by value, by name with aliases, or a path; both at position 0.</summary>
[Cmdlet(VerbsCommon.Show, "Image", DefaultParameterSetName = "Image")]
[Alias("shi")]
public sealed class ShowImageCommand : DescribingCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Image", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Reference", "ImageName")]
    public string[]? Image { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Path")]
    public string[]? Path { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    public string[]? LiteralPath { get; set; }

    [Parameter(Position = 1)]
    public object[]? Key { get; set; }

    [Parameter(ParameterSetName = "Image")]
    public string? Platform { get; set; }

    [Parameter]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public SwitchParameter Recent { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public int ThrottleLimit { get; set; } = 4;
}

/// <summary>Two sets, no default, nothing that tells them apart but a mandatory parameter each.</summary>
[Cmdlet(VerbsCommon.Show, "Choice")]
public sealed class ShowChoiceCommand : DescribingCmdlet
{
    [Parameter(Mandatory = true, ParameterSetName = "Key")]
    public string? Key { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Identity")]
    public string? Identity { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Identity")]
    public string? Issuer { get; set; }

    [Parameter]
    public string? Extra { get; set; }
}

/// <summary>A typed pipeline parameter, the trap: text that does not convert is "not bound".</summary>
[Cmdlet(VerbsCommon.Show, "Typed")]
public sealed class ShowTypedCommand : DescribingCmdlet
{
    [Parameter(ValueFromPipeline = true)]
    public Version? Release { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public int Count { get; set; } = 7;

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Name { get; set; }

    protected override void ProcessRecord() => WriteObject($"{Describe()} [{Count}]");
}

[Cmdlet(VerbsCommon.Show, "Any")]
public sealed class ShowAnyCommand : DescribingCmdlet
{
    [Parameter(ValueFromPipeline = true)]
    public object? Any { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public object? Named { get; set; }
}

[Cmdlet(VerbsCommon.Show, "Nothing")]
public sealed class ShowNothingCommand : DescribingCmdlet
{
    [Parameter(Position = 0)] public string? First { get; set; }

    [Parameter(Position = 1)] public int Second { get; set; }
}

/// <summary>Two parameters compete for a pipeline object; the one that needs no conversion wins.</summary>
[Cmdlet(VerbsCommon.Show, "Contest", DefaultParameterSetName = "Text")]
public sealed class ShowContestCommand : DescribingCmdlet
{
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Number", Position = 0)]
    public long Number { get; set; }

    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Text", Position = 0)]
    public string? Text { get; set; }

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Pair")]
    public string? Left { get; set; }

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Pair")]
    public string? Right { get; set; }
}

[Cmdlet(VerbsCommon.Show, "Checked")]
public sealed class ShowCheckedCommand : DescribingCmdlet
{
    [Parameter]
    [ValidateSet("Bundle", "Legacy")]
    public string[]? Format { get; set; }

    [Parameter(ValueFromPipeline = true)]
    [ValidateRange(1, 64)]
    public int Limit { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Filled { get; set; }

    [Parameter]
    [ValidateNotNull]
    public object? Present { get; set; }

    [Parameter]
    [ValidateCount(1, 2)]
    public string[]? Few { get; set; }

    [Parameter]
    [ValidatePattern("^[a-z]+$")]
    public string? Lower { get; set; }

    [Parameter]
    [ValidateLength(2, 4)]
    public string? Short { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public Hashtable? Map { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public SwitchParameter Odd { get; set; }
}

[Cmdlet(VerbsCommon.Show, "Needed")]
public sealed class ShowNeededCommand : DescribingCmdlet
{
    [Parameter(Mandatory = true, ParameterSetName = "Words")]
    [ValidateNotNullOrEmpty]
    public string[]? Words { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Plain")]
    public string[]? Plain { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Lenient")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? Lenient { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Map")]
    public Hashtable? Map { get; set; }
}

/// <summary>Turns "5s" into a time; anything else is refused with a reason.</summary>
public sealed class SecondsAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => inputData switch
    {
        string text when text.EndsWith('s') => TimeSpan.FromSeconds(text.Length - 1),
        string => throw new ArgumentTransformationMetadataException("A time ends with s."),
        _ => inputData,
    };
}

[Cmdlet(VerbsCommon.Show, "Transformed")]
public sealed class ShowTransformedCommand : DescribingCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Seconds]
    public TimeSpan Wait { get; set; }
}

/// <summary>Shows what stays in a parameter from one record to the next.</summary>
[Cmdlet(VerbsCommon.Show, "Record")]
public sealed class ShowRecordCommand : PSCmdlet
{
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = "none";

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Tag { get; set; } = "none";

    [Parameter]
    public string Fixed { get; set; } = "none";

    protected override void ProcessRecord()
    {
        WriteObject($"{Name} {Tag} {Fixed}");
        Fixed += "!";
        Name = "assigned";
    }
}
