BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Get-SigstoreEnvironment' {
    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'masks secrets unless told' {
        $env:COSIGN_PASSWORD = 'hush-hush'
        (Get-SigstoreEnvironment -Name COSIGN_PASSWORD).Value | Should -Not -BeLike '*hush*'
        Get-SigstoreEnvironment | Format-List -Property * | Out-String | Should -Not -BeLike '*hush*'
        (Get-SigstoreEnvironment -Name COSIGN_PASSWORD -ShowSecret).Value | Should -BeExactly 'hush-hush'
    }

    It 'tells versions, and describes everything' {
        $all = Get-SigstoreEnvironment
        ($all | Where-Object Name -EQ Sigstore).Value | Should -BeExactly (Import-PowerShellDataFile -LiteralPath $module).ModuleVersion
        $all.Description | Should -Not -Contain ''
        ($all | Where-Object Name -Like 'Provider *') | Should -Not -BeNullOrEmpty
    }

    It 'takes wildcards' {
        (Get-SigstoreEnvironment -Name 'cosign_*').Name | Should -Contain 'COSIGN_REPOSITORY'
    }
}
