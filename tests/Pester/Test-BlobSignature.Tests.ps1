BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Test-BlobSignature' {
    BeforeAll {
        $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item -ItemType Directory -Path $folder
        Set-Location -LiteralPath $folder
        Copy-Item -LiteralPath "$golden/blobs/hello.txt" -Destination .
        Copy-Item -LiteralPath "$golden/bundles/c3-keyless-v1-tsa.json" -Destination hello.txt.sigstore.json
        $alice = @{
            CertificateIdentity = 'alice@example.test'
            CertificateIssuer   = 'http://127.0.0.1:15020/email'
            TrustedRoot         = "$golden/trust/trusted_root.json"
            Offline             = $true
        }
    }

    It 'verifies a file with the bundle beside it' {
        $result = Test-BlobSignature ./hello.txt @alice
        $result | Should -BeOfType SigstorePS.BlobVerification
        $result.Verified | Should -BeTrue
        $result.Signer | Should -BeExactly 'alice@example.test'
        $result.Checks.Outcome | Should -Not -Contain 'Skipped'
        $result.Certificate.Extensions['TokenSubject'] | Should -BeExactly 'alice'
        $result.Timestamps.Type | Should -Contain 'Tlog'
        $result.Timestamps.Type | Should -Contain 'TimestampAuthority'
    }

    It 'takes what Get-ChildItem gives and passes bundles over' {
        $results = @(Get-ChildItem -File | Test-BlobSignature @alice)
        $results.Count | Should -Be 1
        $results[0].Path | Should -BeExactly (Join-Path $PWD 'hello.txt')
    }

    It 'takes the bundle and the trust root as text, and the root as an object' {
        $root = Get-SigstoreTrustRoot -Path $alice.TrustedRoot
        $bundle = Get-SigstoreBundle -LiteralPath hello.txt.sigstore.json
        $signer = @{ CertificateIdentity = $alice.CertificateIdentity; CertificateIssuer = $alice.CertificateIssuer }
        Test-BlobSignature hello.txt -Bundle hello.txt.sigstore.json -TrustedRoot $root @signer -Quiet | Should -BeTrue
        Test-BlobSignature hello.txt -Bundle $bundle.Json -TrustedRoot $root.Json @signer -Quiet | Should -BeTrue
    }

    It 'refuses another file, another identity and a log nobody knows: <Code>' -ForEach @(
        @{ Code = 'LogEntryMismatch'; Parameters = @{ LiteralPath = 'other.txt'; Bundle = 'hello.txt.sigstore.json' } }
        @{ Code = 'IdentityMismatch'; Parameters = @{ LiteralPath = 'hello.txt'; CertificateIdentity = 'bob@example.test' } }
        @{ Code = 'LogUntrusted'; Parameters = @{ LiteralPath = 'hello.txt'; TrustedRoot = 'no-logs' } }
        @{ Code = 'NoSignatureFound'; Parameters = @{ LiteralPath = 'other.txt' } }
    ) {
        'something else' | Set-Content -LiteralPath other.txt
        $said = $alice.Clone()
        $Parameters.Keys | ForEach-Object { $said[$_] = $Parameters[$_] }
        if ($said.TrustedRoot -eq 'no-logs') { $said.TrustedRoot = "$golden/trust/trusted_root.no-logs.json" }
        $failure = Get-Failure { Test-BlobSignature @said -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly "$Code,SigstorePS.Commands.TestBlobSignatureCommand"
        Test-BlobSignature @said -Quiet | Should -BeFalse
        Remove-Item -LiteralPath other.txt
    }

    It 'names what is missing offline' {
        $env:TUF_ROOT = Join-Path $TestDrive 'no-cache'
        try {
            $said = $alice.Clone()
            $said.Remove('TrustedRoot')
            (Get-Failure { Test-BlobSignature hello.txt @said }).FullyQualifiedErrorId |
                Should -BeExactly 'OfflineUnavailable,SigstorePS.Commands.TestBlobSignatureCommand'
        }
        finally { Remove-Item -Path env:TUF_ROOT }
    }

    It 'gives results that survive a job and show in a table' {
        $job = Start-Job -ScriptBlock {
            Import-Module -Name $args[0]
            Set-Location -LiteralPath $args[1]
            $alice = $args[2]
            Test-BlobSignature hello.txt @alice
        } -ArgumentList $module, $PWD.Path, $alice
        $result = Receive-Job -Job $job -Wait -AutoRemoveJob
        $result.PSTypeNames[0] | Should -BeExactly 'Deserialized.SigstorePS.BlobVerification'
        $result | Format-Table | Out-String | Should -Match 'alice@example.test'
        $result | Format-List | Out-String | Should -Match 'LogIndex'
    }

    It 'completes issuers' {
        (TabExpansion2 'Test-BlobSignature a -CertificateIssuer github').CompletionMatches.CompletionText |
            Should -Contain 'https://token.actions.githubusercontent.com'
    }
}
