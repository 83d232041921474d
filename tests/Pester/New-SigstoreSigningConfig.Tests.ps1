BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'New-SigstoreSigningConfig' {
    BeforeAll {
        $golden = Join-Path $PSScriptRoot '../Fixtures/golden/trust'
        Set-Location -LiteralPath $TestDrive
        Copy-Item -Path "$golden/*.json" -Destination .
        $one = @{ Url = 'https://one.test'; ApiVersion = 1; StartTime = '2020-01-01T00:00:00Z'; Operator = 'one' }
        $two = @{ Url = 'https://two.test'; ApiVersion = 1; StartTime = '2020-01-01T00:00:00Z'; Operator = 'two' }
    }

    It 'chooses Any where there is no choice, and asks for it elsewhere' {
        (New-SigstoreSigningConfig -Rekor $one).RekorSelector | Should -BeExactly 'Any'
        (Get-Failure { New-SigstoreSigningConfig -Rekor $one, $two }).FullyQualifiedErrorId |
            Should -BeExactly 'InvalidValue,SigstorePS.Commands.NewSigstoreSigningConfigCommand'
        (New-SigstoreSigningConfig -Rekor $one, $two -RekorSelector exact:2).RekorSelector | Should -BeExactly 'Exact:2'
    }

    It 'leaves out what is excluded' {
        $config = New-SigstoreSigningConfig -BaseOn ./sc-both.json -Exclude Rekor, Tsa
        $config.Services.Kind | Should -Be 'Fulcio', 'Oidc'
        $config.RekorSelector | Should -BeNullOrEmpty
    }

    It 'needs -BaseOn for -Exclude' {
        (Get-Failure { New-SigstoreSigningConfig -Exclude Rekor }).FullyQualifiedErrorId |
            Should -BeExactly 'ContradictoryPolicy,SigstorePS.Commands.NewSigstoreSigningConfigCommand'
    }

    It 'writes what it returns' {
        $config = New-SigstoreSigningConfig -Fulcio $one -OutFile ./made.json
        Get-Content -Raw ./made.json | Should -BeExactly $config.Json
    }
}
