# Keys of Google Cloud KMS in real PowerShell, against the imitation of tests/Support/Keys/VirtualGoogle.cs.
BeforeDiscovery {
    . $PSScriptRoot/CloudKeys.ps1
    $missing = -not (Test-Path -LiteralPath $program)
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    . $PSScriptRoot/CloudKeys.ps1
    $before = $env:GOOGLE_APPLICATION_CREDENTIALS
    if (Test-Path -LiteralPath $program) {
        $cloud = Open-TestCloud
        $google = $cloud.Description.google
        $reference = "gcpkms://$($google.ring)/cryptoKeys/pester"
        $env:CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS = $google.address
        $env:GOOGLE_APPLICATION_CREDENTIALS = $google.credentials
    }
}

AfterAll {
    Close-TestCloud $cloud
    $env:GOOGLE_APPLICATION_CREDENTIALS = $before
    Remove-Item -Path env:CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS -ErrorAction Ignore
}

Describe 'Keys of Google Cloud KMS' -Skip:$missing {
    BeforeAll {
        $made = New-SigstoreKeyPair -Key $reference -OutputPrefix (Join-Path $TestDrive 'pester') -ErrorAction Stop
    }

    BeforeEach {
        $env:GOOGLE_APPLICATION_CREDENTIALS = $google.credentials
        Initialize-TestImage
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'makes a key whose public half is a file, and no second one' {
        $made.Reference | Should -BeExactly $reference
        (Get-SigstorePublicKey -Key (Join-Path $TestDrive 'pester.pub')).KeyId | Should -BeExactly $made.KeyId
        $failure = Get-Failure { New-SigstoreKeyPair -Key $reference -Force -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'KeyExists,SigstorePS.Commands.NewSigstoreKeyPairCommand'
    }

    It 'signs an image that verifies by reference, by version and by file' {
        $null = Set-ImageSignature 'oci:img:1.0' -Key $reference -SkipTransparencyLog -ErrorAction Stop
        Test-ImageSignature 'oci:img:1.0' -Key $reference -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-ImageSignature 'oci:img:1.0' -Key "$reference/versions/1" -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-ImageSignature 'oci:img:1.0' -Key (Join-Path $TestDrive 'pester.pub') -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-ImageSignature 'oci:img:1.0' -Key ./other.pub -SkipTransparencyLog -Quiet -ErrorAction Ignore | Should -BeFalse
    }

    It 'says <id> when <case>' -ForEach @(
        @{ case = 'there is no such key'; id = 'KeyNotFound'; suffix = '-none' }
        @{ case = 'there is no such version'; id = 'KeyNotFound'; suffix = '/versions/7' }
        @{ case = 'the reference is none'; id = 'InvalidKeyReference'; suffix = '/latest' }
    ) {
        $failure = Get-Failure { Get-SigstoreKey -Key "$reference$suffix" -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly "$id,SigstorePS.Commands.GetSigstoreKeyCommand"
    }

    It 'says where credentials are wanted from, and shows none' {
        $env:GOOGLE_APPLICATION_CREDENTIALS = Join-Path $TestDrive 'none.json'
        (Get-Failure { Get-SigstoreKey -Key $reference -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeLike 'FileUnavailable,*'
        $account = Get-Content -LiteralPath $google.credentials -Raw | ConvertFrom-Json
        $account.private_key = 'no~key~at~all'
        $env:GOOGLE_APPLICATION_CREDENTIALS = Join-Path $TestDrive 'broken.json'
        $account | ConvertTo-Json | Set-Content -LiteralPath $env:GOOGLE_APPLICATION_CREDENTIALS
        $failure = Get-Failure { Get-SigstoreKey -Key $reference -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidValue,*'
        $failure.Exception.ToString() | Should -Not -Match 'no~key~at~all'
    }

    It 'asks nobody with -Offline' {
        (Get-Failure { Test-ImageSignature 'oci:img:1.0' -Key $reference -Offline -SkipTransparencyLog -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeLike 'OfflineUnavailable,*'
    }
}
