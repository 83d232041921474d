BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Test-SigstoreTimestamp' {
    BeforeAll {
        $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
        Set-Location -LiteralPath $TestDrive
        Copy-Item -Path "$golden/trust/trusted_root*.json", "$golden/trust/tsa-chain.pem" -Destination .
        Copy-Item -Path "$golden/bundles/c2-keyless-old.ts", "$golden/bundles/c2-keyless-old.sig" -Destination .
        $json = Get-Content -LiteralPath ./c2-keyless-old.ts -Raw | ConvertFrom-Json
        [IO.File]::WriteAllBytes(
            (Join-Path $PWD 'a.tsr'), [Convert]::FromBase64String($json.SignedRFC3161Timestamp))
        $good = @{ Signature = './c2-keyless-old.sig'; TrustedRoot = './trusted_root.json' }
    }

    It 'verifies what cosign and an authority wrote' {
        $timestamps = Get-ChildItem a.tsr, c2-keyless-old.ts | Test-SigstoreTimestamp @good
        $timestamps | Should -HaveCount 2
        $timestamps.Verified | Should -Be $true, $true
        $timestamps[0].Time.UtcDateTime | Should -Be ([datetime]::new(2026, 11, 21, 7, 11, 29, [DateTimeKind]::Utc))
        $timestamps | Out-String | Should -Match '2026-11-21 07:11:29Z'
        $timestamps[0] | Format-List | Out-String | Should -Match 'Imprint'
    }

    It 'takes the certificates of an authority instead of a trust root' {
        (Test-SigstoreTimestamp ./a.tsr -Signature ./c2-keyless-old.sig -CertificateChain ./tsa-chain.pem).Policy |
            Should -BeExactly '1.3.6.1.4.1.57264.2'
    }

    It 'gives an error and no object for other bytes or an authority that is not trusted' {
        $out = Test-SigstoreTimestamp ./a.tsr -ArtifactPath ./tsa-chain.pem -TrustedRoot ./trusted_root.json `
            -ErrorVariable e -ErrorAction SilentlyContinue
        $out | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'TimestampInvalid,SigstorePS.Commands.TestSigstoreTimestampCommand'
        $failure = Get-Failure {
            Test-SigstoreTimestamp ./a.tsr -Signature ./c2-keyless-old.sig -TrustedRoot ./trusted_root.tsa-ended.json `
                -ErrorAction Stop
        }
        $failure.FullyQualifiedErrorId | Should -Match '^TimestampUntrusted,'
    }

    It 'gives booleans when quiet' {
        Test-SigstoreTimestamp ./a.tsr @good -Quiet | Should -BeTrue
        Test-SigstoreTimestamp ./a.tsr -ArtifactPath ./tsa-chain.pem -TrustedRoot ./trusted_root.json -Quiet |
            Should -BeFalse
    }

    It 'survives a job boundary' {
        $twin = [Management.Automation.PSSerializer]::Deserialize(
            [Management.Automation.PSSerializer]::Serialize((Test-SigstoreTimestamp ./a.tsr @good)))
        $twin.Verified | Should -BeTrue
        $twin | Out-String | Should -Match '2026-11-21 07:11:29Z'
    }
}
