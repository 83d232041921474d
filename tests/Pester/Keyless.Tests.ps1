# Signing for an identity as a user does it, with real servers; the trust root and the signing configuration are made by
# our own cmdlets.
BeforeAll {
    . $PSScriptRoot/Common.ps1

    # What an administrator of these servers would run once.
    function Initialize-Deployment([object] $Stack, [string] $Rekor) {
        $f = $Stack.folder
        $since = '2020-01-01T00:00:00Z'
        $null = New-SigstoreTrustRoot -OutFile root.json -Force `
            -Fulcio @{ url = $Stack.fulcio; 'certificate-chain' = "$f/fulcio-chain.pem"; 'start-time' = $since } `
            -CtLog @{ url = $Stack.certificateLog; 'public-key' = "$f/ctfe.pub"; 'start-time' = $since } `
            -Rekor @{ url = 'https://rekor1.peers.test'; 'public-key' = "$f/rekor1.pub"; 'start-time' = $since },
                @{ url = 'https://rekor2.peers.test'; 'public-key' = "$f/rekor2.pub"; 'start-time' = $since; origin = 'rekor2.peers.test' } `
            -TimestampAuthority @{ url = $Stack.timestampAuthority; 'certificate-chain' = "$f/tsa-chain.pem"; 'start-time' = $since }
        $service = { param($Url, $Version) @{ url = $Url; 'api-version' = $Version; 'start-time' = $since; operator = 'peers.test' } }
        $null = New-SigstoreSigningConfig -OutFile config.json -Force -Fulcio (& $service $Stack.fulcio 1) `
            -OidcProvider (& $service "$($Stack.issuers)/email" 1) -Rekor (& $service $Stack."rekor$Rekor" $Rekor) `
            -TimestampAuthority (& $service $Stack.timestampAuthority 1)
    }
}

Describe 'Keyless, Rekor v<_>' -ForEach '1', '2' {
    BeforeEach {
        Initialize-TestImage
        $stack = Get-TestStack
        if ($stack) {
            Initialize-Deployment $stack $_
            $alice = 'alice@example.test'
            $token = { Get-TestToken $stack @{ sub = 'alice'; email = $alice; email_verified = $true } }
            $sign = @{ SigningConfig = './config.json'; TrustedRoot = './root.json'; IdentityToken = $token; Force = $true }
            $check = @{ CertificateIdentity = $alice; CertificateIssuer = "$($stack.issuers)/email"; TrustedRoot = './root.json' }
        }
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'signs and verifies an image' {
        if (-not $stack) { return }
        $made = Set-ImageSignature 'oci:img:1.0' @sign -ErrorAction Stop
        $made.Signer | Should -BeExactly $alice
        $made.TransparencyLog | Should -BeExactly 'Logged'
        $verified = Test-ImageSignature 'oci:img:1.0' @check -ErrorAction Stop
        $verified.Signer | Should -BeExactly $alice
        $verified.Checks.Outcome | Should -Not -Contain 'Skipped'
        Test-ImageSignature 'oci:img:1.0' @check -Quiet | Should -BeTrue
        $check.CertificateIdentity = 'mallory@example.test'
        Test-ImageSignature 'oci:img:1.0' @check -Quiet | Should -BeFalse
    }

    It 'signs and verifies files, streamed through one pipeline' {
        if (-not $stack) { return }
        1..5 | ForEach-Object { "file $_" | Set-Content -LiteralPath "f$_.txt" }
        Get-ChildItem -Path f?.txt | Set-BlobSignature @sign -ErrorAction Stop | Test-BlobSignature @check -ErrorAction Stop |
            Should -HaveCount 5
    }

    It 'attests and verifies, with a policy' {
        if (-not $stack) { return }
        '{ "builder": { "id": "https://builder.example/1" } }' | Set-Content -LiteralPath p.json
        $type = 'https://predicates.example/v1'
        $null = Set-ImageAttestation 'oci:img:1.0' -Predicate p.json -PredicateType $type @sign -ErrorAction Stop
        $verified = Test-ImageAttestation 'oci:img:1.0' -PredicateType $type @check -ErrorAction Stop `
            -Policy { $_.predicate.builder.id -like 'https://builder.example/*' }
        $verified.Signer | Should -BeExactly $alice
        $verified.Predicate.builder.id | Should -BeExactly 'https://builder.example/1'
        $null = Set-BlobAttestation a.txt -Predicate p.json -PredicateType $type @sign -ErrorAction Stop
        (Test-BlobAttestation a.txt -PredicateType $type @check -ErrorAction Stop).Verified | Should -BeTrue
    }

    It 'gets certificates and timestamps by themselves' {
        if (-not $stack) { return }
        $certificate = Get-SigstoreCertificate -Key ./cosign.key -FulcioUri $stack.fulcio -TrustedRoot ./root.json -IdentityToken $token
        $certificate.Identity | Should -BeExactly $alice
        (New-SigstoreTimestamp a.txt -SigningConfig ./config.json -TrustedRoot ./root.json |
            Test-SigstoreTimestamp -TrustedRoot ./root.json).Verified | Should -BeTrue
    }

    It 'uses a deployment by its name' {
        if (-not $stack) { return }
        $env:XDG_CONFIG_HOME = Join-Path $PWD config
        try {
            $null = Initialize-SigstoreTrustRoot -Instance corp -TrustedRoot ./root.json -SigningConfig ./config.json
            $null = Set-BlobSignature a.txt -Instance corp -IdentityToken $token -Force -ErrorAction Stop
            $null = $check.Remove('TrustedRoot')
            (Test-BlobSignature a.txt -Instance corp @check -ErrorAction Stop).Verified | Should -BeTrue
        }
        finally { Remove-Item -Path env:XDG_CONFIG_HOME }
    }
}
