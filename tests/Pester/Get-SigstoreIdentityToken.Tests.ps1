BeforeAll {
    . $PSScriptRoot/Common.ps1

    function ConvertTo-Base64Url([string] $Text) {
        [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Text)).TrimEnd('=').Replace('+', '-').Replace('/', '_')
    }

    # A token nobody signed, but that has a signature: it is the certificate authority that looks at that.
    function Get-UnsignedToken([string] $Audience = 'sigstore', [int] $Seconds = 300) {
        $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
        $claims = [ordered]@{
            iss = 'https://issuer.example'; sub = 'job'; aud = $Audience; iat = $now - 400; exp = $now + $Seconds
            email = 'annie@example.com'; email_verified = $true
        }
        "$(ConvertTo-Base64Url '{"alg":"ES256"}').$(ConvertTo-Base64Url ($claims | ConvertTo-Json -Compress)).c2lnbmF0dXJl"
    }

    # What CI systems set for themselves must not answer in place of the test.
    $script:quiet = @{ SkipAmbientProvider = $true; OidcFlow = 'None' }
}

Describe 'Get-SigstoreIdentityToken' {
    BeforeEach { Set-Location -LiteralPath $TestDrive }
    AfterEach { Remove-Item -Path env:SIGSTORE_ID_TOKEN -ErrorAction Ignore }

    It 'takes a token as text, secure string, file, object and script' {
        $token = Get-UnsignedToken
        $token | Set-Content -LiteralPath token.txt
        $known = Get-SigstoreIdentityToken -IdentityToken $token
        foreach ($given in $token, (ConvertTo-Secret $token), './token.txt', (Get-Item token.txt), $known, { $token }) {
            $identity = Get-SigstoreIdentityToken -IdentityToken $given -ErrorAction Stop
            $identity.Email | Should -BeExactly 'annie@example.com'
            $identity.Audience | Should -Be 'sigstore'
        }
    }

    It 'shows the token nowhere but with -AsPlainText' {
        $token = Get-UnsignedToken
        $signature = 'c2lnbmF0dXJl'
        $identity = Get-SigstoreIdentityToken $token
        foreach ($shown in ($identity | Out-String), ($identity | Format-List * -Force | Out-String), ($identity | ConvertTo-Json -Depth 9),
            "$identity", [System.Management.Automation.PSSerializer]::Serialize($identity, 9), ($identity | ConvertTo-Csv | Out-String),
            ($identity | Get-Member | Out-String)) {
            $shown | Should -Not -BeLike "*$signature*"
            $shown | Should -Not -BeLike '*eyJ*'
        }
        Get-SigstoreIdentityToken $token -AsPlainText | Should -BeExactly $token
        Get-SigstoreIdentityToken $identity -AsPlainText | Should -BeExactly $token
    }

    It 'says that what went through a job has no token' {
        $twin = [System.Management.Automation.PSSerializer]::Deserialize(
            [System.Management.Automation.PSSerializer]::Serialize((Get-SigstoreIdentityToken (Get-UnsignedToken))))
        $twin | Out-String | Should -Match 'annie@example.com'
        (Get-Failure { Get-SigstoreIdentityToken $twin -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'InvalidValue,SigstorePS.Commands.GetSigstoreIdentityTokenCommand'
    }

    It 'asks the provider that is named' {
        $env:SIGSTORE_ID_TOKEN = Get-UnsignedToken
        (Get-SigstoreIdentityToken -OidcProvider envvar).Source | Should -BeExactly 'envvar'
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a token that has expired'; Token = { Get-UnsignedToken -Seconds -1 }; Id = 'IdentityTokenExpired'; Category = 'AuthenticationError' }
        @{ Name = 'a token for somebody else'; Token = { Get-UnsignedToken -Audience aws }; Id = 'IdentityTokenRefused'; Category = 'SecurityError' }
        @{ Name = 'an unsigned token'; Token = { (Get-UnsignedToken) -replace '[^.]*$' }; Id = 'IdentityTokenRefused'; Category = 'SecurityError' }
        @{ Name = 'a token cut short'; Token = { (Get-UnsignedToken).Substring(0, 90) }; Id = 'PathNotFound'; Category = 'ObjectNotFound' }
    ) {
        $given = & $Token
        $failure = Get-Failure { Get-SigstoreIdentityToken $given -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly "$Id,SigstorePS.Commands.GetSigstoreIdentityTokenCommand"
        $failure.CategoryInfo.Category | Should -Be $Category
        ($failure | Format-List * -Force | Out-String) | Should -Not -BeLike '*c2lnbmF0dXJl*'
    }

    It 'tells why a script gave none, without what looks like a token' {
        $token = Get-UnsignedToken
        $failure = Get-Failure { Get-SigstoreIdentityToken { throw "no use: $token" } -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeLike 'IdentityTokenUnavailable,*'
        $failure.Exception.Message | Should -BeLike '*no use: *'
        $failure.Exception.Message | Should -Not -BeLike '*eyJ*'
        (Get-Failure { Get-SigstoreIdentityToken { 'a'; 'b' } -ErrorAction Stop }).Exception.Message | Should -Match '2 objects'
    }

    It 'asks nobody in CI' {
        $before = $env:CI
        $env:CI = 'true'
        try {
            $failure = Get-Failure { Get-SigstoreIdentityToken -SkipAmbientProvider -ErrorAction Stop }
        }
        finally {
            $env:CI = $before
        }
        $failure.FullyQualifiedErrorId | Should -BeLike 'IdentityTokenUnavailable,*'
        $failure.Exception.Message | Should -Match 'SIGSTORE_ID_TOKEN'
    }

    It 'lists the providers, and completes their names' {
        $providers = Get-SigstoreIdentityToken -ListProvider
        $providers.Name | Should -Contain 'github-actions'
        $providers.Name | Should -Contain 'azure-pipelines'
        ($providers | Where-Object Name -EQ envvar).IsEnabled | Should -BeFalse
        $providers | Out-String | Should -Match 'SPIFFE'
        $line = 'Get-SigstoreIdentityToken -OidcProvider google'
        (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText |
            Should -Be 'google-workload-identity', 'google-impersonate'
    }

    It 'refuses contradictions and unknown names' {
        (Get-Failure { Get-SigstoreIdentityToken -OidcProvider envvar @quiet -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeLike 'ContradictoryPolicy,*'
        (Get-Failure { Get-SigstoreIdentityToken -OidcProvider google -ErrorAction Stop }).Exception.Message |
            Should -Match 'google-impersonate'
    }
}
