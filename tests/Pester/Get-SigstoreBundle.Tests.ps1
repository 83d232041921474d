BeforeAll {
    . $PSScriptRoot/Common.ps1
    $golden = Join-Path $PSScriptRoot '../Fixtures/golden/bundles'
}

Describe 'Get-SigstoreBundle' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item -ItemType Directory -Path $folder
        Set-Location -LiteralPath $folder
        Copy-Item -LiteralPath (Join-Path $golden 'c3-keyless-v1-tsa.json') -Destination 'a[1].sigstore.json'
    }

    It 'shows files of Get-ChildItem, whatever their names' {
        $bundle = Get-ChildItem | Get-SigstoreBundle
        $bundle.Version | Should -BeExactly '0.3'
        $bundle.SignerKind | Should -BeExactly 'Certificate'
        $bundle.LogEntries[0].LogIndex | Should -Be 14
        $bundle.TimestampCount | Should -Be 1
    }

    It 'gives text that is the whole bundle, also after CliXml' {
        $bundle = Get-SigstoreBundle -LiteralPath 'a[1].sigstore.json'
        $twin = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($bundle))
        (Get-SigstoreBundle -Json $twin.Json).Signature | Should -BeExactly $bundle.Signature
    }

    It 'shows what cosign 2 wrote' {
        (Get-SigstoreBundle -Path (Join-Path $golden 'c2-keyless-old.json')).Version | Should -BeExactly 'Legacy'
    }

    It 'shows control characters as question marks' {
        $bundle = Get-Content -LiteralPath (Join-Path $golden 'c3-key-new.json') -Raw | ConvertFrom-Json
        $bundle.verificationMaterial.publicKey.hint = "a$([char]27)[31mb"
        $text = Get-SigstoreBundle -Json ($bundle | ConvertTo-Json -Depth 20) | Format-List | Out-String
        $text | Should -Match 'a\?\[31mb'
    }

    It 'tells what is malformed, and goes on' {
        '{}' | Set-Content -LiteralPath b.json
        $found = 'b.json', '*.sigstore.json' | Get-SigstoreBundle -ErrorVariable e -ErrorAction SilentlyContinue
        $found | Should -HaveCount 1
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'MalformedBundle,SigstorePS.Commands.GetSigstoreBundleCommand'
    }
}
