BeforeAll {
    . $PSScriptRoot/Common.ps1
    . $PSScriptRoot/SoftHsm.ps1
}

Describe 'Keys on tokens' {
    BeforeAll { Initialize-TestImage }
    AfterAll {
        Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore
        Set-Location -LiteralPath $PSScriptRoot
    }

    It 'sign an image by URI and by object, and the exported key verifies it' {
        $null = Get-TestHsm
        $results = Invoke-WithHsm @'
$uri = 'pkcs11:token=release;object=image'
$null = New-SigstoreKeyPair -Key $uri -OutputPrefix token
Set-ImageSignature -Image 'oci:img:1.0' -Key $uri -SkipTransparencyLog
Set-ImageSignature -Image 'oci:img:1.0' -Key (Get-Pkcs11Key release -Label image) -SkipTransparencyLog
'@ @{ COSIGN_PKCS11_PIN = $hsmPin }
        $results | Should -HaveCount 2
        (Test-ImageSignature -Image 'oci:img:1.0' -Key ./token.pub -SkipTransparencyLog).Verified | Should -BeTrue
        Get-Failure { Test-ImageSignature -Image 'oci:img:1.0' -Key ./other.pub -SkipTransparencyLog -ErrorAction Stop } |
            Should -Not -BeNullOrEmpty
    }

    It 'verify by reference without a PIN' {
        $null = Get-TestHsm
        (Invoke-WithHsm @'
Test-ImageSignature -Image 'oci:img:1.0' -Key 'pkcs11:token=release;object=image' -SkipTransparencyLog
'@).Verified | Should -BeTrue
    }

    It 'ask for a PIN by the names of the ways to give it' {
        $null = Get-TestHsm
        $failed = Invoke-WithHsm @'
foreach ($query in '?pin-value=97531', '') {
    $null = Get-SigstoreKey "pkcs11:token=release;object=image$query" -ErrorVariable e -ErrorAction SilentlyContinue
    [pscustomobject]@{ Id = $e[0].FullyQualifiedErrorId; Message = "$($e[0])" }
}
'@ | Where-Object Id
        $failed.Id | Should -Be @(
            'WrongPin,SigstorePS.Commands.GetSigstoreKeyCommand', 'PinRequired,SigstorePS.Commands.GetSigstoreKeyCommand')
        $failed[0].Message | Should -Not -Match '97531'
        $failed[1].Message | Should -Match '-Pin.*COSIGN_PKCS11_PIN'
    }

    It 'are not made under -WhatIf, and never replaced' {
        $null = Get-TestHsm
        $ids = Invoke-WithHsm @'
New-SigstoreKeyPair -Key 'pkcs11:token=empty;object=never' -WhatIf
(Get-Pkcs11Key empty).Count
New-SigstoreKeyPair -Key 'pkcs11:token=release;object=image' -Force -ErrorVariable e -ErrorAction SilentlyContinue
$e[0].FullyQualifiedErrorId
'@ @{ COSIGN_PKCS11_PIN = $hsmPin }
        $ids | Select-Object -Last 2 | Should -Be @(0, 'KeyExists,SigstorePS.Commands.NewSigstoreKeyPairCommand')
    }
}
