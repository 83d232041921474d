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

# What PlatyPS 1.0 leaves for Get-Help to show: Markdown fences, U+0080 for an empty line, links to nowhere.
$file = (Get-ChildItem -LiteralPath $Target -Filter '*-Help.xml' -Recurse).FullName
$maml = [xml]::new()
$maml.PreserveWhitespace = $true
$maml.Load($file)
$names = [System.Xml.XmlNamespaceManager]::new($maml.NameTable)
$names.AddNamespace('command', 'http://schemas.microsoft.com/maml/dev/command/2004/10')
$names.AddNamespace('maml', 'http://schemas.microsoft.com/maml/2004/10')
$names.AddNamespace('dev', 'http://schemas.microsoft.com/maml/dev/2004/10')

foreach ($link in @($maml.SelectNodes('//maml:navigationLink', $names))) {
    $uri = $link.SelectSingleNode('maml:uri', $names)
    if ($uri.InnerText -notmatch '^https:') {
        $uri.InnerText = ''
        if ($link.SelectSingleNode('maml:linkText', $names).InnerText -eq 'Online Version') {
            $null = $link.ParentNode.RemoveChild($link)
        }
    }
}

# A paragraph is one line: Get-Help breaks lines itself.
foreach ($para in @($maml.SelectNodes('//maml:para', $names))) {
    if ($para.InnerText -eq "`u{80}") {
        $para.InnerText = ''
    }
    elseif (-not $para.InnerText.StartsWith('```')) {
        $parts = @($para.InnerText -split '(?:\r?\n){2,}')
        for ($i = 0; $i -lt $parts.Count; $i++) {
            $part = $para.CloneNode($false)
            $part.InnerText = $parts[$i] -replace '\r?\n', ' '
            $null = $para.ParentNode.InsertBefore($part, $para)
        }

        $null = $para.ParentNode.RemoveChild($para)
    }
}

# The first fence of an example is its code; what follows are remarks.
foreach ($example in $maml.SelectNodes('//command:example', $names)) {
    $code = $example.SelectSingleNode('dev:code', $names)
    $remarks = $example.SelectSingleNode('dev:remarks', $names)
    foreach ($para in @($example.SelectNodes('maml:introduction/maml:para', $names))) {
        if ($para.InnerText -match '(?s)^```\w*\r?\n(?<text>.*?)\r?\n?```$') {
            if ($code.InnerText -eq '') {
                $code.InnerText = $Matches.text
                $null = $para.ParentNode.RemoveChild($para)
                continue
            }

            $para.InnerText = $Matches.text
        }

        if ($code.InnerText -ne '') {
            $null = $remarks.AppendChild($para)
        }
    }
}

$maml.Save($file)
