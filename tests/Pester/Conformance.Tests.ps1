BeforeDiscovery {
    $suite = Join-Path $PSScriptRoot '../../../shared/conformance'
    $cases = @(Get-ChildItem -LiteralPath $suite -Directory -ErrorAction Ignore | ForEach-Object { @{ Name = $_.Name; Folder = $_.FullName } })
}

Describe 'the client of the sigstore-conformance suite' -Skip:($cases.Count -eq 0) {
    BeforeAll {
        $suite = Join-Path $PSScriptRoot '../../../shared/conformance'
        $client = Join-Path $PSScriptRoot '../Conformance/client.ps1'
        $beacon = 'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/' +
            'extremely-dangerous-oidc-beacon.yml@refs/heads/main'

        # What the suite would say about a case; a file of the case, or the default.
        function Get-Argument([string] $Folder, [switch] $AsDigest) {
            function Own([string] $File, [string] $Otherwise) {
                (Test-Path -LiteralPath "$Folder/$File") ? "$Folder/$File" : "$suite/$Otherwise"
            }
            $artifact = Own artifact a.txt
            'verify-bundle'
            '--bundle', "$Folder/bundle.sigstore.json"
            '--trusted-root', (Own trusted_root.json trusted_root.production.json)
            if (Test-Path -LiteralPath "$Folder/key.pub") { '--key', "$Folder/key.pub" }
            else {
                '--certificate-identity', ((Test-Path "$Folder/identity") ? (Get-Content "$Folder/identity") : $beacon)
                '--certificate-oidc-issuer', ((Test-Path "$Folder/issuer") ? (Get-Content "$Folder/issuer") : 'https://token.actions.githubusercontent.com')
            }
            $AsDigest ? "sha256:$((Get-FileHash -LiteralPath $artifact).Hash.ToLowerInvariant())" : $artifact
        }
    }

    It '<Name>' -ForEach $cases {
        $expected = $Name.EndsWith('_fail') ? 1 : 0
        foreach ($asDigest in $false, $true) {
            $words = @(Get-Argument -Folder $Folder -AsDigest:$asDigest)
            & (Get-Process -Id $PID).Path -NoProfile -File $client @words *> $null
            $LASTEXITCODE | Should -Be $expected
        }
    }
}

Describe 'the client of the sigstore-conformance suite, signing' {
    It 'signs a file that it verifies: Rekor v<_>' -ForEach '1', '2' {
        . $PSScriptRoot/Common.ps1
        $stack = Get-TestStack
        if (-not $stack) { return }
        $client = Join-Path $PSScriptRoot '../Conformance/client.ps1'
        $file = Join-Path $TestDrive "signed$_.txt"
        'content' | Set-Content -LiteralPath $file
        $trust = '--trusted-root', (Join-Path $stack.folder trusted_root.json)
        $token = Get-TestToken $stack @{ sub = 'alice'; email = 'alice@example.test'; email_verified = $true }
        $pwsh = (Get-Process -Id $PID).Path
        & $pwsh -NoProfile -File $client sign-bundle --identity-token $token --bundle "$file.json" @trust `
            --signing-config (Join-Path $stack.folder ($_ -eq '1' ? 'sc-v1.json' : 'sc-v2.json')) $file *> $null
        $LASTEXITCODE | Should -Be 0
        & $pwsh -NoProfile -File $client verify-bundle --bundle "$file.json" @trust --certificate-identity alice@example.test `
            --certificate-oidc-issuer "$($stack.issuers)/email" $file *> $null
        $LASTEXITCODE | Should -Be 0
    }
}
