BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Test-SigstorePolicy' {
    BeforeAll {
        Initialize-TestImage
        $null = Set-ImageSignature -Image 'oci:img:1.0' -Key cosign.key -SkipTransparencyLog -Format Legacy
        $policy = New-SigstorePolicy -PolicyName signed -Image '**' -Key cosign.pub
        $deny = New-SigstorePolicy -PolicyName deny -Image '**' -Static Fail -Message 'not today'
    }

    It 'passes an image that its key signed, with no socket' {
        $result = Test-SigstorePolicy 'oci:img:1.0' -Policy $policy -Offline
        $result.Status | Should -BeExactly 'Passed'
        $result.Digest | Should -Match '^sha256:'
        $result.Policies.Authorities.Signer | Should -Not -BeNullOrEmpty
        $result | Out-String | Should -Match 'Passed'
        $result.Policies | Format-List | Out-String | Should -Match 'authority-0'
        $result.Policies.Authorities | Format-Table | Out-String | Should -Match 'key'
    }

    It 'refuses with the failed result as the target' {
        $result = Test-SigstorePolicy 'oci:img:1.0' -Policy $policy, $deny -Offline -ErrorVariable e -ErrorAction SilentlyContinue
        $result | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'PolicyViolation,SigstorePS.Commands.TestSigstorePolicyCommand'
        $e[0].TargetObject.Policies | Should -HaveCount 2
        $e[0].Exception.Message | Should -Match 'not today'
    }

    It 'answers with a boolean' {
        Test-SigstorePolicy 'oci:img:1.0' -Policy $policy -Offline -Quiet | Should -BeTrue
        Test-SigstorePolicy 'oci:img:1.0' -Policy $deny -Offline -Quiet | Should -BeFalse
    }

    It 'takes policies from files and after CliXml' {
        $policy.Yaml | Set-Content -LiteralPath policy.yaml
        Test-SigstorePolicy 'oci:img:1.0' -Policy ./policy.yaml -Offline -Quiet | Should -BeTrue
        $policy | Export-Clixml -LiteralPath policy.xml
        Test-SigstorePolicy 'oci:img:1.0' -Policy (Import-Clixml -LiteralPath policy.xml) -Offline -Quiet | Should -BeTrue
    }

    It 'keeps the verdicts of authorities in jobs and CliXml' {
        Test-SigstorePolicy 'oci:img:1.0' -Policy $policy -Offline | Export-Clixml -LiteralPath result.xml
        $result = Import-Clixml -LiteralPath result.xml
        $result.Passed | Should -BeTrue
        $result.Policies[0].Authorities[0].Status | Should -BeExactly 'Passed'
        $result.Policies[0].Authorities[0].Signer | Should -Not -BeNullOrEmpty
        $result.Policies[0].Authorities[0].Checks[0].Name | Should -Not -BeNullOrEmpty
    }

    It 'binds images and their resources by name' {
        $only = (New-SigstorePolicy -PolicyName pods -Image '**' -Static Pass).Yaml + "  match:`n  - {version: v1, resource: pods}`n"
        $rows = [pscustomobject]@{ Image = 'oci:img:1.0'; Kind = 'Pod'; ApiVersion = 'v1'; Name = 'a'; Labels = @{ } },
        [pscustomobject]@{ Image = 'oci:img:1.0'; Kind = 'Job'; ApiVersion = 'batch/v1'; Name = 'b'; Labels = @{ } }
        $results = $rows | Test-SigstorePolicy -Policy $only -IncludeFailure -Offline
        $results.Status | Should -Be 'Passed', 'NoPolicyMatched'
        $results.Name | Should -Be 'a', 'b'
        Test-SigstorePolicy 'oci:img:1.0' -Policy $only -NoMatch Allow -Offline -Quiet | Should -BeTrue
    }
}
