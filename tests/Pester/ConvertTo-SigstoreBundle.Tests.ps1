BeforeAll {
    . $PSScriptRoot/Common.ps1
    $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
}

Describe 'ConvertTo-SigstoreBundle' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item -ItemType Directory -Path $folder
        Set-Location -LiteralPath $folder
        Copy-Item -LiteralPath (Join-Path $golden 'blobs/hello.txt'), (Join-Path $golden 'keys/c3-ecdsa.pub') -Destination .
        Copy-Item -LiteralPath (Join-Path $golden 'bundles/c3-key-old.sig'), (Join-Path $golden 'bundles/c3-cert-old.json') -Destination .
    }

    It 'makes of signature and key what cosign 3 makes' {
        $bundle = Get-Item -LiteralPath hello.txt |
            ConvertTo-SigstoreBundle -Signature c3-key-old.sig -Key c3-ecdsa.pub -SkipTransparencyLog
        $cosign = Get-SigstoreBundle -Path (Join-Path $golden 'bundles/c3-key-new.json')
        $bundle.KeyHint | Should -BeExactly $cosign.KeyHint
        $bundle.Digest | Should -BeExactly $cosign.Digest
        Get-ChildItem -Filter *.sigstore.json | Should -BeNullOrEmpty
    }

    It 'writes the bundle, and overwrites only with -Force' {
        $old = @{ Path = 'hello.txt'; BundlePath = 'c3-cert-old.json'; SkipTransparencyLog = $true; OutFile = 'hello.txt.sigstore.json' }
        $bundle = ConvertTo-SigstoreBundle @old
        Get-Content -LiteralPath hello.txt.sigstore.json -Raw | Should -BeExactly $bundle.Json
        ConvertTo-SigstoreBundle @old -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'FileExists,SigstorePS.Commands.ConvertToSigstoreBundleCommand'
        ConvertTo-SigstoreBundle @old -Force | Should -BeOfType SigstorePS.SigstoreBundle
    }

    It 'does without a log entry only when told to' {
        (Get-Failure { ConvertTo-SigstoreBundle hello.txt -BundlePath c3-cert-old.json -Offline -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'TransparencyLogRequired,SigstorePS.Commands.ConvertToSigstoreBundleCommand'
    }

    It 'names what is missing' {
        (Get-Failure { ConvertTo-SigstoreBundle -BundlePath c3-cert-old.json -SkipTransparencyLog -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'ContradictoryPolicy,SigstorePS.Commands.ConvertToSigstoreBundleCommand'
    }
}
