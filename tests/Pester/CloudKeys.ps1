# Starts the imitations of Azure and Google that tests/Stack has. Dot-sourced; nothing is started where it was not built.
$program = Join-Path $PSScriptRoot '../../artifacts/bin/Stack/release/Stack.dll'

function Open-TestCloud {
    $file = Join-Path $TestDrive "clouds-$([guid]::NewGuid().ToString('N')).json"
    $start = [Diagnostics.ProcessStartInfo]::new('dotnet', [string[]]@($program, 'clouds', $file))
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $process.BeginOutputReadLine()
    $process.BeginErrorReadLine()
    for ($i = 0; $i -lt 600 -and -not $process.HasExited -and -not (Test-Path -LiteralPath $file); $i++) {
        Start-Sleep -Milliseconds 100
    }

    @{ Process = $process; Description = Get-Content -LiteralPath $file -Raw | ConvertFrom-Json }
}

function Close-TestCloud([hashtable] $Cloud) {
    if ($Cloud) {
        $Cloud.Process.StandardInput.Close()
        $null = $Cloud.Process.WaitForExit(10000)
    }
}
