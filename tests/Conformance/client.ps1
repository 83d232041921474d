#!/usr/bin/env pwsh
# The client that the public sigstore-conformance suite drives: its words, on our cmdlets. Exit status 0: done.
#   client.ps1 sign-bundle --identity-token T --bundle F [--trusted-root F] [--signing-config F] [--in-toto] FILE
#   client.ps1 verify-bundle [--trusted-root F] --bundle F (--certificate-identity I --certificate-oidc-issuer U | --key PUB) FILE_OR_DIGEST
# The module is $env:SIGSTOREPS_MODULE, else the one that ./build.sh build made.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest

$parameters = @{
    '--bundle'                  = 'Bundle'
    '--certificate-identity'    = 'CertificateIdentity'
    '--certificate-oidc-issuer' = 'CertificateIssuer'
    '--identity-token'          = 'IdentityToken'
    '--key'                     = 'Key'
    '--signing-config'          = 'SigningConfig'
    '--trusted-root'            = 'TrustedRoot'
}
$said = @{}
$word, $rest = $args
try {
    if ($word -cnotin 'verify-bundle', 'sign-bundle') { throw "'$word' is not supported by this client." }
    $statement = $false
    $rest = @($rest)
    for ($i = 0; $i -lt $rest.Count; $i++) {
        if ($parameters.ContainsKey($rest[$i])) {
            $name = $parameters[$rest[$i++]]
            $said[$name] = $rest[$i]
        }
        elseif ($rest[$i] -ceq '--in-toto') {
            $statement = $true
        }
        elseif ($rest[$i].StartsWith('--')) {
            throw "'$($rest[$i])' is not supported by this client."
        }
        elseif ($rest[$i] -match '^sha(256|384|512):') {
            $said['Digest'] = $rest[$i]
        }
        else {
            $said['LiteralPath'] = $rest[$i]
        }
    }

    Import-Module -Name ($env:SIGSTOREPS_MODULE ? $env:SIGSTOREPS_MODULE : "$PSScriptRoot/../../out/Sigstore/Sigstore.psd1")
    if ($word -ceq 'verify-bundle') {
        Test-BlobSignature @said -WarningAction SilentlyContinue | Format-List
        exit 0
    }

    $said['BundlePath'] = $said['Bundle']
    $said.Remove('Bundle')
    if ($statement) {
        # The suite gives a whole statement as the artifact.
        $about = (Get-Content -LiteralPath $said['LiteralPath'] -Raw | ConvertFrom-Json).subject[0].digest.sha256
        $said['Statement'] = $said['LiteralPath']
        $said.Remove('LiteralPath')
        Set-BlobAttestation -Digest "sha256:$about" @said -Force | Format-List
    }
    else {
        Set-BlobSignature @said -Force | Format-List
    }
    exit 0
}
catch {
    [Console]::Error.WriteLine("$($_.FullyQualifiedErrorId): $_")
    exit 1
}
