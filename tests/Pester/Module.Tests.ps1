# What holds for the module as a whole, whatever cmdlets it has.
BeforeAll {
    $manifestPath = $env:SIGSTOREPS_MODULE
    $folder = Split-Path -Path $manifestPath
    $manifest = Import-PowerShellDataFile -LiteralPath $manifestPath
    Import-Module -Name $manifestPath -Force
    $module = Get-Module -Name Sigstore
}

Describe 'The module Sigstore' {
    It 'has a manifest that PowerShell accepts' {
        (Test-ModuleManifest -Path $manifestPath).Name | Should -BeExactly 'Sigstore'
    }

    It 'runs where it says it runs' {
        $manifest.PowerShellVersion | Should -BeExactly '7.6'
        $manifest.CompatiblePSEditions | Should -BeExactly @('Core')
    }

    It 'exports exactly the cmdlets its assembly has' {
        $assembly = Import-Module -Name (Join-Path $folder 'bin/SigstorePS.dll') -PassThru
        try {
            $compiled = @($assembly.ExportedCmdlets.Keys | Sort-Object)
            @($manifest.CmdletsToExport | Sort-Object) | Should -BeExactly $compiled
        }
        finally {
            Remove-Module -ModuleInfo $assembly
        }
    }

    It 'exports nothing by wildcard' {
        foreach ($key in 'CmdletsToExport', 'FunctionsToExport', 'AliasesToExport', 'VariablesToExport') {
            $manifest[$key] -match '[*?]' | Should -BeNullOrEmpty -Because "$key must be a literal list"
        }
    }

    It 'loads no assembly but its own two' {
        $own = [System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies |
            Where-Object { $_.Location.StartsWith($folder, [StringComparison]::Ordinal) } |
            ForEach-Object { $_.GetName().Name } | Sort-Object
        $own | Should -BeExactly @('SigstorePS', 'SigstorePS.Engine')
    }

    It 'uses approved verbs only' {
        $approved = (Get-Verb).Verb
        $module.ExportedCmdlets.Values.Verb | Where-Object { $_ -notin $approved } | Should -BeNullOrEmpty
    }
}
