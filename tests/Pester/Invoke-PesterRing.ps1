# Runs the Pester tests of this folder in the process it was started in, against the module folder -Module, and writes
# what they came to as JSON to -Report. The build starts it in a new pwsh -NoProfile -NonInteractive.
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [string] $Report,
    [string] $Filter
)

$ErrorActionPreference = 'Stop'
$PSStyle.OutputRendering = 'PlainText'
Import-Module Pester -MinimumVersion 5.0

# The tests import exactly this module, by path; one that is installed on the machine is not meant.
$env:SIGSTOREPS_MODULE = Join-Path $Module 'Sigstore.psd1'

$configuration = New-PesterConfiguration
$configuration.Run.Path = $PSScriptRoot
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.RenderMode = 'Plaintext'
$configuration.Output.CIFormat = 'None'
if ($Filter) {
    $configuration.Filter.FullName = "*$Filter*"
}

$run = Invoke-Pester -Configuration $configuration

# A file that does not load and a BeforeAll that throws leave no failed test behind, yet nothing was shown.
$failed = @($run.Failed | ForEach-Object { $_.ExpandedPath }) +
    @($run.FailedBlocks | ForEach-Object { "$($_.ExpandedPath) (setup or teardown)" }) +
    @($run.FailedContainers | ForEach-Object { "$($_.Item) (does not load)" })
$skipped = @(@($run.Skipped) + @($run.Inconclusive) | Where-Object { $_ } | ForEach-Object {
        $reason = @($_.ErrorRecord | ForEach-Object { $_.Exception.Message } | Where-Object { $_ }) -join ' '
        @{ test = $_.ExpandedPath; reason = $reason ? $reason : 'marked as skipped' }
    })
@{ passed = $run.PassedCount; failed = $failed; skipped = $skipped } |
    ConvertTo-Json -Depth 4 | Set-Content -LiteralPath $Report -Encoding utf8NoBOM
exit ($failed.Count -gt 0 ? 1 : 0)
