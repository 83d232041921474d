BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Private deployments under names' {
    BeforeAll {
        Set-Location -LiteralPath $TestDrive
        $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
        Copy-Item -Path "$golden/trust/trusted_root.json", "$golden/blobs/hello.txt" -Destination .
        Copy-Item -Path "$golden/bundles/c3-keyless-v2.json" -Destination ./hello.txt.sigstore.json
        $before = $env:XDG_CONFIG_HOME
        $env:XDG_CONFIG_HOME = Join-Path $TestDrive 'config'
        $config = New-SigstoreSigningConfig -TimestampAuthority @{
            url = 'https://tsa.corp.test'; 'api-version' = 1; 'start-time' = '2024-01-01T00:00:00Z'; operator = 'corp'
        }
        $alice = @{ CertificateIdentity = 'alice@example.test'; CertificateIssuer = 'http://127.0.0.1:15020/email' }
    }

    AfterAll { $env:XDG_CONFIG_HOME = $before }

    It 'are set up once and named ever after' {
        $root = Initialize-SigstoreTrustRoot -Instance corp -TrustedRoot ./trusted_root.json -SigningConfig $config
        $root.Source | Should -BeLike "$env:XDG_CONFIG_HOME*trusted_root.json"
        (Get-SigstoreTrustRoot -Instance corp).Json | Should -BeExactly $root.Json
        (Get-SigstoreSigningConfig -Instance corp).Services.Url | Should -BeExactly 'https://tsa.corp.test'
        Test-BlobSignature ./hello.txt -Instance corp -Offline @alice -Quiet | Should -BeTrue
    }

    It 'are listed and completed' {
        $list = Get-SigstoreTrustRoot -ListInstance
        $list.Name | Should -BeExactly 'corp'
        $list.HasSigningConfig | Should -BeTrue
        $list | Out-String | Should -Match 'HasSigningConfig'
        $list | Format-List | Out-String | Should -Match 'instances'
        $line = 'Test-ImageSignature x -Instance c'
        ([System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)).CompletionMatches.CompletionText |
            Should -Contain 'corp'
    }

    It 'fail with <id> for <name>' -ForEach @(
        @{ id = 'InstanceNotFound'; name = 'none' }
        @{ id = 'InvalidValue'; name = '../corp' }
        @{ id = 'InvalidValue'; name = 'CORP' }
    ) {
        $failure = Get-Failure { Test-BlobSignature ./hello.txt -Instance $name @alice -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly "$id,SigstorePS.Commands.TestBlobSignatureCommand"
        $failure = Get-Failure { Get-SigstoreTrustRoot -Instance $name -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly "$id,SigstorePS.Commands.GetSigstoreTrustRootCommand"
    }

    It 'stand for themselves' {
        $failure = Get-Failure { Test-BlobSignature ./hello.txt -Instance corp -TrustedRoot ./trusted_root.json @alice }
        $failure.FullyQualifiedErrorId | Should -Match '^ContradictoryPolicy,'
        $failure = Get-Failure { Initialize-SigstoreTrustRoot -TrustedRoot ./trusted_root.json }
        $failure.FullyQualifiedErrorId | Should -Match '^ContradictoryPolicy,'
        Initialize-SigstoreTrustRoot -Instance dry -TrustedRoot ./trusted_root.json -WhatIf | Should -BeNullOrEmpty
        (Get-SigstoreTrustRoot -ListInstance).Name | Should -Not -Contain 'dry'
    }
}
