BeforeAll {
    . $PSScriptRoot/Common.ps1
    $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
    $root = Join-Path $golden 'trust/trusted_root.json'
    $bundle = Join-Path $golden 'bundles/c3-keyless-v1-tsa.json'
}

Describe 'Get-RekorEntry' {
    It 'shows and verifies the entry of a bundle without a network: <_>' -ForEach 'c3-keyless-v1-tsa.json', 'c3-keyless-v2.json' {
        $entry = Get-Item -LiteralPath (Join-Path $golden "bundles/$_") | Get-RekorEntry -TrustedRoot $root -Offline
        $entry.Verified | Should -BeTrue
        $entry.Identity | Should -BeExactly 'alice@example.test'
        ($entry.Body | ConvertFrom-Json).kind | Should -BeExactly 'hashedrekord'
        $entry | Format-Table | Out-String | Should -Match 'hashedrekord'
    }

    It 'takes what is left of a bundle and of an entry after a job' {
        $twin = Get-SigstoreBundle -Path $bundle | ForEach-Object {
            [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_))
        }
        $entry = $twin | Get-RekorEntry -TrustedRoot $root -Offline
        $entry.Verified | Should -BeTrue
        $again = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($entry))
        ($again | Get-RekorEntry -TrustedRoot $root -Offline).Uuid | Should -BeExactly $entry.Uuid
    }

    It 'opens no socket with -Offline' {
        Get-RekorEntry -Uuid ('a' * 64) -TrustedRoot $root -Offline -ErrorVariable e -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'OfflineUnavailable,SigstorePS.Commands.GetRekorEntryCommand'
    }

    It 'refuses what is no name and goes on' {
        'nonsense', (Get-Item -LiteralPath $bundle) | Get-RekorEntry -TrustedRoot $root -Offline -ErrorVariable e -ErrorAction SilentlyContinue |
            Should -HaveCount 1
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'InvalidValue,SigstorePS.Commands.GetRekorEntryCommand'
    }
}
