BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'New-SigstoreKeyPair' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item -ItemType Directory -Path $folder
        Set-Location -LiteralPath $folder
        $env:COSIGN_PASSWORD = 'pw'
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'writes an encrypted private key and a public key into the current location' {
        $pair = New-SigstoreKeyPair
        $pair | Should -BeOfType SigstorePS.SigstoreKeyPair
        $pair.PrivateKeyPath | Should -BeExactly (Join-Path $PWD 'cosign.key')
        Get-Content -LiteralPath cosign.key -TotalCount 1 |
            Should -BeExactly '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----'
        Get-Content -LiteralPath cosign.pub -TotalCount 1 | Should -BeExactly '-----BEGIN PUBLIC KEY-----'
        $pair.KeyId | Should -MatchExactly '^[0-9a-f]{64}$'
    }

    It 'keeps the private key to its owner' -Skip:$IsWindows {
        (Get-Item -LiteralPath (New-SigstoreKeyPair).PrivateKeyPath).UnixMode | Should -BeExactly '-rw-------'
    }

    It 'makes a key of algorithm <_>' -ForEach @(
        'ecdsa-sha2-256-nistp256', 'ecdsa-sha2-384-nistp384', 'ecdsa-sha2-512-nistp521',
        'rsa-sign-pkcs1-2048-sha256', 'ed25519') {
        (New-SigstoreKeyPair -OutputPrefix k -Algorithm $_).Algorithm | Should -BeExactly $_
        (Get-SigstorePublicKey -Key ./k.pub).Algorithm | Should -BeExactly $_
    }

    It 'overwrites only with -Force' {
        $first = New-SigstoreKeyPair
        $failure = Get-Failure { New-SigstoreKeyPair }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'FileExists,SigstorePS.Commands.NewSigstoreKeyPairCommand'
        $failure.CategoryInfo.Category | Should -Be 'ResourceExists'
        (Get-SigstorePublicKey -Key ./cosign.pub).KeyId | Should -BeExactly $first.KeyId
        (New-SigstoreKeyPair -Force).KeyId | Should -Not -BeExactly $first.KeyId
    }

    It 'writes nothing under -WhatIf' {
        New-SigstoreKeyPair -WhatIf | Should -BeNullOrEmpty
        Get-ChildItem | Should -BeNullOrEmpty
    }

    It 'takes -Password before COSIGN_PASSWORD' {
        $null = New-SigstoreKeyPair -Password (ConvertTo-Secret 'mine')
        (Get-Failure { Get-SigstoreKey -Key ./cosign.key -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeLike 'WrongPassword,*'
        (Get-SigstoreKey -Key ./cosign.key -Password (ConvertTo-Secret 'mine')).Algorithm | Should -Not -BeNullOrEmpty
    }

    It 'refuses an algorithm it does not know while binding' {
        (Get-Failure { New-SigstoreKeyPair -Algorithm dsa }).FullyQualifiedErrorId |
            Should -BeLike 'ParameterArgumentValidationError,*'
    }

    It 'names -Password and COSIGN_PASSWORD when it cannot ask' {
        Remove-Item -Path env:COSIGN_PASSWORD
        $pwsh = (Get-Process -Id $PID).Path
        $said = & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$module'
            try { New-SigstoreKeyPair } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }"
        "$said" | Should -BeLike '*PasswordRequired,SigstorePS.Commands.NewSigstoreKeyPairCommand*-Password*COSIGN_PASSWORD*'
    }

    It 'takes no reference for a path' {
        $failure = Get-Failure { New-SigstoreKeyPair 'awskms:///alias/release' }
        $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidKeyReference,*'
        $failure.Exception.Message | Should -BeLike '*-Key*'
        Get-ChildItem | Should -BeNullOrEmpty
    }

    It 'makes no key at <_>' -ForEach 'env://NAME', './release', 'https://127.0.0.1/key' {
        (Get-Failure { New-SigstoreKeyPair -Key $_ -ErrorAction Stop }).FullyQualifiedErrorId | Should -BeLike 'Unsupported,*'
    }

    It 'lists the known schemes for one that nobody knows' {
        $failure = Get-Failure { New-SigstoreKeyPair -Key 'quantumkms://key' -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidKeyReference,*'
        $failure.Exception.Message | Should -BeLike '*awskms*sigstore-kms-quantumkms*'
    }

    It 'asks nobody under -WhatIf, or when the file of the public key is in the way' {
        New-SigstoreKeyPair -Key 'quantumkms://key' -WhatIf | Should -BeNullOrEmpty
        $null = New-Item -Path ./team.pub
        (Get-Failure { New-SigstoreKeyPair -Key 'quantumkms://key' -OutputPrefix team -ErrorAction Stop }
            ).FullyQualifiedErrorId | Should -BeLike 'FileExists,*'
    }
}
