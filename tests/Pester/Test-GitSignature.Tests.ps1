BeforeAll {
    . $PSScriptRoot/Common.ps1
    $fixtures = Join-Path $PSScriptRoot '../Fixtures/git'
    $command = 'SigstorePS.Commands.TestGitSignatureCommand'

    # Puts what gitsign signed into the repository that is the current location.
    function Add-TestObject([string] $Name, [string] $Type = 'commit') {
        git hash-object -t $Type -w --literally (Join-Path $fixtures "$Name.txt")
    }
}

Describe 'Test-GitSignature' -Skip:(-not (Get-Command -Name git -ErrorAction Ignore)) {
    BeforeEach {
        Initialize-TestImage
        git init -q .
        git config user.name Test
        git config user.email test@example.test
        git config core.autocrlf false
        git commit -q --allow-empty -m one
        $alice = @{
            CertificateIdentity = 'alice@example.test'
            CertificateIssuer = 'http://127.0.0.1:44455/email'
            TrustedRoot = Join-Path $fixtures 'trusted_root.json'
        }
        $trust = @{ Key = './cosign.pub'; SkipTransparencyLog = $true }
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'verifies a <Type> that gitsign signed' -ForEach @(
        @{ Name = 'commit'; Type = 'commit' }
        @{ Name = 'timestamped'; Type = 'commit' }
        @{ Name = 'tag'; Type = 'tag' }
    ) {
        $found = Test-GitSignature (Add-TestObject $Name $Type) @alice
        $found | Should -BeOfType SigstorePS.GitVerification
        $found.Kind | Should -BeExactly 'Gitsign'
        $found.Signer | Should -BeExactly 'alice@example.test'
        $found.Checks.Name | Should -Contain 'TransparencyLog'
        $found | Format-Table | Out-String -Width 200 | Should -Match 'Verified'
        $found | Format-List | Out-String -Width 200 | Should -Match 'alice@example\.test'
    }

    It 'says that online mode leaves no log entry in the commit' {
        $id = Add-TestObject online
        $failure = Get-Failure { Test-GitSignature $id @alice -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly "LogEntryMissing,$command"
        $failure.TargetObject.Candidates.Storage | Should -BeExactly 'Gitsign'
    }

    It 'refuses another identity' {
        $id = Add-TestObject commit
        $alice.CertificateIdentity = 'bob@example.test'
        (Get-Failure { Test-GitSignature $id @alice -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly "IdentityMismatch,$command"
        Test-GitSignature $id @alice -Quiet | Should -BeFalse
    }

    It 'refuses the note of another commit' {
        $null = Set-GitSignature -Storage Note -Key ./cosign.key -SkipTransparencyLog
        git commit -q --allow-empty -m two
        git notes --ref=sigstore copy HEAD~1 HEAD
        (Get-Failure { Test-GitSignature @trust -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly "SignatureMismatch,$command"
        Test-GitSignature HEAD, HEAD~1 @trust -Quiet | Should -Be $false, $true
    }

    It 'takes a bundle as file and as text' {
        $made = Set-GitSignature -BundlePath here.json -Key ./cosign.key -SkipTransparencyLog
        (Test-GitSignature @trust -Bundle here.json).Kind | Should -BeExactly 'File'
        (Test-GitSignature @trust -Bundle $made.Bundle).Kind | Should -BeExactly 'File'
    }

    It 'gives failures as objects on request' {
        $found = 'HEAD', 'nothing' | Test-GitSignature @trust -IncludeFailure
        $found.Status | Should -Be 'NoSignatureFound', 'GitObjectNotFound'
        $found.Verified | Should -Not -Contain $true
    }
}
