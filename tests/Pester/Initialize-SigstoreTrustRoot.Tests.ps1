BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Initialize-SigstoreTrustRoot' {
    BeforeAll {
        Set-Location -LiteralPath $TestDrive
        $before = $env:TUF_ROOT
        $env:TUF_ROOT = Join-Path $TestDrive 'cache'
        $null = New-Item -ItemType Directory -Path ./mirror
        '{}' | Set-Content -LiteralPath ./root.json
        $mirror = [uri]::new('file://' + (Convert-Path ./mirror)).AbsoluteUri
    }

    AfterAll { $env:TUF_ROOT = $before }

    It 'does nothing under -WhatIf' {
        Initialize-SigstoreTrustRoot $mirror -RootPath ./root.json -WhatIf | Should -BeNullOrEmpty
        $env:TUF_ROOT | Should -Not -Exist
    }

    It 'fails with <id>' -ForEach @(
        @{ id = 'MalformedMetadata'; with = @{ RootPath = './root.json' } }
        @{ id = 'PathNotFound'; with = @{ RootPath = './none.json' } }
        @{ id = 'TrustRootUnavailable'; with = @{} }
        @{ id = 'ContradictoryPolicy'; with = @{ RootChecksum = 'ab' } }
        @{ id = 'InvalidValue'; with = @{ RootPath = './root.json'; RootChecksum = 'ab' } }
        @{ id = 'DigestMismatch'; with = @{ RootPath = './root.json'; RootChecksum = '0' * 64 } }
    ) {
        $failure = Get-Failure { Initialize-SigstoreTrustRoot $mirror @with }
        $failure.FullyQualifiedErrorId | Should -BeExactly "$id,SigstorePS.Commands.InitializeSigstoreTrustRootCommand"
    }

    It 'refuses an address that is no mirror' {
        $failure = Get-Failure { Initialize-SigstoreTrustRoot http://tuf.example.com -RootPath ./root.json }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'InvalidValue,SigstorePS.Commands.InitializeSigstoreTrustRootCommand'
    }
}
