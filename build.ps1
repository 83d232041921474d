# Hands every word to the build program (build/), as build.sh does. Without arguments: what there is.
$ErrorActionPreference = 'Stop'

if (-not (Get-Command -Name dotnet -CommandType Application -ErrorAction Ignore) -or
    -not ((dotnet --list-sdks) -match '^1[0-9]\.')) {
    throw 'The .NET 10 SDK is missing; install it from https://dotnet.microsoft.com/download/dotnet/10.0 and run this again.'
}

$variables = @{
    SIGSTOREPS_CALLER           = $PWD.ProviderPath
    # No server outlives the command: it would hold the pipes of whoever waits for us.
    MSBUILDDISABLENODEREUSE     = '1'
    UseSharedCompilation        = 'false'
    DOTNET_CLI_USE_MSBUILD_SERVER = '0'
    DOTNET_NOLOGO               = '1'
    DOTNET_CLI_TELEMETRY_OPTOUT = '1'
    # The PowerShell that runs this script is the one to test with, unless another is named.
    PWSH                        = $env:PWSH ? $env:PWSH : (Get-Process -Id $PID).Path
}
$before = @{}
foreach ($name in $variables.Keys) {
    $before[$name] = [Environment]::GetEnvironmentVariable($name)
    [Environment]::SetEnvironmentVariable($name, $variables[$name])
}

Push-Location -LiteralPath $PSScriptRoot
try {
    dotnet run --project build/Build.csproj --configuration Release -- @args
}
finally {
    Pop-Location
    foreach ($name in $before.Keys) {
        [Environment]::SetEnvironmentVariable($name, $before[$name])
    }
}

exit $LASTEXITCODE
