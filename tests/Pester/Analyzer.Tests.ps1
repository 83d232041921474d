# PSScriptAnalyzer over every script of the checkout. Only tests may use the exceptions of PSScriptAnalyzerSettings.psd1.
BeforeDiscovery {
    $root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
    $scripts = foreach ($folder in '.', 'build', 'docs', 'Module', 'tests/Pester') {
        Get-ChildItem -Path (Join-Path $root $folder) -File |
            Where-Object Extension -In '.ps1', '.psd1', '.psm1' |
            ForEach-Object { @{ Name = [IO.Path]::GetRelativePath($root, $_.FullName); File = $_.FullName } }
    }
}

Describe 'PSScriptAnalyzer' {
    It 'finds nothing in <Name>' -ForEach $scripts {
        if (-not (Get-Module -Name PSScriptAnalyzer -ListAvailable)) {
            Set-ItResult -Skipped -Because 'PSScriptAnalyzer is not installed'
            return
        }

        $settings = @{}
        if ($File -like '*.Tests.ps1' -or (Split-Path $File -Leaf) -eq 'Common.ps1') {
            $settings.Settings = Join-Path $PSScriptRoot '../../PSScriptAnalyzerSettings.psd1'
        }

        Invoke-ScriptAnalyzer -Path $File @settings | ForEach-Object { "$($_.RuleName), line $($_.Line): $($_.Message)" } |
            Should -BeNullOrEmpty
    }
}
