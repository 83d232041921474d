BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Get-ImageAttestation and Add-ImageAttestation' {
    BeforeAll {
        $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
        $layouts = "$golden/images/oci-layout"
        $id = 'SigstorePS.Commands.AddImageAttestationCommand'
    }

    BeforeEach {
        # A copy without what is stored with the image: only the image itself.
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item -ItemType Directory -Path $folder
        Set-Location -LiteralPath $folder
        Copy-Item -LiteralPath "$layouts/c3-cert-old" -Destination img -Recurse
    }

    It 'lists envelopes and bundles, unverified' {
        $old = Get-ImageAttestation "oci:$layouts/c2-keyless-old:v1"
        $old | Should -BeOfType SigstorePS.ImageAttestation
        $old.Format | Should -BeExactly 'Legacy'
        $old.PredicateType | Should -BeExactly 'https://slsa.dev/provenance/v1'
        $old.Signer | Should -BeExactly 'alice@example.test'
        ($old.Envelope | ConvertFrom-Json).payloadType | Should -BeExactly 'application/vnd.in-toto+json'
        ($old.Statement | ConvertFrom-Json).subject[0].digest.sha256 | Should -BeExactly ($old.Digest -replace '^sha256:')

        $new = @(Get-ImageAttestation "oci:$layouts/c3-keyless-new:v1")
        $new | Should -HaveCount 2
        $new.Format | Should -BeExactly @('Bundle', 'Bundle')
    }

    It 'lists one type only when told' {
        Get-ImageAttestation "oci:$layouts/c3-keyless-new:v1" -PredicateType spdx | Should -BeNullOrEmpty
        Get-ImageAttestation "oci:$layouts/c3-keyless-new:v1" -PredicateType slsaprovenance1 | Should -HaveCount 2
        (Get-Failure { Get-ImageAttestation "oci:$layouts/c3-keyless-new:v1" -PredicateType nonsense }).
            FullyQualifiedErrorId | Should -BeExactly 'InvalidValue,SigstorePS.Commands.GetImageAttestationCommand'
    }

    It 'gives nothing and no error where there is none' {
        Get-ImageAttestation 'oci:img:v1' -ErrorVariable e -Verbose 4>&1 |
            Where-Object { $_ -isnot [System.Management.Automation.VerboseRecord] } | Should -BeNullOrEmpty
        $e | Should -BeNullOrEmpty
    }

    It 'stores what was listed elsewhere, by property name' {
        $found = Get-ImageAttestation "oci:$layouts/c3-keyless-new:v1"
        $added = $found | Select-Object @{ n = 'Image'; e = { 'oci:img:v1' } }, Bundle, Envelope | Add-ImageAttestation
        $added | Should -HaveCount 2
        $added.Format | Should -BeExactly @('Bundle', 'Bundle')
        Test-ImageAttestation 'oci:img:v1' -PredicateType slsaprovenance1 -CertificateIdentity alice@example.test -Quiet `
            -CertificateIssuer http://127.0.0.1:15020/email -TrustedRoot "$golden/trust/trusted_root.json" | Should -BeTrue
    }

    It 'stores envelopes of a file under the .att tag' {
        (Get-ImageAttestation "oci:$layouts/c2-key-old:v1").Envelope | Set-Content -LiteralPath a.att -NoNewline
        $added = Add-ImageAttestation 'oci:img:v1' -Attestation ./a.att
        $added.Storage | Should -BeExactly 'SignatureTag'
        $added.AttestationReference | Should -Match '\.att$'
        Test-ImageAttestation 'oci:img:v1' -PredicateType custom -Key "$golden/keys/c2-ecdsa.pub" -SkipTransparencyLog -Quiet |
            Should -BeTrue
        Test-ImageAttestation 'oci:img:v1' -PredicateType custom -Key "$golden/keys/c3-ecdsa.pub" -SkipTransparencyLog -Quiet |
            Should -BeFalse
    }

    It 'writes nothing with -WhatIf' {
        $before = Get-LayoutState
        (Get-ImageAttestation "oci:$layouts/c2-key-old:v1").Envelope | Set-Content -LiteralPath a.att -NoNewline
        Add-ImageAttestation 'oci:img:v1' -Attestation ./a.att -WhatIf | Should -BeNullOrEmpty
        Get-LayoutState | Should -BeExactly $before
    }

    It 'refuses what is about another image, or nothing at all' {
        $bundle = Get-Content -LiteralPath "$golden/bundles/c3-attest-keyless-v2.json" -Raw
        Add-ImageAttestation 'oci:img:v1' -Bundle $bundle -ErrorVariable e -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly "ClaimMismatch,$id"
        Add-ImageAttestation 'oci:img:v1' -ErrorVariable e -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly "ContradictoryPolicy,$id"
        Add-ImageAttestation 'oci:img:v1' -BundlePath "$golden/bundles/c3-keyless-v2.json" -ErrorVariable e -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly "MalformedBundle,$id"
        Get-ImageAttestation 'oci:img:v1' | Should -BeNullOrEmpty
    }
}
