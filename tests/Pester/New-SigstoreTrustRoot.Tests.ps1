BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'New-SigstoreTrustRoot' {
    BeforeAll {
        $golden = Join-Path $PSScriptRoot '../Fixtures/golden/trust'
        Set-Location -LiteralPath $TestDrive
        Copy-Item -Path "$golden/*" -Destination .
        $log = @{ Url = 'https://log.test'; PublicKey = './rekor1.pub'; StartTime = '2020-01-01T00:00:00Z' }
    }

    It 'takes hashtables, objects and the text of cosign' {
        $root = New-SigstoreTrustRoot -Rekor $log,
            'url=https://two.test,public-key=rekor2.pub,start-time=2020-01-01T00:00:00Z,origin=two.test' -Fulcio (
            [pscustomobject]@{ url = 'https://fulcio.test'; 'certificate-chain' = './fulcio-chain.pem' })
        $root.Authorities.Kind | Should -Be 'CertificateAuthority', 'TransparencyLog', 'TransparencyLog'
        $root.Source | Should -BeExactly 'memory'
    }

    It 'takes keys as text and times as dates' {
        $root = New-SigstoreTrustRoot -Rekor @{
            url = 'https://log.test'; 'public-key' = (Get-Content -Raw ./rekor1.pub)
            'start-time' = [datetimeoffset]'2021-02-03T04:05:06Z'
        }
        $root.Authorities[0].Start | Should -Be ([datetimeoffset]'2021-02-03T04:05:06Z')
    }

    It 'is itself again after CliXml' {
        $root = New-SigstoreTrustRoot -BaseOn ./trusted_root.json
        $twin = [System.Management.Automation.PSSerializer]::Deserialize(
            [System.Management.Automation.PSSerializer]::Serialize($root))
        (New-SigstoreTrustRoot -BaseOn $twin).Json | Should -BeExactly $root.Json
    }

    It 'writes nothing under -WhatIf and does not overwrite without -Force' {
        New-SigstoreTrustRoot -Rekor $log -OutFile ./new.json -WhatIf | Should -BeNullOrEmpty
        './new.json' | Should -Not -Exist
        $null = New-SigstoreTrustRoot -Rekor $log -OutFile ./new.json
        $failure = Get-Failure { New-SigstoreTrustRoot -Rekor $log -OutFile ./new.json }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'FileExists,SigstorePS.Commands.NewSigstoreTrustRootCommand'
        (New-SigstoreTrustRoot -Rekor $log -OutFile ./new.json -Force).Source | Should -BeLike '*new.json'
    }

    It 'refuses a name it does not know' {
        $failure = Get-Failure { New-SigstoreTrustRoot -Rekor ($log + @{ Until = '2030-01-01T00:00:00Z' }) }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'InvalidValue,SigstorePS.Commands.NewSigstoreTrustRootCommand'
    }

    It 'shows a table and a list' {
        $root = New-SigstoreTrustRoot -BaseOn ./trusted_root.json
        $root | Out-String | Should -Match 'Authorities'
        $root | Format-List | Out-String | Should -Match 'MediaType'
        $root.Authorities | Out-String | Should -Match 'TransparencyLog'
    }
}
