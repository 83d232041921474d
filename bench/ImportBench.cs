using System.Globalization;

namespace SigstorePS.Bench;

/// <summary>Import-Module in fresh processes.</summary>
internal static class ImportBench
{
    private const int Rounds = 9;

    public static async Task RunAsync(Table table)
    {
        string script = $$"""
            $clock = [Diagnostics.Stopwatch]::StartNew()
            Import-Module '{{PowerShell.Module}}'
            $clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)
            """;
        List<double> times = [];
        for (int round = 0; round < Rounds; round++)
        {
            if (await PowerShell.RunAsync(script, Path.GetTempPath()) is not [string line])
            {
                Console.WriteLine($"  Import-Module: not run ({PowerShell.WhyNot})");
                return;
            }

            times.Add(double.Parse(line, CultureInfo.InvariantCulture));
        }

        table.Add(
            $"Import-Module, median of {Rounds} fresh pwsh",
            $"{Table.Seconds(Median.Of(times))} ({Table.Seconds(times.Min())}-{Table.Seconds(times.Max())})", "",
            target: "<= 150 ms");
    }
}
