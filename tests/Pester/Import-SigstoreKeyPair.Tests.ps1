BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Import-SigstoreKeyPair' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item -ItemType Directory -Path $folder
        Set-Location -LiteralPath $folder
        $env:COSIGN_PASSWORD = 'pw'
        $ec = [System.Security.Cryptography.ECDsa]::Create([System.Security.Cryptography.ECCurve+NamedCurves]::nistP256)
        $ec.ExportPkcs8PrivateKeyPem() | Set-Content -LiteralPath 'plain.pem'
        $ec.ExportEncryptedPkcs8PrivateKeyPem('source', [System.Security.Cryptography.PbeParameters]::new(
                'Aes256Cbc', 'SHA256', 10000)) | Set-Content -LiteralPath 'locked.pem'
        $public = $ec.ExportSubjectPublicKeyInfoPem()
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'imports a plain PKCS#8 key' {
        $pair = Import-SigstoreKeyPair -Path plain.pem
        $pair.PrivateKeyPath | Should -BeExactly (Join-Path $PWD 'import-cosign.key')
        (Get-Content -LiteralPath import-cosign.pub -Raw).Trim() | Should -BeExactly $public.Trim()
        (Get-SigstoreKey -Key $pair).KeyId | Should -BeExactly $pair.KeyId
    }

    It 'imports an encrypted key with -KeyPassword' {
        (Import-SigstoreKeyPair -Path locked.pem -KeyPassword (ConvertTo-Secret 'source')).KeyId |
            Should -BeExactly (Get-SigstorePublicKey -Key $public).KeyId
    }

    It 'refuses a wrong -KeyPassword and leaves nothing behind' {
        Import-SigstoreKeyPair -Path locked.pem -KeyPassword (ConvertTo-Secret 'no') -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'WrongPassword,SigstorePS.Commands.ImportSigstoreKeyPairCommand'
        Test-Path -Path import-cosign.* | Should -BeFalse
    }

    It 'takes files from the pipeline' {
        (Get-Item -LiteralPath plain.pem | Import-SigstoreKeyPair -OutputPrefix piped).PublicKeyPath |
            Should -BeExactly (Join-Path $PWD 'piped.pub')
    }

    It 'tells a pattern that matches nothing and goes on' {
        $made = 'none*.pem', 'plain.pem' | Import-SigstoreKeyPair -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'PathNotFound,SigstorePS.Commands.ImportSigstoreKeyPairCommand'
        $e[0].TargetObject | Should -BeExactly 'none*.pem'
        $made | Should -HaveCount 1
    }

    It 'writes nothing under -WhatIf' {
        Import-SigstoreKeyPair -Path plain.pem -WhatIf
        Test-Path -Path import-cosign.* | Should -BeFalse
    }
}
