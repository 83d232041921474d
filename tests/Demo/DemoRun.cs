using System.Collections;
using System.Reflection;
using SigstorePS.CmdletHost;

namespace SigstorePS.Demo;

/// <summary>Runs a command, prints it as it would be typed and what came out as a list.</summary>
internal sealed class DemoRun(Session session)
{
    /// <summary>Runs a command that must succeed. Returns its last object.</summary>
    public object Run(Command command)
    {
        RunResult result = session.Invoke(command);
        Exception? error = result.Terminating ?? result.Errors.FirstOrDefault()?.Exception;
        return error is null && result.Output.Count > 0
            ? result.Output[^1]!
            : throw new InvalidOperationException($"{command.Name} failed.", error);
    }

    public object Show(string title, Command command)
    {
        Announce(title, command);
        object output = Run(command);
        Print(output);
        return output;
    }

    /// <summary>Runs a command that must emit nothing and one error.</summary>
    public void ShowRefused(string title, Command command)
    {
        Announce(title, command);
        RunResult result = session.Invoke(command);
        if (result.Output.Count > 0 || result.Errors.Count != 1)
        {
            throw new InvalidOperationException($"{command.Name} did not refuse the image.");
        }

        Console.WriteLine($"{result.Errors[0].FullyQualifiedErrorId}\n{result.Errors[0].Exception.Message}");
    }

    private static void Announce(string title, Command command)
    {
        IEnumerable<string> arguments = command.Arguments.Select(static a => a.Value switch
        {
            true => $"-{a.Key}",
            Hashtable table => $"-{a.Key} {Text(table)}",
            _ => $"-{a.Key} {a.Value}",
        });
        Console.WriteLine($"\n# {title}\n> {command.Name} {string.Join(' ', arguments)}");
    }

    private static void Print(object output)
    {
        (string Name, string Value)[] lines =
        [
            .. output.GetType().GetProperties().Select(p => (p.Name, Value: Text(p, output)))
                .Where(static line => line.Value.Length > 0),
        ];
        int width = lines.Max(static l => l.Name.Length);
        foreach ((string name, string value) in lines)
        {
            Console.WriteLine($"  {name.PadRight(width)} : {value}");
        }
    }

    private static string Text(PropertyInfo property, object owner) => property.GetValue(owner) switch
    {
        null => "",
        string text => Short(text),
        IReadOnlyDictionary<string, string> map => string.Join(", ", map.Select(static p => $"{p.Key}={p.Value}")),
        IEnumerable list => string.Join(", ", list.Cast<object>()),
        object value => Short(value.ToString() ?? ""),
    };

    private static string Text(Hashtable table) =>
        "@{ " + string.Join("; ", table.Keys.Cast<object>().Select(key => $"{key} = '{table[key]}'")) + " }";

    private static string Short(string text) => text.Length <= 100 ? text : text[..97] + "...";
}
