# What packs load is invisible to the session and deaf to it: other versions of the same libraries, loaded before the
# module or after, as Az, AWS.Tools or Posh-ACME bring them. A pack that nobody uses loads nothing, and one that is
# missing says so. Each session is a process of its own.
BeforeDiscovery {
    $clash = Join-Path $PSScriptRoot '../../artifacts/bin/Clash/release'
    $libraries = @(
        @{ Pack = 'Azure'; Library = 'Azure.Core'; Type = 'Azure.Core.TokenRequestContext'; Key = 'azurekms://127.0.0.1:1/key' }
        @{ Pack = 'Aws'; Library = 'AWSSDK.Core'; Type = 'Amazon.RegionEndpoint'; Key = 'awskms://127.0.0.1:1/alias/key' }
    )
    $crypto = 'BouncyCastle.Crypto', 'BouncyCastle.Cryptography' |
        Where-Object { Test-Path -LiteralPath (Join-Path $clash "$_.dll") } | Select-Object -First 1
    $libraries += @{ Pack = 'BouncyCastle'; Library = $crypto ? $crypto : 'BouncyCastle.Crypto'
        Type = 'Org.BouncyCastle.Crypto.Generators.SCrypt'; Key = '' }
    $orders = foreach ($one in $libraries) {
        foreach ($first in 'theirs', 'ours') {
            $one + @{ First = $first }
        }
    }
    $absent = -not (Test-Path -LiteralPath (Join-Path $clash 'Azure.Core.dll'))
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $clash = (Resolve-Path -LiteralPath (Join-Path $PSScriptRoot '../../artifacts/bin/Clash/release') -ErrorAction Ignore).Path

    # Signs a file and verifies it with a key pair in files: New-SigstoreKeyPair runs scrypt of the BouncyCastle pack.
    $work = @'
        $env:COSIGN_PASSWORD = 'pw'
        Set-Location -LiteralPath (New-Item -ItemType Directory -Path (Join-Path $env:TEST_FOLDER ([guid]::NewGuid())))
        'content' | Set-Content -LiteralPath a.txt
        $null = New-SigstoreKeyPair
        $null = Set-BlobSignature a.txt -Key cosign.key -SkipTransparencyLog
        $said.verified = Test-BlobSignature a.txt -Key cosign.pub -SkipTransparencyLog -Quiet
'@

    # Runs a script in a new session; it fills $said, which comes back as an object.
    function Invoke-Session([string] $Script, [string] $Module = $env:SIGSTOREPS_MODULE) {
        $file = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).ps1"
        "`$ErrorActionPreference = 'Stop'; `$said = @{}; `$module = '$Module'; `$clash = '$clash'`n" +
        "$Script`n`$said | ConvertTo-Json -Depth 5" | Set-Content -LiteralPath $file
        $env:TEST_FOLDER = "$TestDrive"
        $out = & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -File $file 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$out"
        $out | Out-String | ConvertFrom-Json
    }
}

Describe 'Other versions of a pack''s library in the session' -Skip:$absent {
    It '<First> first: <Library> lives twice, and each side sees its own' -TestCases $orders {
        $ours = @"
            Import-Module `$module
            $work
            if ('$Key') {
                try { `$null = Get-SigstorePublicKey '$Key' } catch { `$said.error = "`$_" }
            }
            `$context = [System.Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ 'SigstorePS.$Pack'
            `$said.contexts = @(`$context).Count
            `$said.ours = `$context.LoadFromAssemblyName('$Library').GetName().Version.ToString()
            `$said.seen = '$Type' -as [type] ? ('$Type' -as [type]).Assembly.GetName().Version.ToString() : ''
"@
        $theirs = @"
            Add-Type -Path (Join-Path `$clash '$Library.dll')
            `$said.theirs = ([type] '$Type').Assembly.GetName().Version.ToString()
"@
        $after = @"
            `$said.seenAtLast = ([type] '$Type').Assembly.GetName().Version.ToString()
            `$said.default = @([System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies |
                Where-Object { `$_.GetName().Name -eq '$Library' } | ForEach-Object { `$_.GetName().Version.ToString() })
            `$said.visible = @([System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies |
                Where-Object { `$_.Location -like '*[\\/]providers[\\/]*' } | ForEach-Object FullName)
            $work
"@
        $said = Invoke-Session ($First -eq 'theirs' ? "$theirs`n$ours`n$after" : "$ours`n$theirs`n$after")
        $said.verified | Should -BeTrue
        $said.contexts | Should -Be 1
        $said.ours | Should -Not -Be $said.theirs
        $said.seen | Should -BeExactly ($First -eq 'theirs' ? $said.theirs : '')
        $said.seenAtLast | Should -BeExactly $said.theirs
        $said.default | Should -BeExactly @($said.theirs)
        $said.visible | Should -BeNullOrEmpty
    }
}

