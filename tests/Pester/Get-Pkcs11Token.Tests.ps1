BeforeAll {
    . $PSScriptRoot/Common.ps1
    . $PSScriptRoot/SoftHsm.ps1
}

Describe 'Get-Pkcs11Token' {
    It 'lists tokens, and those that are not set up' {
        $hsm = Get-TestHsm
        $tokens = Invoke-WithHsm 'Get-Pkcs11Token'
        $tokens.Label | Should -Contain 'release'
        $tokens | Where-Object { -not $_.Initialized } | Should -HaveCount 1
        $release = $tokens | Where-Object Label -EQ 'release'
        $release.Uri | Should -BeExactly "pkcs11:token=release?module-path=$($hsm.Module)"
        $release.LoginRequired | Should -BeTrue
        $release.SlotId | Should -BeOfType long
        $release.pstypenames[0] | Should -BeExactly 'Deserialized.SigstorePS.Pkcs11Token'
    }

    It 'has a table and a list' {
        $shown = Invoke-WithHsm "Get-Pkcs11Token rel* | Out-String -Width 200; Get-Pkcs11Token rel* | Format-List | Out-String"
        $shown[0] | Should -Match '(?m)^Label +SlotId +Model +SerialNumber +State\s*$'
        $shown[0] | Should -Match 'release +\d+ +SoftHSM v2 +\w+ +PIN'
        $shown[1] | Should -Match 'ModulePath +: /'
    }

    It 'tells which module cannot be loaded' {
        $failed = Get-Failure { Get-Pkcs11Token -ModulePath /no/such/module.so -ErrorAction Stop }
        $failed.FullyQualifiedErrorId | Should -BeExactly 'Pkcs11ModuleUnavailable,SigstorePS.Commands.GetPkcs11TokenCommand'
        $failed.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
    }

    It 'names the variable when no module is named' {
        $kept = $env:COSIGN_PKCS11_MODULE_PATH
        $env:COSIGN_PKCS11_MODULE_PATH = $null
        try {
            (Get-Failure { Get-Pkcs11Token -ErrorAction Stop }).Exception.Message |
                Should -Match 'COSIGN_PKCS11_MODULE_PATH'
        }
        finally {
            $env:COSIGN_PKCS11_MODULE_PATH = $kept
        }
    }

    It 'completes modules and libraries' {
        'x' | Set-Content -LiteralPath (Join-Path $TestDrive 'my-module.so')
        $text = "Get-Pkcs11Token -ModulePath $TestDrive/my"
        (TabExpansion2 -inputScript $text -cursorColumn $text.Length).CompletionMatches.CompletionText |
            Should -Contain (Join-Path $TestDrive 'my-module.so')
    }
}
