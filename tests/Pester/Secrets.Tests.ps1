# No secret that a key is reached with may come out anywhere: every stream, error records with all that hangs on them
# (as CliXml, where a job or remoting would carry them), -WhatIf, and what Get-SigstoreEnvironment shows.
BeforeDiscovery {
    $closed = 'http://127.0.0.1:1'
    $json = '{"type":"authorized_user","client_id":"id","client_secret":"S3CR3T-client","refresh_token":"S3CR3T-refresh"}'
    $kubeconfig = @'
{ "apiVersion": "v1", "kind": "Config", "current-context": "c",
  "contexts": [{ "name": "c", "context": { "cluster": "c", "user": "u" } }],
  "clusters": [{ "name": "c", "cluster": { "server": "https://127.0.0.1:1" } }],
  "users": [{ "name": "u", "user": { "token": "S3CR3T-kubernetes" } }] }
'@
    $kinds = @(
        @{ Name = 'a PIN in the reference'; Key = 'pkcs11:token=t;object=k?module-path=/nowhere.so&pin-value=S3CR3T-pin' }
        @{ Name = 'a PIN in the environment'; Key = 'pkcs11:token=t;object=k?module-path=/nowhere.so'
            Set = @{ COSIGN_PKCS11_PIN = 'S3CR3T-pin' } }
        @{ Name = 'Vault'; Key = 'hashivault://key'; Set = @{ VAULT_ADDR = $closed; VAULT_TOKEN = 'S3CR3T-vault' } }
        @{ Name = 'OpenBao'; Key = 'openbao://key'; Set = @{ BAO_ADDR = $closed; BAO_TOKEN = 'S3CR3T-bao' } }
        @{ Name = 'GitLab'; Key = 'gitlab://group/project'; Set = @{ GITLAB_HOST = $closed; GITLAB_TOKEN = 'S3CR3T-gitlab' } }
        @{ Name = 'GitHub'; Key = 'github://owner/repository'; Set = @{ GITHUB_HOST = $closed; GITHUB_TOKEN = 'S3CR3T-github' } }
        @{ Name = 'AWS'; Key = 'awskms:///alias/key'
            Set = @{ AWS_ENDPOINT_URL_KMS = $closed; AWS_REGION = 'eu-west-1'; AWS_ACCESS_KEY_ID = 'AKIAIOSFODNN7EXAMPLE'
                AWS_SECRET_ACCESS_KEY = 'S3CR3T-aws'; AWS_SESSION_TOKEN = 'S3CR3T-session' } }
        @{ Name = 'Azure'; Key = 'azurekms://127.0.0.1:1/key'
            Set = @{ AZURE_TENANT_ID = 'tenant'; AZURE_CLIENT_ID = 'client'; AZURE_CLIENT_SECRET = 'S3CR3T-azure'
                AZURE_AUTHORITY_HOST = 'https://127.0.0.1:1/'; AZURE_TOKEN_CREDENTIALS = 'EnvironmentCredential' } }
        @{ Name = 'Google'; Key = 'gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k'; File = 'adc.json'; Text = $json
            Variable = 'GOOGLE_APPLICATION_CREDENTIALS'; Set = @{ HTTPS_PROXY = $closed } }
        @{ Name = 'Kubernetes'; Key = 'k8s://default/key'; File = 'config'; Text = $kubeconfig; Variable = 'KUBECONFIG' }
        @{ Name = 'an address with a password'; Key = 'https://user:S3CR3T-url@127.0.0.1:1/key.pub' }
        @{ Name = 'a signed address'; Key = 'https://127.0.0.1:1/key.pub?signature=S3CR3T-url' }
        @{ Name = 'an unknown service'; Key = 'nosuchkms://user:S3CR3T-url@host/key?token=S3CR3T-query' }
    )
}

BeforeAll {
    . $PSScriptRoot/Common.ps1

    # Everything that comes out of a command, as one text.
    function Get-EverythingSaid([scriptblock] $Script) {
        $Error.Clear()
        $transcript = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).txt"
        $null = Start-Transcript -LiteralPath $transcript
        $said = try { & $Script *>&1 } catch { $_ }
        $null = Stop-Transcript
        @(
            $said | Out-String -Width 4096
            $said | ForEach-Object { [System.Management.Automation.PSSerializer]::Serialize($_, 6) }
            $Error | ForEach-Object { Get-Error -InputObject $_ | Out-String -Width 4096 }
            $Error | ForEach-Object { $_.Exception ? $_.Exception.ToString() : "$_" }
            Get-Content -LiteralPath $transcript -Raw
        ) -join "`n"
    }
}

Describe 'Secrets of keys elsewhere' {
    BeforeEach {
        Initialize-TestImage
        $saved = @{}
    }

    AfterEach {
        foreach ($name in $saved.Keys) {
            Set-Item -LiteralPath "env:$name" -Value $saved[$name]
        }
    }

    It 'are in no stream: <Name>' -ForEach $kinds {
        $variables = $Set ? $Set.Clone() : @{}
        if ($File) {
            Set-Content -LiteralPath $File -Value $Text
            $variables[$Variable] = Join-Path $PWD $File
        }

        foreach ($name in $variables.Keys) {
            $saved[$name] = [Environment]::GetEnvironmentVariable($name)
            Set-Item -LiteralPath "env:$name" -Value $variables[$name]
        }

        $said = Get-EverythingSaid {
            Get-SigstorePublicKey -Key $Key -Verbose -Debug
            New-SigstoreKeyPair -Key $Key -WhatIf
            New-SigstoreKeyPair -Key $Key -Verbose -Debug
            Set-ImageSignature oci:img:1.0 -Key $Key -SkipTransparencyLog -Verbose -Debug
        }
        $more = Get-EverythingSaid {
            Test-ImageSignature oci:img:1.0 -Key $Key -SkipTransparencyLog -Verbose -Debug
            Get-SigstoreEnvironment
        }
        $said | Should -BeLike '*SigstoreException*' -Because 'a service that is not there is an error'
        "$said$more" | Should -Not -Match 'S3CR3T' -Because "$Key must keep its secrets"
    }
}
