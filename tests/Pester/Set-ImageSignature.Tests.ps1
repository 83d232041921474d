BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Set-ImageSignature' {
    BeforeEach { Initialize-TestImage }
    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD, env:SOURCE_DATE_EPOCH -ErrorAction Ignore }

    It 'signs what comes down the pipeline, as text or by property name <_>' -ForEach 'Image', 'Reference', 'ImageName', 'ImageReference' {
        'oci:img:1.0', [pscustomobject]@{ $_ = 'oci:img:1.0' } |
            Set-ImageSignature -Key ./cosign.key -SkipTransparencyLog | Should -HaveCount 2
    }

    It 'stores a bundle that verifies, annotations included' {
        $signature = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -Annotation @{ build = 42 }
        $signature | Should -BeOfType SigstorePS.ImageSignature
        $signature.Format | Should -BeExactly 'Bundle'
        $signature.TransparencyLog | Should -BeExactly 'Skipped'
        Test-ImageSignature 'oci:img:1.0' -Key ./cosign.pub -SkipTransparencyLog -Annotation @{ build = '42' } -Quiet |
            Should -BeTrue
    }

    It 'writes both formats and signs with every key in one call' {
        $made = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key, ./other.key -Format Bundle, Legacy -SkipTransparencyLog
        $made | Should -HaveCount 4
        ($made.Format | Sort-Object -Unique) -join ',' | Should -BeExactly 'Bundle,Legacy'
        Test-ImageSignature 'oci:img:1.0' -Key ./cosign.pub, ./other.pub -Threshold 2 -SkipTransparencyLog -Quiet |
            Should -BeTrue
    }

    It 'takes a signing configuration at its word: without a log a key needs none, an identity does' {
        $config = New-SigstoreSigningConfig
        (Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SigningConfig $config).TransparencyLog | Should -BeExactly 'Skipped'
        $fulcio = New-SigstoreSigningConfig -Fulcio @{ url = 'https://fulcio.example'; 'api-version' = 1; 'start-time' = '2020-01-01T00:00:00Z'; operator = 'x' }
        $failure = Get-Failure { Set-ImageSignature 'oci:img:1.0' -SigningConfig $fulcio -IdentityToken 'a.b.c' }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'TransparencyLogRequired,SigstorePS.Commands.SetImageSignatureCommand'
    }

    It 'shows the digest and writes nothing under -WhatIf' {
        $before = Get-LayoutState
        $pwsh = (Get-Process -Id $PID).Path
        $said = & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$module'; Set-Location -LiteralPath '$PWD'
            Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -Format Bundle, Legacy -SkipTransparencyLog -WhatIf"
        "$said" | Should -Match 'Sign.*@sha256:[0-9a-f]{64} \(1\.0\)'
        Get-LayoutState | Should -BeExactly $before
    }

    It 'tells a bad reference and goes on' {
        $made = '-bad', 'oci:img:none', 'oci:img:1.0' |
            Set-ImageSignature -Key ./cosign.key -SkipTransparencyLog -ErrorVariable e -ErrorAction SilentlyContinue
        $made | Should -HaveCount 1
        $e.FullyQualifiedErrorId | Should -BeExactly @(
            'InvalidImageReference,SigstorePS.Commands.SetImageSignatureCommand'
            'ImageNotFound,SigstorePS.Commands.SetImageSignatureCommand')
        $e.TargetObject | Should -BeExactly @('-bad', 'oci:img:none')
    }

    It 'signs nothing twice with -SkipIfSigned' {
        $null = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog
        $before = Get-LayoutState
        (Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -SkipIfSigned).AlreadySigned | Should -BeTrue
        Get-LayoutState | Should -BeExactly $before
    }

    It 'stores nothing with -NoUpload, and writes the bundle to -BundlePath once' {
        $before = Get-LayoutState
        $made = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -NoUpload -BundlePath b.json
        $made.Storage | Should -BeExactly 'None'
        Get-Content -LiteralPath $made.BundlePath -Raw | Should -BeExactly $made.Bundle
        Get-LayoutState | Should -BeExactly $before
        (Get-Failure { Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -NoUpload -BundlePath b.json -ErrorAction Stop }).
            FullyQualifiedErrorId | Should -BeExactly 'FileExists,SigstorePS.Commands.SetImageSignatureCommand'
    }

    It 'records SOURCE_DATE_EPOCH' {
        $env:SOURCE_DATE_EPOCH = '1700000000'
        $made = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog
        $made.Created.ToUnixTimeSeconds() | Should -Be 1700000000
        $env:SOURCE_DATE_EPOCH = 'soon'
        (Get-Failure { Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog }).FullyQualifiedErrorId |
            Should -BeExactly 'InvalidValue,SigstorePS.Commands.SetImageSignatureCommand'
    }

    It 'refuses what contradicts itself before any input: <Name>' -ForEach @(
        @{ Name = 'payload for a bundle'; Parameters = @{ PayloadPath = 'a.txt' } }
        @{ Name = 'bundle file without bundle'; Parameters = @{ Format = 'Legacy'; BundlePath = 'b.json' } }
        @{ Name = 'one child and all'; Parameters = @{ Recurse = $true; Platform = 'linux/amd64' } }
        @{ Name = 'one bundle file for two keys'; Parameters = @{ Key = './cosign.key', './other.key'; BundlePath = 'b.json' } }
        @{ Name = 'one key twice'; Parameters = @{ Key = './cosign.key', './cosign.key' } }
    ) {
        if (-not $Parameters.Key) { $Parameters.Key = './cosign.key' }
        (Get-Failure { Set-ImageSignature 'oci:img:1.0' -SkipTransparencyLog @Parameters }).FullyQualifiedErrorId |
            Should -BeExactly 'ContradictoryPolicy,SigstorePS.Commands.SetImageSignatureCommand'
    }

    It 'signs an index and all of it with -Recurse, one of it with -Platform' {
        'more' | Set-Content -LiteralPath b.txt
        $null = Publish-ImageBlob -Image oci:img:multi -Path 'a.txt:linux/amd64', 'b.txt:linux/arm64'
        $made = Set-ImageSignature oci:img:multi -Key ./cosign.key -SkipTransparencyLog -Recurse
        $made | Should -HaveCount 3
        $made.Platform | Should -BeExactly @($null, 'linux/amd64', 'linux/arm64')
        (Set-ImageSignature oci:img:multi -Key ./cosign.key -SkipTransparencyLog -Platform linux/arm64).Digest |
            Should -BeExactly $made[2].Digest
    }

    It 'counter-signs a signature' {
        $signature = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog
        $null = Set-ImageSignature $signature.SignatureReference -Key ./other.key -SkipTransparencyLog
        Test-ImageSignature $signature.SignatureReference -Key ./other.pub -SkipTransparencyLog -Quiet | Should -BeTrue
    }
}
