# docs/help/<Verb>-<Noun>.md to one MAML file below -Target.
param(
    [Parameter(Mandatory)] [string] $Source,
    [Parameter(Mandatory)] [string] $Target
)

$ErrorActionPreference = 'Stop'
Import-Module Microsoft.PowerShell.PlatyPS
$pages = Get-ChildItem -LiteralPath $Source -Filter '*-*.md' | Sort-Object -Property Name
$pages.FullName | ForEach-Object { Import-MarkdownCommandHelp -LiteralPath $_ } |
    Export-MamlCommandHelp -OutputFolder $Target -Force | Out-Null
