BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Set-BlobSignature' {
    BeforeEach {
        Initialize-TestImage
        'b' | Set-Content -LiteralPath b.txt
        $common = @{ Key = './cosign.key'; SkipTransparencyLog = $true }
        $check = @{ Key = './cosign.pub'; SkipTransparencyLog = $true }
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'signs what comes down the pipeline and writes a bundle beside each file' {
        $made = Get-ChildItem -Path ?.txt | Set-BlobSignature @common
        $made | Should -HaveCount 2
        $made[0] | Should -BeOfType SigstorePS.BlobSignature
        $made[0].Signer | Should -BeExactly './cosign.key'
        'a.txt.sigstore.json', 'b.txt.sigstore.json' | Should -Exist
        Get-ChildItem -Path ?.txt | Test-BlobSignature @check | Should -HaveCount 2
    }

    It 'pipes into Test-BlobSignature' {
        (Set-BlobSignature a.txt @common | Test-BlobSignature @check).Verified | Should -BeTrue
    }

    It 'does not sign what it wrote itself' {
        $null = Set-BlobSignature a.txt @common
        (Get-ChildItem -File -Filter a.txt* | Set-BlobSignature @common -Force).Path | Should -HaveCount 1
    }

    It 'takes a name with wildcard characters from a file object' {
        'x' | Set-Content -LiteralPath 'x[1].bin'
        (Get-Item -LiteralPath 'x[1].bin' | Set-BlobSignature @common).BundlePath | Should -BeLike '*x`[1`].bin.sigstore.json'
    }

    It 'writes what cosign 2 writes with -Format Legacy' {
        $made = Set-BlobSignature a.txt -Format Legacy @common
        'a.txt.sig', 'a.txt.cosign.bundle' | Should -Exist
        Get-Content -LiteralPath a.txt.sig -Raw | Should -BeExactly $made.Signature
        (Test-BlobSignature a.txt -Signature a.txt.sig @check).Verified | Should -BeTrue
        (Test-BlobSignature a.txt -Bundle a.txt.cosign.bundle @check).Verified | Should -BeTrue
    }

    It 'does not overwrite, and says so before it signs' {
        $null = Set-BlobSignature a.txt @common
        $before = Get-Content -LiteralPath a.txt.sigstore.json -Raw
        Set-BlobSignature a.txt @common -ErrorVariable e -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'FileExists,SigstorePS.Commands.SetBlobSignatureCommand'
        Get-Content -LiteralPath a.txt.sigstore.json -Raw | Should -BeExactly $before
        Set-BlobSignature a.txt @common -Force | Should -Not -BeNullOrEmpty
    }

    It 'writes nothing under -WhatIf' {
        Set-BlobSignature a.txt @common -WhatIf | Should -BeNullOrEmpty
        'a.txt.sigstore.json' | Should -Not -Exist
    }

    It 'signs a stream and a digest as the file they are of' {
        $digest = (Get-FileHash -LiteralPath a.txt).Hash
        $stream = [System.IO.File]::OpenRead((Join-Path $PWD a.txt))
        try { $null = Set-BlobSignature -Stream $stream -BundlePath s.json @common } finally { $stream.Dispose() }
        $null = Set-BlobSignature -Digest $digest -BundlePath d.json @common
        foreach ($bundle in 's.json', 'd.json') {
            (Test-BlobSignature a.txt -Bundle $bundle @check).Verified | Should -BeTrue
        }
    }

    It 'puts the bundles of several keys into one file' {
        $made = Set-BlobSignature a.txt -Key ./cosign.key, ./other.key -SkipTransparencyLog
        $made | Should -HaveCount 2
        Get-Content -LiteralPath a.txt.sigstore.jsonl | Should -HaveCount 2
        (Test-BlobSignature a.txt -Key ./other.pub -SkipTransparencyLog).Verified | Should -BeTrue
    }

    It 'survives a job' {
        $made = Set-BlobSignature a.txt @common
        $back = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($made))
        $back.Signature | Should -BeExactly $made.Signature
        $back.Digest | Should -BeExactly $made.Digest
    }

    It 'never asks in a CI job' {
        $env:CI = 'true'
        try {
            Set-BlobSignature a.txt -FulcioUri 'http://127.0.0.1:9' -RekorUri 'http://127.0.0.1:9' -SkipSelfVerification -Force `
                -SkipAmbientProvider -ErrorVariable e -ErrorAction SilentlyContinue 2>$null | Should -BeNullOrEmpty
        }
        catch { $e = @($_) }
        finally { Remove-Item -Path env:CI }
        $e[0].FullyQualifiedErrorId | Should -Match '^(IdentityTokenUnavailable|RekorUnavailable),'
    }
}
