BeforeAll {
    . $PSScriptRoot/Common.ps1
    $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
    $root = Join-Path $golden 'trust/trusted_root.json'
    $bundle = Join-Path $golden 'bundles/c3-keyless-v1-tsa.json'
}

Describe 'Test-RekorLog' {
    It 'gives no verdict on a log that cannot be reached, and remembers nothing' {
        $state = Join-Path $TestDrive 'heads.json'
        Test-RekorLog -RekorUri 'http://127.0.0.1:9' -TrustedRoot $root -StatePath $state -Quiet -ErrorVariable e -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'RekorUnavailable,SigstorePS.Commands.TestRekorLogCommand'
        Test-Path -LiteralPath $state | Should -BeFalse
    }
}
