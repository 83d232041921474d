BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'New-ImageSignaturePayload and Add-ImageSignature' {
    BeforeEach {
        Initialize-TestImage
        $ec = [System.Security.Cryptography.ECDsa]::Create([System.Security.Cryptography.ECCurve+NamedCurves]::nistP256)
        $good = @{ Key = $ec.ExportSubjectPublicKeyInfoPem(); SkipTransparencyLog = $true }
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'attaches a signature made by somebody else' {
        $payload = New-ImageSignaturePayload 'oci:img:1.0' -Annotation @{ from = 'hsm' } -OutFile p.json
        [IO.File]::ReadAllText($payload.Path) | Should -BeExactly $payload.Payload
        $signature = [Convert]::ToBase64String($ec.SignData(
                [IO.File]::ReadAllBytes($payload.Path), 'SHA256', 'Rfc3279DerSequence'))
        $added = Add-ImageSignature 'oci:img:1.0' -PayloadPath p.json -Signature $signature
        $added | Should -BeOfType SigstorePS.ImageSignature
        (Test-ImageSignature 'oci:img:1.0' @good).Annotations['from'] | Should -BeExactly 'hsm'
    }

    It 'takes signature and payload by property name' {
        $made = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -NoUpload -Format Bundle, Legacy
        $made | Add-ImageSignature | Should -HaveCount 2
        (Get-ImageSignature 'oci:img:1.0').Format | Sort-Object | Should -BeExactly @('Bundle', 'Legacy')
        Test-ImageSignature 'oci:img:1.0' -Key ./cosign.pub -SkipTransparencyLog -Quiet | Should -BeTrue
    }

    It 'refuses a payload about another image' {
        'other' | Set-Content -LiteralPath b.txt
        $null = Publish-ImageBlob -Image 'oci:img:2.0' -Path b.txt
        $payload = New-ImageSignaturePayload 'oci:img:2.0'
        Add-ImageSignature 'oci:img:1.0' -Payload $payload.Payload -Signature 'AAAA' -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'ClaimMismatch,SigstorePS.Commands.AddImageSignatureCommand'
        Get-ImageSignature 'oci:img:1.0' | Should -BeNullOrEmpty
    }

    It 'wants a signature or a bundle' {
        (Get-Failure { Add-ImageSignature 'oci:img:1.0' -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'ContradictoryPolicy,SigstorePS.Commands.AddImageSignatureCommand'
        (Get-Failure { Add-ImageSignature 'oci:img:1.0' -Signature 'no base64!' -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'MalformedSignature,SigstorePS.Commands.AddImageSignatureCommand'
    }

    It 'writes nothing under -WhatIf' {
        $before = Get-LayoutState
        Add-ImageSignature 'oci:img:1.0' -Signature 'AAAA' -WhatIf
        Get-LayoutState | Should -BeExactly $before
    }

    It 'overwrites a payload file only with -Force' {
        $null = New-ImageSignaturePayload 'oci:img:1.0' -OutFile p.json
        (Get-Failure { New-ImageSignaturePayload 'oci:img:1.0' -OutFile p.json -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'FileExists,SigstorePS.Commands.NewImageSignaturePayloadCommand'
        New-ImageSignaturePayload 'oci:img:1.0' -OutFile p.json -Force | Should -BeOfType SigstorePS.ImageSignaturePayload
    }
}
