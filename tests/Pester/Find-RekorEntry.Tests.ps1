BeforeAll {
    . $PSScriptRoot/Common.ps1
    $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
    $root = Join-Path $golden 'trust/trusted_root.json'
    $bundle = Join-Path $golden 'bundles/c3-keyless-v1-tsa.json'
}

Describe 'Find-RekorEntry' {
    It 'wants to know what to look for' {
        (Get-Failure { Find-RekorEntry -TrustedRoot $root }).FullyQualifiedErrorId |
            Should -BeExactly 'ContradictoryPolicy,SigstorePS.Commands.FindRekorEntryCommand'
    }

    It 'tells of a log that cannot be reached, and of a file that is not there' {
        Find-RekorEntry -Digest ('a' * 64) -RekorUri 'http://127.0.0.1:9' -TrustedRoot $root -ErrorVariable e -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'RekorUnavailable,SigstorePS.Commands.FindRekorEntryCommand'
        Find-RekorEntry -LiteralPath ./none -RekorUri 'http://127.0.0.1:9' -TrustedRoot $root -ErrorVariable f -ErrorAction SilentlyContinue
        $f[0].FullyQualifiedErrorId | Should -BeExactly 'PathNotFound,SigstorePS.Commands.FindRekorEntryCommand'
    }
}
