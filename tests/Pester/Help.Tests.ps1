# What Get-Help tells must be complete, and the code in it must be code that binds.
BeforeDiscovery {
    Import-Module -Name $env:SIGSTOREPS_MODULE -Force
    $commands = @(Get-Command -Module Sigstore -CommandType Cmdlet).Name
    $pages = Get-ChildItem -LiteralPath (Join-Path $PSScriptRoot '../../docs/help') -Filter '*.md'
    $topics = @($pages.BaseName -like 'about_*')
}

BeforeAll {
    Import-Module -Name $env:SIGSTOREPS_MODULE -Force
    $help = Join-Path $PSScriptRoot '../../docs/help'

    # The PowerShell in a page: powershell fences, and what a CI step runs.
    function Get-PageCode([string] $Page) {
        $text = (Get-Content -LiteralPath $Page -Raw).ReplaceLineEndings("`n")
        foreach ($fence in [regex]::Matches($text, '(?ms)^```powershell\n(.*?)^```')) {
            $fence.Groups[1].Value
        }
        foreach ($fence in [regex]::Matches($text, '(?ms)^```yaml\n(.*?)^```')) {
            foreach ($step in [regex]::Matches($fence.Groups[1].Value, '(?m)(?:run|pwsh): \|\n((?:    .*\n?)+)')) {
                # The CI system fills these in before PowerShell sees the text.
                $step.Groups[1].Value -replace '\$\{\{.*?\}\}', 'value' -replace '\$\(\w+(\.\w+)?\)', 'value'
            }
        }
    }

    # What does not parse, is no command, or is no parameter of it.
    function Get-CodeFault([string] $Code) {
        $errors = $null
        $ast = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref] $null, [ref] $errors)
        foreach ($fault in $errors) {
            "$($fault.Message): $($fault.Extent.Text)"
        }

        $calls = $ast.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)
        foreach ($call in $calls) {
            $name = $call.GetCommandName()
            if ($name -notmatch '^\w+-\w+$' -or $name -in 'Get-Secret', 'Get-AzContainerRegistryTag') {
                continue
            }

            $command = Get-Command -Name $name -ErrorAction Ignore
            if (-not $command) {
                "There is no command $name."
                continue
            }

            foreach ($parameter in $call.CommandElements.Where{ $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                try {
                    $null = $command.ResolveParameter($parameter.ParameterName)
                }
                catch {
                    "$name has no parameter -$($parameter.ParameterName)."
                }
            }
        }
    }
}

Describe 'Help of <_>' -ForEach $commands {
    BeforeAll {
        $name = $_
        $page = Get-Help -Name $name -Full
        $own = (Get-Command -Name $name).Parameters.Values |
            Where-Object { $_.Name -notin [System.Management.Automation.PSCmdlet]::CommonParameters }
    }

    It 'has a synopsis and a description' {
        $page.Synopsis.Trim() | Should -Match '^[A-Z].{20,}\.$'
        ($page.description.Text -join ' ').Length | Should -BeGreaterThan 150
    }

    It 'has four examples or more, each with a title' {
        $examples = @($page.examples.example)
        $examples.Count | Should -BeGreaterOrEqual 4
        $examples.title | ForEach-Object { $_ | Should -Match 'Example \d+: \w' }
    }

    It 'has an example for CI and one of a failure' {
        $text = Get-Content -LiteralPath (Join-Path $help "$name.md") -Raw
        $text | Should -Match '(?m)(shell: pwsh|^- pwsh: \|)'
        $text | Should -Match '(?m)^    .*-ErrorAction Stop'
        $text | Should -Match 'FullyQualifiedErrorId'
    }

    It 'describes every parameter there is' {
        $missing = foreach ($parameter in $own) {
            $described = @($page.parameters.parameter | Where-Object name -EQ $parameter.Name)
            if (($described.description.Text -join ' ').Trim().Length -lt 10) {
                $parameter.Name
            }
        }
        $missing | Should -BeNullOrEmpty
    }

    It 'describes no parameter that is gone' {
        @($page.parameters.parameter.name) | Where-Object { $_ -notin $own.Name } | Should -BeNullOrEmpty
    }

    It 'tells what goes in and comes out' {
        @($page.inputTypes.inputType).Count | Should -BeGreaterOrEqual 1
        @($page.returnValues.returnValue).Count | Should -BeGreaterOrEqual 1
    }

    It 'has no hole left by the skeleton' {
        Get-Content -LiteralPath (Join-Path $help "$name.md") -Raw | Should -Not -Match '\{\{ (Fill|Add|Insert)'
    }

    It 'has examples that parse and bind' {
        $code = @(Get-PageCode (Join-Path $help "$name.md"))
        $code.Count | Should -BeGreaterOrEqual 4
        $code | ForEach-Object { Get-CodeFault $_ } | Should -BeNullOrEmpty
    }
}

Describe 'Test-ImageSignature for gates' {
    It 'says: one image per if, lists with -ErrorAction Stop' {
        $text = (Get-Help Test-ImageSignature -Full | Out-String -Width 4000) -replace '\s+', ' '
        $text | Should -Match 'One image per if'
        $text | Should -Match '-ErrorAction Stop'
    }
}

Describe 'Topic <_>' -ForEach $topics {
    It 'is found by Get-Help' {
        $file = Join-Path (Split-Path $env:SIGSTOREPS_MODULE) "en-US/$_.help.txt"
        $file | Should -Exist
        Get-Content -LiteralPath $file -Raw | Should -Match 'SHORT DESCRIPTION'

        # Get-Help looks for topics in modules of PSModulePath only.
        $before = $env:PSModulePath
        try {
            $env:PSModulePath = (Split-Path (Split-Path $env:SIGSTOREPS_MODULE)) + [IO.Path]::PathSeparator + $before
            Get-Help -Name $_ | Out-String | Should -Match $_
        }
        finally {
            $env:PSModulePath = $before
        }
    }

    It 'has code that parses and binds' {
        Get-PageCode (Join-Path $help "$_.md") | ForEach-Object { Get-CodeFault $_ } | Should -BeNullOrEmpty
    }

    It 'has lines that fit' {
        $file = Join-Path (Split-Path $env:SIGSTOREPS_MODULE) "en-US/$_.help.txt"
        Get-Content -LiteralPath $file | Where-Object { $_.Length -gt 130 } | Should -BeNullOrEmpty
    }
}
