# hashivault:// and openbao:// in a real session, against a transit engine in a runspace of this process: "Create key",
# "Read key" and "Sign data" of https://developer.hashicorp.com/vault/api-docs/secret/transit, for ECDSA P-256.
BeforeAll {
    . $PSScriptRoot/Common.ps1

    $probe = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $probe.Start()
    $vault = [hashtable]::Synchronized(@{
            Address = "http://127.0.0.1:$($probe.LocalEndpoint.Port)"
            Token = 'hvs.S3CR3T-vault'
            Keys = [hashtable]::Synchronized(@{})
            Requests = [System.Collections.ArrayList]::Synchronized([System.Collections.ArrayList]::new())
            Listener = [System.Net.HttpListener]::new()
        })
    $probe.Stop()
    $vault.Listener.Prefixes.Add("$($vault.Address)/")
    $vault.Listener.Start()
    $server = [powershell]::Create().AddScript({
            param($Vault)
            while ($Vault.Listener.IsListening) {
                try { $context = $Vault.Listener.GetContext() } catch { break }
                $request = $context.Request
                $null = $Vault.Requests.Add("$($request.HttpMethod) $($request.RawUrl)")
                $text = [System.IO.StreamReader]::new($request.InputStream).ReadToEnd()
                $body = $text ? ($text | ConvertFrom-Json) : $null
                $status, $answer = switch -Regex ("$($request.HttpMethod) $($request.RawUrl)") {
                    { $request.Headers['X-Vault-Token'] -cne $Vault.Token } {
                        403, @{ errors = @("1 error occurred:`n`t* permission denied`n`n") }
                        break
                    }
                    '^POST /v1/transit/keys/([\w.-]+)$' {
                        $Vault.Keys[$Matches[1]] ??= [System.Security.Cryptography.ECDsa]::Create(
                            [System.Security.Cryptography.ECCurve+NamedCurves]::nistP256)
                        200, @{ data = @{ name = $Matches[1]; type = $body.type }; warnings = $null }
                        break
                    }
                    '^GET /v1/transit/keys/([\w.-]+)$' {
                        $key = $Vault.Keys[$Matches[1]]
                        if ($key) {
                            $version = @{ name = 'P-256'; public_key = $key.ExportSubjectPublicKeyInfoPem() }
                            200, @{ data = @{ type = 'ecdsa-p256'; latest_version = 1; keys = @{ '1' = $version } } }
                        }
                        else {
                            404, @{ errors = @() }
                        }
                        break
                    }
                    '^POST /v1/transit/sign/([\w.-]+)/sha2-256$' {
                        $signature = $Vault.Keys[$Matches[1]].SignHash(
                            [Convert]::FromBase64String($body.input),
                            [System.Security.Cryptography.DSASignatureFormat]::Rfc3279DerSequence)
                        200, @{ data = @{ signature = "vault:v$($body.key_version):$([Convert]::ToBase64String($signature))" } }
                        break
                    }
                    default { 404, @{ errors = @('no handler for route') } }
                }
                $bytes = [System.Text.Encoding]::UTF8.GetBytes(($answer | ConvertTo-Json -Depth 6))
                $context.Response.StatusCode = $status
                $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
                $context.Response.Close()
            }
        }).AddArgument($vault)
    $running = $server.BeginInvoke()
}

AfterAll {
    $vault.Listener.Stop()
    $null = $server.EndInvoke($running)
    $server.Dispose()
}

Describe 'Keys in <Name>' -ForEach @(
    @{ Name = 'Vault'; Scheme = 'hashivault'; Prefix = 'VAULT' }
    @{ Name = 'OpenBao'; Scheme = 'openbao'; Prefix = 'BAO' }
) {
    BeforeEach {
        Initialize-TestImage
        Set-Item -LiteralPath "env:${Prefix}_ADDR" -Value $vault.Address
        Set-Item -LiteralPath "env:${Prefix}_TOKEN" -Value $vault.Token
        $key = "${Scheme}://release-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $vault.Requests.Clear()
    }

    AfterEach { Remove-Item -Path "env:${Prefix}_ADDR", "env:${Prefix}_TOKEN" -ErrorAction Ignore }

    It 'are made, once, with the public key in a file' {
        $made = New-SigstoreKeyPair -Key $key -OutputPrefix release
        $made.Reference | Should -BeExactly $key
        (Get-SigstorePublicKey -Key $key).KeyId | Should -BeExactly $made.KeyId
        (Get-SigstorePublicKey -Key ./release.pub).KeyId | Should -BeExactly $made.KeyId
        $failure = Get-Failure { New-SigstoreKeyPair -Key $key -Force -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeLike 'KeyExists,*'
        $failure.CategoryInfo.Category | Should -Be 'ResourceExists'
    }

    It 'sign images, and verify them with the key and with the file' {
        $null = New-SigstoreKeyPair -Key $key -OutputPrefix release
        $vault.Requests.Clear()
        (Set-ImageSignature oci:img:1.0 -Key $key -SkipTransparencyLog).SelfVerification | Should -BeIn 'Passed', $null
        @($vault.Requests -like 'GET*') | Should -HaveCount 1 -Because 'the public key is asked for once'
        Test-ImageSignature oci:img:1.0 -Key ./release.pub -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-ImageSignature oci:img:1.0 -Key $key -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-ImageSignature oci:img:1.0 -Key ./other.pub -SkipTransparencyLog -Quiet | Should -BeFalse
    }

    It 'ask nobody under -WhatIf' {
        New-SigstoreKeyPair -Key $key -WhatIf | Should -BeNullOrEmpty
        $vault.Requests | Should -BeNullOrEmpty
    }

    It 'are an error of their own when they are not there, or not for this token' {
        (Get-Failure { Get-SigstorePublicKey -Key $key -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeLike 'KeyNotFound,*'
        Set-Item -LiteralPath "env:${Prefix}_TOKEN" -Value 'hvs.S3CR3T-expired'
        $failure = Get-Failure { Get-SigstoreKey -Key $key -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeLike 'KeyAccessDenied,*'
        $failure.CategoryInfo.Category | Should -Be 'PermissionDenied'
        $failure | Get-Error | Out-String -Width 4096 | Should -Not -BeLike '*S3CR3T*'
    }

    It 'are not asked for with -Offline' {
        $failure = Get-Failure {
            Test-ImageSignature oci:img:1.0 -Key $key -SkipTransparencyLog -Offline -ErrorAction Stop
        }
        $failure.FullyQualifiedErrorId | Should -BeLike 'OfflineUnavailable,*'
        $vault.Requests | Should -BeNullOrEmpty
    }
}
