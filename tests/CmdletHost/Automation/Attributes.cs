using System.Collections;
using System.Management.Automation.Internal;
using System.Text.RegularExpressions;

namespace System.Management.Automation.Internal
{
    [AttributeUsage(AttributeTargets.All)]
    public abstract class CmdletMetadataAttribute : Attribute
    {
        internal CmdletMetadataAttribute()
        {
        }
    }

    [AttributeUsage(AttributeTargets.All)]
    public abstract class ParsingBaseAttribute : CmdletMetadataAttribute
    {
        internal ParsingBaseAttribute()
        {
        }
    }
}

namespace System.Management.Automation
{
    [AttributeUsage(AttributeTargets.Class)]
    public abstract class CmdletCommonMetadataAttribute : CmdletMetadataAttribute
    {
        public ConfirmImpact ConfirmImpact { get; set; } = ConfirmImpact.Medium;

        public string? DefaultParameterSetName { get; set; }

        public string? HelpUri { get; set; }

        public RemotingCapability RemotingCapability { get; set; } = RemotingCapability.PowerShell;

        public bool SupportsPaging { get; set; }

        public bool SupportsShouldProcess { get; set; }

        public bool SupportsTransactions { get; set; }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class CmdletAttribute(string verbName, string nounName) : CmdletCommonMetadataAttribute
    {
        public string NounName { get; } = nounName;

        public string VerbName { get; } = verbName;
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field, AllowMultiple = true)]
    public sealed class ParameterAttribute : ParsingBaseAttribute
    {
        public const string AllParameterSets = "__AllParameterSets";

        public bool DontShow { get; set; }

        public string? HelpMessage { get; set; }

        public string? HelpMessageBaseName { get; set; }

        public string? HelpMessageResourceId { get; set; }

        public bool Mandatory { get; set; }

        public string ParameterSetName
        {
            get;
            set => field = string.IsNullOrEmpty(value) ? AllParameterSets : value;
        }
        = AllParameterSets;

        public int Position { get; set; } = int.MinValue;

        public bool ValueFromPipeline { get; set; }

        public bool ValueFromPipelineByPropertyName { get; set; }

        public bool ValueFromRemainingArguments { get; set; }
    }

    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class AliasAttribute(params string[] aliasNames) : ParsingBaseAttribute
    {
        public IList<string> AliasNames { get; } = aliasNames;
    }

    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public sealed class OutputTypeAttribute : CmdletMetadataAttribute
    {
        public OutputTypeAttribute(params Type[] type) => Type = [.. type.Select(static t => new PSTypeName(t))];

        public OutputTypeAttribute(params string[] type) => Type = [.. type.Select(static t => new PSTypeName(t))];

        public string[] ParameterSetName { get; set; } = [ParameterAttribute.AllParameterSets];

        public string? ProviderCmdlet { get; set; }

        public PSTypeName[] Type { get; }
    }

    public class PSTypeName
    {
        public PSTypeName(Type type)
        {
            Type = type;
            Name = type.FullName ?? type.Name;
        }

        public PSTypeName(string name) => Name = name;

        public string Name { get; }

        public Type? Type { get; }

