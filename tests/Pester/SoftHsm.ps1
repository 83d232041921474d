# SoftHSM for the tests of tokens: a store of its own with the tokens release and empty. The module reads SOFTHSM2_CONF
# when it is loaded, from an environment that $env: does not reach: so what uses it runs in a pwsh of its own, started
# with the variable set, and its output comes back deserialized. Dot-sourced from BeforeAll, after Common.ps1.
$hsmPin = '13579024'

# Makes the store, or skips the test where SoftHSM is missing. Returns its parts.
function Get-TestHsm {
    $peers = $env:PEERS ? $env:PEERS : (Join-Path $PSScriptRoot '../../.peers')
    $library = Join-Path $peers 'libsofthsm2-bookworm/usr/lib/softhsm/libsofthsm2.so'
    $program = Join-Path $peers 'softhsm2-bookworm/usr/bin/softhsm2-util'
    if (-not (Test-Path -LiteralPath $library) -or -not (Test-Path -LiteralPath $program)) {
        if ($env:SIGSTOREPS_REQUIRE_PEERS -eq '1') {
            throw "SoftHSM is missing: $library"
        }
        Set-ItResult -Skipped -Because 'SoftHSM 2.6.1 is missing (./build.sh peers fetches it)'
    }

    if (-not $script:hsm) {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item -ItemType Directory -Path (Join-Path $folder 'tokens')
        $configuration = Join-Path $folder 'softhsm2.conf'
        "directories.tokendir = $folder/tokens`nobjectstore.backend = file`nlog.level = ERROR" |
            Set-Content -LiteralPath $configuration
        $script:hsm = @{ Module = (Resolve-Path -LiteralPath $library).Path; Configuration = $configuration }
        foreach ($label in 'release', 'empty') {
            $env:SOFTHSM2_CONF = $configuration
            $said = & $program --module $hsm.Module --init-token --free --label $label --pin $hsmPin --so-pin 86420135 2>&1
            Remove-Item -Path env:SOFTHSM2_CONF
            if ($LASTEXITCODE -ne 0) {
                throw "softhsm2-util: $said"
            }
        }
    }
    $script:hsm
}

# Runs a script with the module imported, the store as it is, and -Variables in the environment.
function Invoke-WithHsm([string] $Script, [hashtable] $Variables = @{}) {
    $null = Get-TestHsm
    $all = @{ SOFTHSM2_CONF = $hsm.Configuration; COSIGN_PKCS11_MODULE_PATH = $hsm.Module } + $Variables
    $program = "`$ProgressPreference = 'SilentlyContinue'; Import-Module -Name '$module'; " +
        "Set-Location -LiteralPath '$((Get-Location).ProviderPath)'; $Script"
    try {
        foreach ($name in $all.Keys) {
            Set-Item -LiteralPath "env:$name" -Value $all[$name]
        }
        & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -OutputFormat XML -EncodedCommand (
            [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($program)))
    }
    finally {
        Remove-Item -Path @($all.Keys | ForEach-Object { "env:$_" }) -ErrorAction Ignore
    }
}
