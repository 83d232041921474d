BeforeAll {
    . $PSScriptRoot/Common.ps1
    $golden = Join-Path $PSScriptRoot '../Fixtures/golden/bundles'
}

Describe 'Update-SigstoreBundle' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item -ItemType Directory -Path $folder
        Set-Location -LiteralPath $folder
        Copy-Item -LiteralPath (Join-Path $golden 'js-keyless-v02.json') -Destination a.sigstore.json
    }

    It 'writes nothing unless told to' {
        $before = Get-Content -LiteralPath a.sigstore.json -Raw
        (Update-SigstoreBundle -Path a.sigstore.json -Offline).Version | Should -BeExactly '0.3'
        $null = Get-ChildItem | Update-SigstoreBundle -InPlace -WhatIf
        Get-Content -LiteralPath a.sigstore.json -Raw | Should -BeExactly $before
    }

    It 'renews in place' {
        $bundle = Get-ChildItem | Update-SigstoreBundle -InPlace -Offline
        Get-Content -LiteralPath a.sigstore.json -Raw | Should -BeExactly $bundle.Json
        (Get-SigstoreBundle -Path a.sigstore.json).Version | Should -BeExactly '0.3'
        Get-ChildItem -Force | Should -HaveCount 1
    }

    It 'overwrites another file only with -Force' {
        'x' | Set-Content -LiteralPath new.json
        Update-SigstoreBundle -Path a.sigstore.json -OutFile new.json -Offline -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'FileExists,SigstorePS.Commands.UpdateSigstoreBundleCommand'
        (Update-SigstoreBundle -Path a.sigstore.json -OutFile new.json -Offline -Force).Path | Should -Match 'new\.json$'
    }

    It 'refuses what is no sigstore bundle' {
        Update-SigstoreBundle -Path (Join-Path $golden 'c2-keyless-old.json') -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'Unsupported,SigstorePS.Commands.UpdateSigstoreBundleCommand'
    }
}
