BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Get-SigstoreTrustRoot' {
    BeforeAll {
        Set-Location -LiteralPath $TestDrive
        Copy-Item -Path (Join-Path $PSScriptRoot '../Fixtures/golden/trust/trusted_root.json') -Destination .
        $before = $env:TUF_ROOT
        $env:TUF_ROOT = Join-Path $TestDrive 'cache'
    }

    AfterAll { $env:TUF_ROOT = $before }

    It 'reads files from the pipeline and goes on after a bad one' {
        '{}' | Set-Content -LiteralPath ./bad.json
        $roots = './none.json', './bad.json', './trusted_root.json' |
            Get-SigstoreTrustRoot -ErrorVariable e -ErrorAction SilentlyContinue
        $roots | Should -HaveCount 1
        $roots.Authorities.Kind | Should -Contain 'TransparencyLog'
        $roots.Versions | Should -BeNullOrEmpty
        $e.FullyQualifiedErrorId | Should -Be @(
            'PathNotFound,SigstorePS.Commands.GetSigstoreTrustRootCommand'
            'MalformedTrustRoot,SigstorePS.Commands.GetSigstoreTrustRootCommand')
        Get-ChildItem ./trusted_root.json | Get-SigstoreTrustRoot | Should -HaveCount 1
    }

    It 'writes a file, and over one only with -Force' {
        $root = Get-SigstoreTrustRoot ./trusted_root.json -OutFile ./saved.json
        (Get-SigstoreTrustRoot ./saved.json).Json | Should -BeExactly $root.Json
        $null = Get-SigstoreTrustRoot ./trusted_root.json -OutFile ./saved.json -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'FileExists,SigstorePS.Commands.GetSigstoreTrustRootCommand'
        Get-SigstoreTrustRoot ./trusted_root.json -OutFile ./saved.json -Force | Should -HaveCount 1
    }

    It 'says offline what is missing and where' {
        $null = Get-SigstoreTrustRoot -Offline -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'OfflineUnavailable,SigstorePS.Commands.GetSigstoreTrustRootCommand'
        "$($e[0])" | Should -BeLike '*tuf-repo-cdn.sigstore.dev*cache*'
    }

    It 'has a table and a list' {
        $root = Get-SigstoreTrustRoot ./trusted_root.json
        $root | Out-String | Should -Match 'LastRefreshed'
        $root | Format-List | Out-String | Should -Match 'Versions'
    }
}
