# Keys of a program on the search path (tests/KeyPlugin) in real PowerShell.
BeforeDiscovery {
    $bin = Join-Path $PSScriptRoot '../../artifacts/bin/KeyPlugin/release'
    $missing = -not (Get-ChildItem -Path (Join-Path $bin 'sigstore-kms-sample*') -ErrorAction Ignore)
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $path = $env:PATH
    $bin = (Join-Path $PSScriptRoot '../../artifacts/bin/KeyPlugin/release' | Resolve-Path -ErrorAction Ignore).Path
}

Describe 'Keys of a program' -Skip:$missing {
    BeforeEach {
        $env:PATH = "$bin$([IO.Path]::PathSeparator)$path"
        Initialize-TestImage
        $key = "sample://$PWD/key.pem"
    }

    AfterEach {
        $env:PATH = $path
        Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore
    }

    It 'makes a key, signs an image with it, and verifies by reference and by file' {
        $made = New-SigstoreKeyPair -Key $key -OutputPrefix sample -WarningVariable warned -WarningAction SilentlyContinue
        $made.Reference | Should -BeExactly $key
        Set-ImageSignature 'oci:img:1.0' -Key $key -SkipTransparencyLog -ErrorAction Stop |
            Should -BeOfType SigstorePS.ImageSignature
        Test-ImageSignature 'oci:img:1.0' -Key $key -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-ImageSignature 'oci:img:1.0' -Key ./sample.pub -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-ImageSignature 'oci:img:1.0' -Key ./other.pub -SkipTransparencyLog -Quiet -ErrorAction Ignore | Should -BeFalse
        "$warned" | Should -Match ([regex]::Escape((Join-Path $bin 'sigstore-kms-sample')))
    }

    It 'makes no second key, and none under -WhatIf' {
        New-SigstoreKeyPair -Key $key -WhatIf | Should -BeNullOrEmpty
        $null = New-SigstoreKeyPair -Key $key -WarningAction SilentlyContinue
        $failure = Get-Failure { New-SigstoreKeyPair -Key $key -Force -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'KeyExists,SigstorePS.Commands.NewSigstoreKeyPairCommand'
    }

    It 'keeps what is no signature to itself' {
        $null = New-SigstoreKeyPair -Key $key -WarningAction SilentlyContinue
        $before = Get-LayoutState
        foreach ($case in @{ wrong = 'SignatureMismatch'; garbage = 'KeyPluginFailed'; no = 'KeyPluginFailed' }.GetEnumerator()) {
            $failure = Get-Failure { Set-ImageSignature 'oci:img:1.0' -Key "${key}?do=$($case.Key)" -SkipTransparencyLog -ErrorAction Stop }
            $failure.FullyQualifiedErrorId | Should -BeExactly "$($case.Value),SigstorePS.Commands.SetImageSignatureCommand"
        }

        Get-LayoutState | Should -BeExactly $before
    }

    It 'says which program is missing' {
        $failure = Get-Failure { Get-SigstoreKey -Key 'nobody://x' -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidKeyReference,*'
        $failure.Exception.Message | Should -Match 'sigstore-kms-nobody'
    }
}
