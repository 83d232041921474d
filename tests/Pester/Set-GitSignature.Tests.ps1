BeforeAll {
    . $PSScriptRoot/Common.ps1

    # A repository with two commits, which is the current location, beside the key pairs.
    function Initialize-TestRepository {
        Initialize-TestImage
        git init -q .
        git config user.name Test
        git config user.email test@example.test
        git commit -q --allow-empty -m one
        git commit -q --allow-empty -m two
    }
}

Describe 'Set-GitSignature' -Skip:(-not (Get-Command -Name git -ErrorAction Ignore)) {
    BeforeEach {
        Initialize-TestRepository
        $signing = @{ Key = './cosign.key'; SkipTransparencyLog = $true }
        $trust = @{ Key = './cosign.pub'; SkipTransparencyLog = $true }
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'writes a bundle named after the commit' {
        $made = Set-GitSignature @signing
        $made | Should -BeOfType SigstorePS.GitSignature
        $made.Commit | Should -BeExactly (git rev-parse HEAD)
        Split-Path -Leaf $made.Reference | Should -BeExactly "$($made.Commit).sigstore.json"
        Test-GitSignature @trust -Quiet | Should -BeTrue
        Test-GitSignature HEAD~1 @trust -Quiet | Should -BeFalse
    }

    It 'writes notes for commits down the pipeline' {
        git rev-list HEAD | Set-GitSignature -Storage Note @signing | Should -HaveCount 2
        git rev-list HEAD | Test-GitSignature -Storage Note @trust | Should -HaveCount 2
        (Get-Failure { Set-GitSignature -Storage Note @signing -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'FileExists,SigstorePS.Commands.SetGitSignatureCommand'
        Set-GitSignature -Storage Note @signing -Force | Should -HaveCount 1
    }

    It 'writes what users of cosign put into notes' {
        $made = Set-GitSignature -Storage Note -Format Legacy @signing
        git notes show HEAD | Should -BeExactly $made.Signature
        (Test-GitSignature @trust).Reference | Should -BeExactly 'refs/notes/commits'
    }

    It 'signs tags, and pipes to the test' {
        git tag -m 'a tag' v1
        $found = Set-GitSignature v1 @signing | Test-GitSignature @trust
        $found.ObjectType | Should -BeExactly 'tag'
        $found.Name | Should -BeExactly (git rev-parse v1)
    }

    It 'writes nothing under -WhatIf' {
        Set-GitSignature @signing -WhatIf | Should -BeNullOrEmpty
        Get-ChildItem -Filter '*.sigstore.json' | Should -BeNullOrEmpty
    }

    It 'survives a job as text' {
        $made = Set-GitSignature @signing
        $twin = [System.Management.Automation.PSSerializer]::Deserialize(
            [System.Management.Automation.PSSerializer]::Serialize($made, 3))
        $twin.Bundle | Should -BeExactly $made.Bundle
        $twin | Format-Table | Out-String -Width 200 | Should -Match $made.Commit.Substring(0, 12)
        $twin | Format-List | Out-String -Width 200 | Should -Match 'SelfVerification'
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'an option for a name'; Id = 'InvalidValue'; Parameters = @{ Commit = '--all' } }
        @{ Name = 'a commit that is not there'; Id = 'GitObjectNotFound'; Parameters = @{ Commit = 'nothing' } }
        @{ Name = 'a folder that is not there'; Id = 'PathNotFound'; Parameters = @{ Path = 'nowhere' } }
        @{ Name = 'the log alone without a log'; Id = 'ContradictoryPolicy'; Parameters = @{ Storage = 'None' } }
    ) {
        (Get-Failure { Set-GitSignature @signing @Parameters -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly "$Id,SigstorePS.Commands.SetGitSignatureCommand"
    }
}
