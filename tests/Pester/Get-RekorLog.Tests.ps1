BeforeAll {
    . $PSScriptRoot/Common.ps1
    $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
    $root = Join-Path $golden 'trust/trusted_root.json'
    $bundle = Join-Path $golden 'bundles/c3-keyless-v1-tsa.json'
}

Describe 'Get-RekorLog' {
    It 'tells of a log that cannot be reached' {
        Get-RekorLog -RekorUri 'http://127.0.0.1:9' -TrustedRoot $root -ErrorVariable e -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'RekorUnavailable,SigstorePS.Commands.GetRekorLogCommand'
    }

    It 'refuses what is no address: <_>' -ForEach 'rekor', 'http://rekor.example.com', 'ftp://127.0.0.1' {
        (Get-Failure { Get-RekorLog -RekorUri $_ -TrustedRoot $root }).FullyQualifiedErrorId |
            Should -BeExactly 'InvalidValue,SigstorePS.Commands.GetRekorLogCommand'
    }

    It 'shows a real Rekor v<Version>' -ForEach @{ Version = 1 }, @{ Version = 2 } {
        $stack = Get-TestStack
        $log = Get-RekorLog -RekorUri $stack."rekor$Version" -TrustedRoot (Join-Path $stack.folder 'trusted_root.json')
        $log.LogVersion | Should -Be $Version
        $log.Active | Should -BeTrue
    }
}
