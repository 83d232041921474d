BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'New-SigstorePolicy' {
    BeforeAll { Initialize-TestImage }

    It 'writes what Get-SigstorePolicy reads' {
        $made = New-SigstorePolicy -PolicyName signed -Image 'ghcr.io/acme/**' -Key cosign.pub -Mode Warn -OutFile ./p.yaml
        $read = Get-SigstorePolicy ./p.yaml
        $read.Yaml | Should -BeExactly $made.Yaml
        $read.Mode | Should -BeExactly 'warn'
        Get-Content -LiteralPath ./p.yaml -Raw | Should -Match '-----BEGIN PUBLIC KEY-----'
    }

    It 'anchors patterns' {
        $made = New-SigstorePolicy -PolicyName p -Image '**' -CertificateIdentityRegex 'https://github.com/acme/.*' -CertificateIssuer https://token.actions.githubusercontent.com -WarningVariable w
        $w | Should -BeNullOrEmpty
        $made.Yaml | Should -Match ([regex]::Escape('^(?:https://github.com/acme/.*)$'))
    }

    It 'does not overwrite, and writes nothing with -WhatIf' {
        New-SigstorePolicy -PolicyName p -Image '**' -Static Pass -OutFile ./q.yaml -WhatIf | Should -BeNullOrEmpty
        Test-Path -LiteralPath ./q.yaml | Should -BeFalse
        $null = New-SigstorePolicy -PolicyName p -Image '**' -Static Pass -OutFile ./q.yaml
        (Get-Failure { New-SigstorePolicy -PolicyName p -Image '**' -Static Pass -OutFile ./q.yaml -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'FileExists,SigstorePS.Commands.NewSigstorePolicyCommand'
        $null = New-SigstorePolicy -PolicyName p -Image '**' -Static Pass -OutFile ./q.yaml -Force
    }

    It 'refuses what makes no sense' {
        (Get-Failure { New-SigstorePolicy -PolicyName p -Image '**' }).FullyQualifiedErrorId | Should -Match '^ContradictoryPolicy,'
        (Get-Failure { New-SigstorePolicy -PolicyName p -Image '[' -Static Pass }).FullyQualifiedErrorId | Should -Match '^MalformedPolicy,'
    }
}
