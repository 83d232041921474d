BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Get-SigstoreCertificate' {
    BeforeAll {
        Initialize-TestImage
        function ConvertTo-Part([string] $Text) {
            [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Text)).TrimEnd('=').Replace('+', '-').Replace('/', '_')
        }
        $end = [DateTimeOffset]::UtcNow.AddMinutes(5).ToUnixTimeSeconds()
        $token = (ConvertTo-Part '{"alg":"RS256","typ":"JWT"}'), (ConvertTo-Part (
                '{"iss":"https://issuer.test","sub":"alice","aud":"sigstore","exp":' + $end + '}')),
            (ConvertTo-Part 'no signature') -join '.'
        $nowhere = @{ FulcioUri = 'http://127.0.0.1:9'; IdentityToken = $token; SkipSelfVerification = $true }
    }

    It 'names the error when the authority cannot be reached, and never the token' {
        $out = Get-SigstoreCertificate ./cosign.key @nowhere -ErrorVariable e -ErrorAction SilentlyContinue
        $out | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'FulcioUnavailable,SigstorePS.Commands.GetSigstoreCertificateCommand'
        $e[0].CategoryInfo.Category | Should -Be 'ConnectionError'
        $e[0] | Format-List -Force | Out-String | Should -Not -Match ([regex]::Escape($token.Split('.')[1]))
        (Get-Failure { Get-SigstoreCertificate ./cosign.key @nowhere -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -Match '^FulcioUnavailable,'
    }

    It 'asks nobody with -WhatIf, or when the file is there already' {
        Get-SigstoreCertificate ./cosign.key @nowhere -WhatIf | Should -BeNullOrEmpty
        'mine' | Set-Content -LiteralPath chain.pem
        Get-SigstoreCertificate ./cosign.key @nowhere -OutFile chain.pem -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -Match '^FileExists,'
        Get-Content -LiteralPath chain.pem | Should -BeExactly 'mine'
    }

    It 'takes a key or a signing request, not both and not none' {
        { Get-SigstoreCertificate -Key ./cosign.key -CertificateSigningRequest ./a.csr @nowhere } | Should -Throw
        (Get-Command Get-SigstoreCertificate).Parameters['Key'].ParameterSets['Key'].IsMandatory | Should -BeTrue
        'no request' | Set-Content -LiteralPath a.csr
        Get-SigstoreCertificate -CertificateSigningRequest ./a.csr @nowhere -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -Match '^MalformedCertificate,'
    }

    It 'has a view, after a job too, that shows no control characters' {
        $twin = [pscustomobject]@{
            Identity = @("alice$([char]27)[31m@example.test"); Issuer = 'https://issuer.test'
            NotBefore = [DateTimeOffset]'2026-11-21T12:00:00Z'; NotAfter = [DateTimeOffset]'2026-11-21T12:10:00Z'
            SerialNumber = '01'; Algorithm = 'ecdsa-sha2-256-nistp256'; KeyId = 'ab'; Authority = 'fulcio.test'
            Verified = $true; SctLogId = @('cd'); SctTime = @([DateTimeOffset]'2026-11-21T12:00:01Z')
            Extensions = @{ TokenSubject = 'alice' }; Pem = '-----BEGIN CERTIFICATE-----'
        }
        $twin.PSTypeNames.Insert(0, 'Deserialized.SigstorePS.SigstoreCertificate')
        $table = $twin | Format-Table | Out-String
        $table | Should -Match '2026-11-21 12:10:00Z'
        $table | Should -Match 'alice\?'
        $list = $twin | Format-List | Out-String
        $list | Should -Match 'SctTime +: 2026-11-21 12:00:01Z'
        $list | Should -Match 'Extensions +: TokenSubject'
    }
}