        public override string ToString() => Name;
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class AllowNullAttribute : CmdletMetadataAttribute;

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class AllowEmptyStringAttribute : CmdletMetadataAttribute;

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class AllowEmptyCollectionAttribute : CmdletMetadataAttribute;

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class SupportsWildcardsAttribute : ParsingBaseAttribute;

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Method
        | AttributeTargets.Constructor | AttributeTargets.Event)]
    public sealed class HiddenAttribute : ParsingBaseAttribute;

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public abstract class ArgumentTransformationAttribute : CmdletMetadataAttribute
    {
        public virtual bool TransformNullOptionalParameters => true;

        public abstract object? Transform(EngineIntrinsics engineIntrinsics, object? inputData);
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class CredentialAttribute : ArgumentTransformationAttribute
    {
        public override bool TransformNullOptionalParameters => true;

        public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
        {
            object? given = PSObject.Unwrap(inputData);
            return given as PSCredential ?? engineIntrinsics.Host.UI.PromptForCredential(
                "PowerShell credential request", "Enter your credentials.", given as string, string.Empty);
        }
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public abstract class ValidateArgumentsAttribute : CmdletMetadataAttribute
    {
        protected abstract void Validate(object? arguments, EngineIntrinsics engineIntrinsics);

        internal void Check(object? arguments, EngineIntrinsics engineIntrinsics) =>
            Validate(PSObject.Unwrap(arguments), engineIntrinsics);

        private protected static ValidationMetadataException Refuse(string message) => new(message);

        private protected static string Text(object? element) => LanguagePrimitives.ToText(element);
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public abstract class ValidateEnumeratedArgumentsAttribute : ValidateArgumentsAttribute
    {
        protected override void Validate(object? arguments, EngineIntrinsics engineIntrinsics)
        {
            if (arguments is null)
            {
                throw Refuse("The argument is null. Provide an argument that is not null.");
            }

            if (arguments is not string && LanguagePrimitives.GetEnumerable(arguments) is { } elements)
            {
                foreach (object? element in elements)
                {
                    ValidateElement(PSObject.Unwrap(element));
                }

                return;
            }

            ValidateElement(arguments);
        }

        protected abstract void ValidateElement(object? element);
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class ValidateSetAttribute(params string[] validValues) : ValidateEnumeratedArgumentsAttribute
    {
        public bool IgnoreCase { get; set; } = true;

        public IList<string> ValidValues { get; } = validValues;

        protected override void ValidateElement(object? element)
        {
            if (element is null)
            {
                throw Refuse("The argument is null. Provide an argument of the set.");
            }

            StringComparison comparison = IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
            if (!ValidValues.Any(valid => string.Equals(valid, Text(element), comparison)))
            {
                throw Refuse(
                    $"The argument \"{Text(element)}\" does not belong to the set \"{string.Join(',', ValidValues)}\".");
            }
        }
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class ValidateRangeAttribute(object minRange, object maxRange) : ValidateEnumeratedArgumentsAttribute
    {
        public object MaxRange { get; } = maxRange;

        public object MinRange { get; } = minRange;

        protected override void ValidateElement(object? element)
        {
            if (!LanguagePrimitives.TryConvertTo(element, MinRange.GetType(), out object? converted)
                || converted is not IComparable comparable)
            {
                throw Refuse("The argument cannot be compared with the limits of its range.");
            }

            if (comparable.CompareTo(MinRange) < 0)
            {
                throw Refuse($"The {Text(element)} argument is less than the minimum allowed range of {MinRange}.");
            }

            if (comparable.CompareTo(MaxRange) > 0)
            {
                throw Refuse($"The {Text(element)} argument is greater than the maximum allowed range of {MaxRange}.");
            }
        }
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public abstract class NullValidationAttributeBase : ValidateArgumentsAttribute;

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class ValidateNotNullAttribute : NullValidationAttributeBase
    {
        protected override void Validate(object? arguments, EngineIntrinsics engineIntrinsics)
        {
            if (arguments is null
                || (arguments is not string && arguments is IEnumerable many && many.Cast<object?>().Any(static e => e is null)))
            {
                throw Refuse("The argument is null. Provide a value that is not null.");
            }
        }
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class ValidateNotNullOrEmptyAttribute : NullValidationAttributeBase
    {
        protected override void Validate(object? arguments, EngineIntrinsics engineIntrinsics)
        {
            bool empty = arguments switch
            {
                null or "" => true,
                string => false,
                IDictionary map => map.Count == 0,
                IEnumerable many => IsEmpty(many),
                _ => false,
            };
            if (empty)
            {
                throw Refuse("The argument is null or empty. Provide an argument that is not null or empty.");
            }
        }

        private static bool IsEmpty(IEnumerable many)
        {
            object?[] elements = [.. many.Cast<object?>().Select(PSObject.Unwrap)];
            return elements.Length == 0 || elements.Any(static e => e is null or "");
        }
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class ValidateCountAttribute(int minLength, int maxLength) : ValidateArgumentsAttribute
    {
        public int MaxLength { get; } = maxLength;

        public int MinLength { get; } = minLength;

        protected override void Validate(object? arguments, EngineIntrinsics engineIntrinsics)
        {
            int count = arguments switch
            {
                null => 0,
                ICollection collection => collection.Count,
                not string and IEnumerable many => many.Cast<object?>().Count(),
                _ => throw Refuse("ValidateCount can only be used on collections."),
            };
            if (count < MinLength || count > MaxLength)
            {
                throw Refuse($"The number of arguments ({count}) is not between {MinLength} and {MaxLength}.");
            }
        }
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class ValidateLengthAttribute(int minLength, int maxLength) : ValidateEnumeratedArgumentsAttribute
    {
        public int MaxLength { get; } = maxLength;

        public int MinLength { get; } = minLength;

        protected override void ValidateElement(object? element)
        {
            if (element is not string text)
            {
                throw Refuse("ValidateLength can only be used on strings.");
            }

            if (text.Length < MinLength || text.Length > MaxLength)
            {
                throw Refuse($"The length of the argument ({text.Length}) is not between {MinLength} and {MaxLength}.");
            }
        }
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class ValidatePatternAttribute(string regexPattern) : ValidateEnumeratedArgumentsAttribute
    {
        public RegexOptions Options { get; set; } = RegexOptions.IgnoreCase;

        public string RegexPattern { get; } = regexPattern;

        protected override void ValidateElement(object? element)
        {
            if (element is null || !Regex.IsMatch(Text(element), RegexPattern, Options, TimeSpan.FromSeconds(1)))
            {
                throw Refuse($"The argument \"{Text(element)}\" does not match the \"{RegexPattern}\" pattern.");
            }
        }
    }

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
    public class ArgumentCompleterAttribute(Type type) : Attribute
    {
        public Type Type { get; } = type;
    }
}
