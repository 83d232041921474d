BeforeAll {
    . $PSScriptRoot/Common.ps1

    # A certificate by an authority, or by itself.
    function Get-TestCertificate([string] $Subject, [object] $Issuer, [switch] $Authority, [string] $Mail) {
        $key = [System.Security.Cryptography.ECDsa]::Create([System.Security.Cryptography.ECCurve+NamedCurves]::nistP256)
        $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new($Subject, $key, 'SHA256')
        if ($Authority) {
            $request.CertificateExtensions.Add(
                [System.Security.Cryptography.X509Certificates.X509BasicConstraintsExtension]::new($true, $false, 0, $true))
        }
        else {
            $purposes = [System.Security.Cryptography.OidCollection]::new()
            $null = $purposes.Add([System.Security.Cryptography.Oid]::new('1.3.6.1.5.5.7.3.3'))
            $request.CertificateExtensions.Add(
                [System.Security.Cryptography.X509Certificates.X509EnhancedKeyUsageExtension]::new($purposes, $false))
        }
        if ($Mail) {
            $names = [System.Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
            $names.AddEmailAddress($Mail)
            $request.CertificateExtensions.Add($names.Build())
        }
        $now = [DateTimeOffset]::UtcNow
        if ($null -eq $Issuer) {
            $request.CreateSelfSigned($now.AddDays(-2), $now.AddDays(9))
        }
        else {
            $bare = $request.Create($Issuer, $now.AddDays(-1), $now.AddDays(8), [guid]::NewGuid().ToByteArray())
            [System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::CopyWithPrivateKey($bare, $key)
        }
    }
}

Describe 'Certificates of your own PKI' {
    BeforeAll {
        $root = Get-TestCertificate 'CN=Company Root, O=Company' -Authority
        $leaf = Get-TestCertificate 'CN=Release, O=Company' -Issuer $root -Mail 'release@company.test'
        $leafKey = [System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPrivateKey($leaf)
        $trust = @{
            CertificateIdentity = 'release@company.test'; CertificateAuthority = $root; SkipSct = $true
            SkipTransparencyLog = $true
        }
    }

    BeforeEach {
        Initialize-TestImage
        $root.ExportCertificatePem() | Set-Content -LiteralPath root.pem
        $leaf.ExportCertificatePem() | Set-Content -LiteralPath leaf.crt
        [IO.File]::WriteAllText((Join-Path $PWD 'leaf.key'), $leafKey.ExportPkcs8PrivateKeyPem())
        [IO.File]::WriteAllBytes((Join-Path $PWD 'leaf.pfx'), $leaf.Export('Pfx'))
        $files = @{ Key = './leaf.key'; Certificate = './leaf.crt'; CertificateChain = './root.pem'; SkipTransparencyLog = $true }
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'signs images in both formats, and the result says what was left out' {
        $made = Set-ImageSignature 'oci:img:1.0' @files -Format Bundle, Legacy
        $made.Signer | Should -BeExactly @('release@company.test', 'release@company.test')
        $verified = Test-ImageSignature 'oci:img:1.0' @trust
        $verified.Verified | Should -BeTrue
        ($verified.Checks | Where-Object Outcome -EQ 'Skipped').Name | Should -Contain 'Issuer'
        (Test-ImageSignature 'oci:img:1.0' @trust -CertificateAuthority ./root.pem -Quiet) | Should -BeTrue
    }

    It 'takes what Get-PfxCertificate returns, as key and as certificate' {
        $pfx = Get-PfxCertificate -LiteralPath leaf.pfx
        $made = Set-BlobSignature a.txt -Key $pfx -UseKeyCertificate -CertificateChain $root -SkipTransparencyLog
        $made.Signer | Should -BeExactly 'release@company.test'
        Test-BlobSignature a.txt @trust -Quiet | Should -BeTrue
        (Get-SigstorePublicKey $leaf).KeyId | Should -BeExactly $made.KeyId
    }

    It 'takes a certificate that went through CliXml' {
        $twin = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($root))
        Set-BlobSignature a.txt @files | Out-Null
        Test-BlobSignature a.txt @trust -CertificateAuthority $twin -Quiet | Should -BeTrue
    }

    It 'signs with a key in the certificate store' -Skip:$IsMacOS {
        $name = "sigstoreps-$([guid]::NewGuid().ToString('N'))"
        $store = [System.Security.Cryptography.X509Certificates.X509Store]::new($name, 'CurrentUser')
        $kept = [System.Security.Cryptography.X509Certificates.X509CertificateLoader]::LoadPkcs12FromFile(
            (Join-Path $PWD 'leaf.pfx'), $null, 'PersistKeySet')
        try {
            try {
                $store.Open('ReadWrite')
                $store.Add($kept)
            }
            catch {
                Set-ItResult -Skipped -Because 'the certificate store of this user cannot be written'
                return
            }
            $reference = "cert:\CurrentUser\$name\$($leaf.Thumbprint)"
            $made = Set-ImageSignature 'oci:img:1.0' -Key $reference -UseKeyCertificate -CertificateChain $root -SkipTransparencyLog
            $made.Signer | Should -BeExactly 'release@company.test'
            Test-ImageSignature 'oci:img:1.0' @trust -Quiet | Should -BeTrue
            Test-ImageSignature 'oci:img:1.0' -Key $reference -SkipTransparencyLog -Quiet | Should -BeFalse
        }
        finally {
            $store.Remove($kept)
            $store.Dispose()
            if (-not $IsWindows) {
                Remove-Item -LiteralPath (Join-Path $HOME ".dotnet/corefx/cryptography/x509stores/$name") -ErrorAction Ignore
            }
        }
    }

    It 'refuses what does not fit before anything is signed: <Code>' -ForEach @(
        @{ Code = 'CertificateKeyMismatch'; With = @{ Key = './cosign.key' } }
        @{ Code = 'CertificateUntrusted'; With = @{ CertificateChain = './leaf.crt' } }
        @{ Code = 'ContradictoryPolicy'; With = @{ UseKeyCertificate = $true } }
        @{ Code = 'ContradictoryPolicy'; With = @{ IssueCertificate = $true } }
    ) {
        $said = $files.Clone()
        foreach ($name in $With.Keys) { $said[$name] = $With[$name] }
        $before = Get-LayoutState
        (Get-Failure { Set-ImageSignature 'oci:img:1.0' @said -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly "$Code,SigstorePS.Commands.SetImageSignatureCommand"
        Get-LayoutState | Should -BeExactly $before
    }

    It 'wants an issuer where the authority is not your own' {
        Set-ImageSignature 'oci:img:1.0' @files | Out-Null
        $public = $trust.Clone()
        $public.Remove('CertificateAuthority')
        (Get-Failure { Test-ImageSignature 'oci:img:1.0' @public -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'ContradictoryPolicy,SigstorePS.Commands.TestImageSignatureCommand'
        $other = Get-TestCertificate 'CN=Company Root, O=Company' -Authority
        (Get-Failure { Test-ImageSignature 'oci:img:1.0' @trust -CertificateAuthority $other -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'CertificateUntrusted,SigstorePS.Commands.TestImageSignatureCommand'
        (Get-Failure { Test-ImageSignature 'oci:img:1.0' @trust -CertificateAuthority ('0' * 40) -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'PathNotFound,SigstorePS.Commands.TestImageSignatureCommand'
    }

    It 'stores a <Format> signature that was made elsewhere, when it holds' -ForEach @(
        @{ Format = 'Bundle' }, @{ Format = 'Legacy' }
    ) {
        $payload = New-ImageSignaturePayload 'oci:img:1.0' -Format $Format -OutFile payload.bin
        $signature = [Convert]::ToBase64String($leafKey.SignData(
                [IO.File]::ReadAllBytes($payload.Path), 'SHA256', 'Rfc3279DerSequence'))
        (Get-Failure { $payload | Add-ImageSignature -Signature $signature -Certificate $root -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeIn @('SignatureMismatch', 'CertificateUntrusted').ForEach({ "$_,SigstorePS.Commands.AddImageSignatureCommand" })
        Get-ImageSignature 'oci:img:1.0' | Should -BeNullOrEmpty
        ($payload | Add-ImageSignature -Signature $signature -Certificate $leaf -CertificateChain $root).Format |
            Should -BeExactly $Format
        Test-ImageSignature 'oci:img:1.0' @trust -Quiet | Should -BeTrue
    }
}
