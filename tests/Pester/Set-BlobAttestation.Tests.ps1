BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Set-BlobAttestation' {
    BeforeEach {
        Initialize-TestImage
        '{ "@context": "https://openvex.dev/ns/v0.2.0" }' | Set-Content -LiteralPath vex.json
        'a note' | Set-Content -LiteralPath note.txt -NoNewline
        $common = @{ Key = './cosign.key'; SkipTransparencyLog = $true }
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD, env:SOURCE_DATE_EPOCH -ErrorAction Ignore }

    It 'writes a bundle beside the file that is found again' {
        $made = Get-Item a.txt | Set-BlobAttestation -Predicate vex.json -PredicateType openvex @common
        $made | Should -BeOfType SigstorePS.BlobAttestation
        Split-Path -Leaf $made.BundlePath | Should -BeExactly 'a.txt.att.sigstore.json'
        (Test-BlobSignature a.txt -Bundle $made.BundlePath -Key ./cosign.pub -SkipTransparencyLog -PredicateType https://openvex.dev/ns).
            PredicateType | Should -BeExactly 'https://openvex.dev/ns'
    }

    It 'is tested down the pipeline, by path and by name' {
        $found = Set-BlobAttestation a.txt -Predicate vex.json -PredicateType openvex @common |
            Test-BlobAttestation -PredicateType openvex -Key ./cosign.pub -SkipTransparencyLog
        $found.PredicateType | Should -BeExactly 'https://openvex.dev/ns'
        Test-BlobAttestation a.txt -PredicateType openvex -Key ./cosign.pub -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-BlobAttestation a.txt -PredicateType custom -Key ./cosign.pub -SkipTransparencyLog -Quiet | Should -BeFalse
    }

    It 'does not touch the signature of the file, nor the other way round' {
        $signed = Set-BlobSignature a.txt @common
        $attested = Set-BlobAttestation a.txt -Predicate note.txt @common
        $attested.BundlePath | Should -Not -Be $signed.BundlePath
        Test-BlobSignature a.txt -Key ./cosign.pub -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-BlobAttestation a.txt -PredicateType custom -Key ./cosign.pub -SkipTransparencyLog -Quiet | Should -BeTrue
    }

    It 'overwrites nothing without -Force' {
        $null = Set-BlobAttestation a.txt -Predicate note.txt @common
        (Get-Failure { Set-BlobAttestation a.txt -Predicate vex.json @common -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'FileExists,SigstorePS.Commands.SetBlobAttestationCommand'
        Set-BlobAttestation a.txt -Predicate vex.json @common -Force | Should -HaveCount 1
    }

    It 'leaves folders and bundles alone' {
        $null = New-Item -ItemType Directory -Path d
        'x' | Set-Content -LiteralPath d/x.bin
        $null = New-Item -ItemType Directory -Path d/sub
        Get-ChildItem d | Set-BlobAttestation -Predicate note.txt @common | Should -HaveCount 1
        Get-ChildItem d | Set-BlobAttestation -Predicate note.txt @common -Force | Should -HaveCount 1
    }

    It 'writes what cosign 2 reads' {
        $made = Set-BlobAttestation a.txt -Predicate note.txt -Format Legacy -SignatureOutFile a.sig -StatementOutFile a.statement @common
        Get-Content -LiteralPath a.sig -Raw | Should -BeExactly $made.Envelope
        Get-Content -LiteralPath a.statement -Raw | Should -BeExactly $made.Statement
        Test-BlobAttestation a.txt -PredicateType custom -Key ./cosign.pub -SkipTransparencyLog -Quiet | Should -BeTrue
    }

    It 'attests about a digest' {
        $made = Set-BlobAttestation -Digest ('A' * 64) -Predicate note.txt @common
        $made.Digest | Should -BeExactly "sha256:$('a' * 64)"
        $made.BundlePath | Should -BeNullOrEmpty
        ($made.Statement | ConvertFrom-Json).subject[0].digest.sha256 | Should -BeExactly ('a' * 64)
    }

    It 'shows the type and writes nothing under -WhatIf' {
        $pwsh = (Get-Process -Id $PID).Path
        $said = & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$module'; Set-Location -LiteralPath '$PWD'
            Set-BlobAttestation a.txt -Predicate vex.json -PredicateType openvex -Key ./cosign.key -SkipTransparencyLog -WhatIf"
        "$said" | Should -Match 'Attest https://openvex\.dev/ns.*a\.txt'
        'a.txt.att.sigstore.json' | Should -Not -Exist
    }

    It 'survives a job as text' {
        $made = Set-BlobAttestation a.txt -Predicate note.txt @common
        $twin = [System.Management.Automation.PSSerializer]::Deserialize(
            [System.Management.Automation.PSSerializer]::Serialize($made, 3))
        $twin.Statement | Should -BeExactly $made.Statement
        $twin | Format-Table | Out-String -Width 200 | Should -Match 'a\.txt'
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'nothing to attest'; Id = 'ContradictoryPolicy'; Parameters = @{} }
        @{ Name = 'a provenance that is none'; Id = 'MalformedStatement'; Parameters = @{ Predicate = 'vex.json'; PredicateType = 'slsaprovenance1' } }
        @{ Name = 'an unknown type'; Id = 'InvalidValue'; Parameters = @{ Predicate = 'vex.json'; PredicateType = 'x' } }
    ) {
        (Get-Failure { Set-BlobAttestation a.txt @common @Parameters }).FullyQualifiedErrorId |
            Should -BeExactly "$Id,SigstorePS.Commands.SetBlobAttestationCommand"
    }
}
