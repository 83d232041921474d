using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SigstorePS.Encodings;

namespace SigstorePS.Policies;

/// <summary>What a scalar is to Kubernetes, whose YAML library knows the truth values of YAML 1.1.</summary>
internal static class YamlScalars
{
    private static readonly Regex Number = new(
        @"\A[-+]?(0x[0-9a-fA-F]+|0o?[0-7]+|[0-9][0-9_]*(\.[0-9]*)?([eE][-+]?[0-9]+)?|\.[0-9]+([eE][-+]?[0-9]+)?|\.inf|\.Inf|\.INF)\z"
        + @"|\A(\.nan|\.NaN|\.NAN)\z",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly string[] Yes = ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"];
    private static readonly string[] No = ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"];

    public static bool IsText(YamlNode node) => node.Text is { } text
        && (!node.IsPlain || node.Tag == YamlNode.TextTag
            || (!node.IsNull && Truth(node) is null && !Number.IsMatch(text)));

    public static bool? Truth(YamlNode node) =>
        !node.IsPlain || node.Text is null || node.Tag == YamlNode.TextTag ? null
        : Yes.Contains(node.Text) ? true : No.Contains(node.Text) ? false : null;

    /// <summary>Writes a tree as JSON, the way Kubernetes would.</summary>
    /// <exception cref="SigstoreException">LimitExceeded: an alias shares its node, and nine lines of them make a billion.</exception>
    public static void Write(Utf8JsonWriter writer, YamlNode node)
    {
        int left = Limits.DocumentNodes;
        Write(writer, node, ref left);
    }

    private static void Write(Utf8JsonWriter writer, YamlNode node, ref int left)
    {
        if (--left < 0)
        {
            throw new SigstoreException(
                SigstoreErrorCode.LimitExceeded, $"The resource has over {Limits.DocumentNodes} values.");
        }

        if (node.Members is { } members)
        {
            writer.WriteStartObject();
            foreach ((string name, YamlNode value) in members)
            {
                writer.WritePropertyName(name);
                Write(writer, value, ref left);
            }

            writer.WriteEndObject();
        }
        else if (node.Items is { } items)
        {
            writer.WriteStartArray();
            foreach (YamlNode item in items)
            {
                Write(writer, item, ref left);
            }

            writer.WriteEndArray();
        }
        else if (node.IsNull && node.Tag != YamlNode.TextTag)
        {
            writer.WriteNullValue();
        }
        else if (Truth(node) is { } truth)
        {
            writer.WriteBooleanValue(truth);
        }
        else if (!IsText(node) && long.TryParse(
            node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
        {
            writer.WriteNumberValue(whole);
        }
        else if (!IsText(node) && double.TryParse(
            node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteStringValue(node.Text);
        }
    }
}
