BeforeAll {
    . $PSScriptRoot/Common.ps1
    . $PSScriptRoot/SoftHsm.ps1
}

Describe 'Get-Pkcs11Key' {
    BeforeAll { Set-Location -LiteralPath $TestDrive }
    AfterAll { Set-Location -LiteralPath $PSScriptRoot }

    It 'lists keys with and without a PIN, as -Key takes them' {
        $hsm = Get-TestHsm
        $made = Invoke-WithHsm @'
New-SigstoreKeyPair -Key 'pkcs11:token=release;object=signing;id=%01' -OutputPrefix token
'@ @{ COSIGN_PKCS11_PIN = $hsmPin }
        $made.Reference | Should -BeExactly "pkcs11:token=release;object=signing;id=%01?module-path=$($hsm.Module)"

        $open = Invoke-WithHsm 'Get-Pkcs11Key release'
        $open.Uri | Should -BeExactly "pkcs11:token=release;id=%01?module-path=$($hsm.Module)"
        $open.Id, $open.Label, $open.Algorithm, $open.KeyId |
            Should -Be '01', 'signing', 'ecdsa-sha2-256-nistp256', $made.KeyId

        $private = Invoke-WithHsm 'Get-Pkcs11Token release | Get-Pkcs11Key -Label s* -Id 0?' @{ COSIGN_PKCS11_PIN = $hsmPin }
        $private.Uri | Should -BeExactly $made.Reference
        "$private $($private | Format-List * | Out-String)" | Should -Not -Match $hsmPin
    }

    It 'gives public keys through the pipeline, and its twin after a job does, too' {
        $null = Get-TestHsm
        $ids = Invoke-WithHsm @'
(Get-Pkcs11Token release | Get-Pkcs11Key | Get-SigstorePublicKey).KeyId
$twin = [System.Management.Automation.PSSerializer]::Deserialize(
    [System.Management.Automation.PSSerializer]::Serialize((Get-Pkcs11Key release)))
(Get-SigstorePublicKey -Key $twin).KeyId
$token = [System.Management.Automation.PSSerializer]::Deserialize(
    [System.Management.Automation.PSSerializer]::Serialize((Get-Pkcs11Token release)))
($token | Get-Pkcs11Key).KeyId
(Get-SigstorePublicKey -Key ./token.pub).KeyId
'@
        $ids | Should -HaveCount 4
        $ids | Select-Object -Unique | Should -HaveCount 1
    }

    It 'has a table' {
        $null = Get-TestHsm
        Invoke-WithHsm 'Get-Pkcs11Key release | Out-String -Width 200' |
            Should -Match 'release +signing +01 +ecdsa-sha2-256-nistp256 +[0-9a-f]{12}'
    }

    It 'tells a wrong PIN, an empty token and a missing one by id' {
        $null = Get-TestHsm
        $ids = Invoke-WithHsm @'
$pin = ConvertTo-SecureString -String 97531 -AsPlainText -Force
Get-Pkcs11Key release -Pin $pin -ErrorAction SilentlyContinue -ErrorVariable e
Get-Pkcs11Key none -Pin $pin -ErrorAction SilentlyContinue -ErrorVariable +e
Get-Pkcs11Key empty -ErrorAction SilentlyContinue -ErrorVariable +e
$e.FullyQualifiedErrorId
'@
        # A prompt that nobody can answer is written to the output as well.
        $ids -match ',SigstorePS' | Should -Be @(
            'WrongPin,SigstorePS.Commands.GetPkcs11KeyCommand',
            'Pkcs11TokenNotFound,SigstorePS.Commands.GetPkcs11KeyCommand',
            'PinRequired,SigstorePS.Commands.GetPkcs11KeyCommand')
    }
}
