BeforeAll {
    . $PSScriptRoot/Common.ps1
    $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
    $root = Join-Path $golden 'trust/trusted_root.json'
}

# The server that nobody listens at shows that what must not go out does not: there would be another error.
Describe 'Publish-RekorEntry' {
    BeforeAll {
        Initialize-TestImage
        $log = @{ RekorUri = 'http://127.0.0.1:1'; TrustedRoot = $root }
        $key = [System.Security.Cryptography.ECDsa]::Create([System.Security.Cryptography.ECCurve+NamedCurves]::nistP256)
        $pem = $key.ExportSubjectPublicKeyInfoPem()
        $content = [System.Text.Encoding]::UTF8.GetBytes('content')
        [System.IO.File]::WriteAllBytes((Join-Path $PWD 'b.txt'), $content)
        $signature = [System.Convert]::ToBase64String($key.SignData(
                $content, [System.Security.Cryptography.HashAlgorithmName]::SHA256,
                [System.Security.Cryptography.DSASignatureFormat]::Rfc3279DerSequence))
    }

    AfterAll {
        Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore
        $key.Dispose()
    }

    It 'asks with a medium impact, and sends nothing with -WhatIf' {
        $meta = [System.Management.Automation.CommandMetadata]::new((Get-Command Publish-RekorEntry))
        $meta.ConfirmImpact | Should -Be 'Medium'
        Publish-RekorEntry b.txt -Signature $signature -Key $pem -WhatIf @log | Should -BeNullOrEmpty
        Publish-RekorEntry -Digest (Get-FileHash b.txt).Hash -Signature $signature -Key $pem -WhatIf @log |
            Should -BeNullOrEmpty
    }

    It 'refuses what is no signature before it goes out' {
        $failure = Get-Failure { Publish-RekorEntry a.txt -Signature $signature -Key $pem -ErrorAction Stop @log }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'SignatureMismatch,SigstorePS.Commands.PublishRekorEntryCommand'
        $failure.CategoryInfo.Category | Should -Be 'SecurityError'
    }

    It 'wants to know who signed' {
        (Get-Failure { Publish-RekorEntry b.txt -Signature $signature -ErrorAction Stop @log }).FullyQualifiedErrorId |
            Should -BeExactly 'ContradictoryPolicy,SigstorePS.Commands.PublishRekorEntryCommand'
    }

    It 'sends nothing to a log that the trust root does not know' {
        $empty = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}'
        (Get-Failure {
            Publish-RekorEntry b.txt -Signature $signature -Key $pem -RekorUri http://127.0.0.1:1 -TrustedRoot $empty -ErrorAction Stop
        }).FullyQualifiedErrorId | Should -BeExactly 'LogUntrusted,SigstorePS.Commands.PublishRekorEntryCommand'
    }

    It 'takes bundles from the pipeline, and says of each what became of it' {
        $files = Get-ChildItem -LiteralPath (Join-Path $golden 'bundles') -Filter 'c3-keyless-v*.json'
        $files | Publish-RekorEntry @log -WhatIf | Should -BeNullOrEmpty
        $files | Select-Object -First 1 | Publish-RekorEntry @log -ErrorVariable failures -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'RekorUnavailable,*'
    }

    It 'takes a proposed entry as it is, and nothing that is none' {
        Set-Content -LiteralPath e.json -Value '{"kind":"alpine","apiVersion":"0.0.1","spec":{}}'
        Publish-RekorEntry -EntryPath e.json @log -WhatIf | Should -BeNullOrEmpty
        Set-Content -LiteralPath e.json -Value '{"kind":"alpine"}'
        (Get-Failure { Publish-RekorEntry -EntryPath e.json -ErrorAction Stop @log }).FullyQualifiedErrorId |
            Should -BeLike 'InvalidValue,*'
        (Get-Failure { Publish-RekorEntry -EntryPath e.json -Key $pem -ErrorAction Stop @log }).FullyQualifiedErrorId |
            Should -BeLike 'ContradictoryPolicy,*'
    }
}
