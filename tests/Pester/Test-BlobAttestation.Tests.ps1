BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Test-BlobAttestation' {
    BeforeAll {
        $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item -ItemType Directory -Path $folder
        Set-Location -LiteralPath $folder
        Copy-Item -LiteralPath "$golden/blobs/hello.txt", "$golden/blobs/other.txt" -Destination .
        Copy-Item -LiteralPath "$golden/bundles/c3-attest-keyless-v2.json" -Destination hello.txt.sigstore.json
        Copy-Item -LiteralPath "$golden/bundles/c3-attest-keyless-v2.json" -Destination other.txt.sigstore.json
        $id = 'SigstorePS.Commands.TestBlobAttestationCommand'
        $alice = @{
            CertificateIdentity = 'alice@example.test'
            CertificateIssuer   = 'http://127.0.0.1:15020/email'
            TrustedRoot         = "$golden/trust/trusted_root.json"
            PredicateType       = 'slsaprovenance1'
            Offline             = $true
        }
    }

    It 'verifies a file with the bundle beside it, and shows what is stated' {
        $result = Test-BlobAttestation ./hello.txt @alice -Policy { $_.predicate.runDetails.builder.id -match 'example\.test' }
        $result | Should -BeOfType SigstorePS.AttestationVerification
        $result.Path | Should -BeExactly (Get-Item ./hello.txt).FullName
        $result.Predicate.runDetails.builder.id | Should -BeExactly 'https://example.test/builder'
        $result.Checks.Name | Should -Contain 'Policy'
    }

    It 'refuses a file that the statement does not name' {
        Get-ChildItem -File | Test-BlobAttestation @alice -ErrorVariable e -ErrorAction SilentlyContinue |
            Should -HaveCount 1
        $e | Should -HaveCount 1
        $e[0].FullyQualifiedErrorId | Should -BeExactly "ClaimMismatch,$id"
        $e[0].TargetObject | Should -BeOfType SigstorePS.AttestationVerification
        Test-BlobAttestation ./other.txt @alice -Quiet | Should -BeFalse
    }

    It 'always compares the type' {
        (Get-Command Test-BlobAttestation).Parameters['PredicateType'].Attributes.Mandatory | Should -Contain $true
        $other = $alice.Clone()
        $other.PredicateType = 'slsaprovenance'
        (Get-Failure { Test-BlobAttestation ./hello.txt @other -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly "PredicateTypeMismatch,$id"
    }

    It 'does not take a signature of the file' {
        (Get-Failure { Test-BlobAttestation ./hello.txt @alice -Bundle "$golden/bundles/c3-keyless-v2.json" -ErrorAction Stop }).
            FullyQualifiedErrorId | Should -BeExactly "PredicateTypeMismatch,$id"
    }

    It 'takes a digest, and an old bundle of cosign' {
        $hash = (Get-FileHash ./hello.txt).Hash
        (Test-BlobAttestation -Digest "sha256:$hash" -Bundle ./hello.txt.sigstore.json @alice).Verified | Should -BeTrue
        Test-BlobAttestation ./hello.txt -PredicateType custom -Bundle "$golden/bundles/c2-attest-key-old.json" -Quiet `
            -Key "$golden/keys/c2-ecdsa.pub" -SkipTransparencyLog | Should -BeTrue
        $envelope = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String(
                (Get-Content "$golden/bundles/c2-attest-key-old.json" -Raw | ConvertFrom-Json).base64Signature))
        $result = Test-BlobAttestation ./hello.txt -PredicateType custom -Signature $envelope `
            -Key "$golden/keys/c2-ecdsa.pub" -SkipTransparencyLog
        $result.Format | Should -BeExactly 'Legacy'
        $result.Predicate.Data.Trim() | Should -BeExactly '{"hello":"world"}'
    }

    It 'says that there is none' {
        'x' | Set-Content -LiteralPath bare.txt
        (Get-Failure { Test-BlobAttestation ./bare.txt @alice -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly "NoAttestationFound,$id"
    }

    It 'refuses damaged ones' {
        foreach ($bundle in Get-ChildItem "$golden/tampered/c3-attest-keyless-v2.*.json") {
            Test-BlobAttestation ./hello.txt @alice -Bundle $bundle.FullName -Quiet | Should -BeFalse -Because $bundle.Name
        }
    }
}
