BeforeAll {
    . $PSScriptRoot/Common.ps1
    $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
    $root = Join-Path $golden 'trust/trusted_root.json'
    $bundle = Join-Path $golden 'bundles/c3-keyless-v1-tsa.json'
}

Describe 'Test-RekorEntry' {
    BeforeAll {
        $entry = Get-Item -LiteralPath $bundle | Get-RekorEntry -TrustedRoot $root -Offline
        $file = Join-Path $golden 'blobs/hello.txt'
    }

    It 'passes an entry that is about the file' {
        $result = $entry | Test-RekorEntry -TrustedRoot $root -Offline -Path $file -Signature $entry.Signature
        $result.Verified | Should -BeTrue
        $result.Checks.Name | Should -Contain 'Artifact'
    }

    It 'refuses an entry about another file, with the failed result as the target' {
        $other = Join-Path $TestDrive 'other.txt'
        Set-Content -LiteralPath $other -Value 'other'
        $entry | Test-RekorEntry -TrustedRoot $root -Offline -Path $other -ErrorVariable e -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'LogEntryMismatch,SigstorePS.Commands.TestRekorEntryCommand'
        $e[0].TargetObject.Verified | Should -BeFalse
        $entry | Test-RekorEntry -TrustedRoot $root -Offline -Path $other -Quiet | Should -BeFalse
    }

    It 'wants to know which entry' {
        (Get-Failure { Test-RekorEntry -TrustedRoot $root }).FullyQualifiedErrorId |
            Should -BeExactly 'ContradictoryPolicy,SigstorePS.Commands.TestRekorEntryCommand'
    }
}
