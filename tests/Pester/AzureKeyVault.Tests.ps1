# Keys of Azure Key Vault in real PowerShell, against the imitation of tests/Support/Keys/VirtualAzure.cs. It speaks TLS
# with an authority of its own, which a process trusts by SSL_CERT_FILE on Linux alone, and from its start: so each test
# is a PowerShell of its own.
BeforeDiscovery {
    . $PSScriptRoot/CloudKeys.ps1
    $missing = -not $IsLinux -or -not (Test-Path -LiteralPath $program)
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    . $PSScriptRoot/CloudKeys.ps1
    if ($IsLinux -and (Test-Path -LiteralPath $program)) {
        $cloud = Open-TestCloud
        $azure = $cloud.Description.azure
        $reference = "azurekms://$($azure.host)/pester"
    }

    # Runs a script where the vault is known, and gives back what it wrote.
    function Invoke-WithAzure([string] $Script, [hashtable] $Variables = @{}) {
        $text = "`$ErrorActionPreference = 'Stop'; Import-Module -Name '$module'; `$key = '$reference'`n$Script"
        $start = [Diagnostics.ProcessStartInfo]::new('pwsh', [string[]]@('-NoProfile', '-NonInteractive', '-Command', $text))
        $start.WorkingDirectory = $PWD.ProviderPath
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $all = @{
            SSL_CERT_FILE = $azure.root; AZURE_AUTHORITY_HOST = $azure.address; AZURE_TENANT_ID = $azure.tenant
            AZURE_CLIENT_ID = $azure.client; AZURE_CLIENT_SECRET = $azure.secret; NO_COLOR = '1'
        }
        foreach ($name in $Variables.Keys) {
            $all[$name] = $Variables[$name]
        }

        foreach ($name in $all.Keys) {
            $start.Environment[$name] = $all[$name]
        }

        $process = [Diagnostics.Process]::Start($start)
        $errors = $process.StandardError.ReadToEndAsync()
        $output = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        "$output$($errors.GetAwaiter().GetResult())"
    }
}

AfterAll { Close-TestCloud $cloud }

Describe 'Keys of Azure Key Vault' -Skip:$missing {
    BeforeEach { Initialize-TestImage }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'makes a key once, signs with it, and verifies by reference and by file' {
        $said = Invoke-WithAzure @'
            $made = New-SigstoreKeyPair -Key $key -OutputPrefix vault
            "made: $($made.Reference -ceq $key)"
            try { New-SigstoreKeyPair -Key $key -Force } catch { "again: $($_.FullyQualifiedErrorId)" }
            $null = Set-ImageSignature oci:img:1.0 -Key $key -SkipTransparencyLog
            "reference: $(Test-ImageSignature oci:img:1.0 -Key $key -SkipTransparencyLog -Quiet)"
            "file: $(Test-ImageSignature oci:img:1.0 -Key ./vault.pub -SkipTransparencyLog -Quiet)"
            "other: $(Test-ImageSignature oci:img:1.0 -Key ./other.pub -SkipTransparencyLog -Quiet -ErrorAction Ignore)"
            "loaded: $(@([AppDomain]::CurrentDomain.GetAssemblies().GetName().Name -eq 'Azure.Core').Count)"
'@
        $said | Should -Match 'made: True'
        $said | Should -Match 'again: KeyExists,SigstorePS.Commands.NewSigstoreKeyPairCommand'
        $said | Should -Match 'reference: True'
        $said | Should -Match 'file: True'
        $said | Should -Match 'other: False'
        $said | Should -Match 'loaded: 1'
        $said | Should -Not -Match ([regex]::Escape($azure.secret))
        $said | Should -Not -Match ([regex]::Escape($azure.token))
    }

    It 'loads nothing of Azure or Google for a key in a file' {
        Invoke-WithAzure @'
            $null = Set-ImageSignature oci:img:1.0 -Key ./cosign.key -SkipTransparencyLog
            "loaded: $(@([AppDomain]::CurrentDomain.GetAssemblies().GetName().Name -match '^(Azure|Google|Microsoft\.Identity)\.').Count)"
'@ -Variables @{ COSIGN_PASSWORD = 'pw' } | Should -Match 'loaded: 0'
    }

    It 'tells a wrong secret and does not show it' {
        $said = Invoke-WithAzure @'
            try { Get-SigstoreKey -Key $key } catch { "id: $($_.FullyQualifiedErrorId)"; $_ | Format-List * -Force; $_.Exception.ToString() }
'@ -Variables @{ AZURE_CLIENT_SECRET = 'wrong~secret~value' }
        $said | Should -Match 'id: KeyServiceUnauthorized,SigstorePS.Commands.GetSigstoreKeyCommand'
        $said | Should -Match 'AADSTS7000215'
        $said | Should -Not -Match 'wrong~secret~value'
    }

    It 'sends no token to a host that is no vault' {
        $failure = Get-Failure { Get-SigstoreKey -Key azurekms://vault.example.com/key -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'InvalidKeyReference,SigstorePS.Commands.GetSigstoreKeyCommand'
    }
}