Describe 'A pack that nobody uses' {
    It 'loads nothing' {
        $said = Invoke-Session @"
            Import-Module `$module
            $work
            `$said.loaded = @([System.Runtime.Loader.AssemblyLoadContext]::All | ForEach-Object Assemblies |
                ForEach-Object { `$_.GetName().Name } | Sort-Object -Unique)
"@
        $said.verified | Should -BeTrue
        $said.loaded | Should -Contain 'SigstorePS.Engine'
        $said.loaded | Should -Contain 'SigstorePS.BouncyCastle'
        $said.loaded -match '^(AWSSDK|Azure|Google|YamlDotNet|Microsoft\.Identity|Microsoft\.Extensions\.|System\.ClientModel|SigstorePS\.(Aws|Azure|Google|Yaml)$)' |
            Should -BeNullOrEmpty
    }

    It 'leaves the others alone when one is used' {
        $said = Invoke-Session @'
            Import-Module $module
            $env:KUBECONFIG = Join-Path $env:TEST_FOLDER 'none'
            'kind: Config' | Set-Content -LiteralPath $env:KUBECONFIG
            try { $null = Get-SigstorePublicKey k8s://default/key } catch { $said.error = $_.FullyQualifiedErrorId }
            $said.packs = @([System.Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -Like 'SigstorePS.*' |
                ForEach-Object Name)
            $said.loaded = @([System.Runtime.Loader.AssemblyLoadContext]::All | ForEach-Object Assemblies |
                ForEach-Object { $_.GetName().Name })
'@
        $said.error | Should -BeLike 'KeyServiceUnavailable,*'
        $said.packs | Should -BeExactly @('SigstorePS.Yaml')
        $said.loaded | Should -Contain 'YamlDotNet'
        $said.loaded -match '^(AWSSDK|Azure|Google)' | Should -BeNullOrEmpty
    }
}

Describe 'A pack that is missing' {
    It 'says how to get it, and the others work' {
        $copy = Join-Path $TestDrive 'Sigstore'
        Copy-Item -LiteralPath (Split-Path -Path $env:SIGSTOREPS_MODULE) -Destination $copy -Recurse
        Remove-Item -LiteralPath (Join-Path $copy 'bin/providers/Azure') -Recurse
        $said = Invoke-Session -Module (Join-Path $copy 'Sigstore.psd1') @"
            Import-Module `$module
            $work
            try { `$null = Get-SigstorePublicKey azurekms://vault.example/key }
            catch { `$said.id = `$_.FullyQualifiedErrorId; `$said.message = "`$_" }
            `$env:KUBECONFIG = Join-Path `$env:TEST_FOLDER 'none'
            `$env:HOME = `$env:TEST_FOLDER
            try { `$null = Get-SigstorePublicKey k8s://default/key } catch { `$said.other = `$_.FullyQualifiedErrorId }
"@
        $said.verified | Should -BeTrue
        $said.id | Should -BeLike 'ProviderPackMissing,*'
        $said.message | Should -Match 'Azure'
        $said.message | Should -Match 'Install-PSResource'
        $said.other | Should -BeLike 'KeyServiceUnavailable,*'
    }
}
