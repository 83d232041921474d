BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Get-SigstoreKey and Get-SigstorePublicKey' {
    BeforeAll { Initialize-TestImage }
    AfterAll { Remove-Item -Path env:COSIGN_PASSWORD, env:SIGSTORE_TEST_KEY -ErrorAction Ignore }

    It 'opens a key that signs any number of images' {
        $key = Get-SigstoreKey -Key ./cosign.key
        1..3 | ForEach-Object { Set-ImageSignature -Image 'oci:img:1.0' -Key $key -SkipTransparencyLog -NoUpload } |
            Should -HaveCount 3
        $key.Dispose()
    }

    It 'opens env:// references' {
        $env:SIGSTORE_TEST_KEY = Get-Content -LiteralPath cosign.key -Raw
        (Get-SigstoreKey -Key env://SIGSTORE_TEST_KEY).Reference | Should -BeExactly 'env://SIGSTORE_TEST_KEY'
    }

    It 'tells what is missing by id, category and target, and goes on' {
        $keys = './none.key', './cosign.key' | Get-SigstoreKey -ErrorVariable e -ErrorAction SilentlyContinue
        $keys | Should -HaveCount 1
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'KeyNotFound,SigstorePS.Commands.GetSigstoreKeyCommand'
        $e[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $e[0].TargetObject | Should -BeExactly './none.key'
    }

    It 'refuses a wrong password' {
        Get-SigstoreKey -Key ./cosign.key -Password (ConvertTo-Secret 'no') -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'WrongPassword,SigstorePS.Commands.GetSigstoreKeyCommand'
        $e[0].CategoryInfo.Category | Should -Be 'AuthenticationError'
    }

    It 'gives the public half of everything that is a key' {
        $id = (Get-SigstorePublicKey -Key ./cosign.pub).KeyId
        $pem = Get-Content -LiteralPath cosign.pub -Raw
        $twin = [System.Management.Automation.PSSerializer]::Deserialize(
            [System.Management.Automation.PSSerializer]::Serialize((Get-SigstorePublicKey -Key ./cosign.pub)))
        foreach ($key in './cosign.key', $pem, (Get-SigstoreKey -Key ./cosign.key), (Get-Item -LiteralPath cosign.pub), $twin) {
            (Get-SigstorePublicKey -Key $key).KeyId | Should -BeExactly $id
        }
    }

    It 'writes the public key, and overwrites it only with -Force' {
        $null = Get-SigstorePublicKey -Key ./cosign.key -OutFile copy.pub
        Get-Content -LiteralPath copy.pub -Raw | Should -BeExactly (Get-Content -LiteralPath cosign.pub -Raw)
        $null = Get-SigstorePublicKey -Key ./other.key -OutFile copy.pub -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'FileExists,SigstorePS.Commands.GetSigstorePublicKeyCommand'
        Get-SigstorePublicKey -Key ./other.key -OutFile copy.pub -Force | Should -BeOfType SigstorePS.SigstorePublicKey
    }

    It 'takes no number for a key' {
        (Get-Failure { Get-SigstorePublicKey -Key 42 -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'InvalidKeyReference,SigstorePS.Commands.GetSigstorePublicKeyCommand'
    }
}
