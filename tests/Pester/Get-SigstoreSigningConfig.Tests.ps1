BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Get-SigstoreSigningConfig' {
    BeforeAll {
        $golden = Join-Path $PSScriptRoot '../Fixtures/golden/trust'
        Set-Location -LiteralPath $TestDrive
        Copy-Item -Path "$golden/sc-*.json" -Destination .
    }

    It 'reads files by pattern and from the pipeline' {
        $count = @(Get-ChildItem sc-*.json).Count
        $count | Should -BeGreaterThan 2
        Get-SigstoreSigningConfig ./sc-*.json | Should -HaveCount $count
        Get-ChildItem sc-*.json | Get-SigstoreSigningConfig | Should -HaveCount $count
    }

    It 'tells the services' {
        $config = Get-SigstoreSigningConfig ./sc-both.json
        $config.Services.Kind | Should -Be 'Fulcio', 'Oidc', 'Rekor', 'Rekor', 'Tsa'
        $config.RekorSelector | Should -BeExactly 'All'
        $config | Out-String | Should -Match 'RekorSelector'
        $config.Services | Format-List | Out-String | Should -Match 'MajorApiVersion'
    }

    It 'goes on after a file that is none' {
        '{}' | Set-Content -LiteralPath ./bad.json
        $configs = './none.json', './bad.json', './sc-both.json' |
            Get-SigstoreSigningConfig -ErrorVariable e -ErrorAction SilentlyContinue
        $configs | Should -HaveCount 1
        $e.FullyQualifiedErrorId | Should -Be @(
            'PathNotFound,SigstorePS.Commands.GetSigstoreSigningConfigCommand'
            'MalformedSigningConfig,SigstorePS.Commands.GetSigstoreSigningConfigCommand')
    }
}
