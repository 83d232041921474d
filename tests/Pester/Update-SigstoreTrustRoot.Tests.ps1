BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Update-SigstoreTrustRoot' {
    BeforeAll {
        Set-Location -LiteralPath $TestDrive
        $before = $env:TUF_ROOT
        $env:TUF_ROOT = Join-Path $TestDrive 'cache'
        $null = New-Item -ItemType Directory -Path ./mirror
        $mirror = [uri]::new('file://' + (Convert-Path ./mirror)).AbsoluteUri
    }

    AfterAll { $env:TUF_ROOT = $before }

    It 'asks nobody under -WhatIf' {
        Update-SigstoreTrustRoot -Force -WhatIf | Should -BeNullOrEmpty
        $env:TUF_ROOT | Should -Not -Exist
    }

    It 'needs a root for a mirror of your own' {
        $failure = Get-Failure { Update-SigstoreTrustRoot $mirror -Force }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'TrustRootUnavailable,SigstorePS.Commands.UpdateSigstoreTrustRootCommand'
    }

    It 'takes a time span as text' {
        $failure = Get-Failure { Update-SigstoreTrustRoot $mirror -MaxAge 01:00:00 }
        $failure.FullyQualifiedErrorId | Should -BeLike 'TrustRootUnavailable,*'
    }
}
