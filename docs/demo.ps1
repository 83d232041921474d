# The main job on an OCI layout on disk: no network, no account, no registry. `./build.sh demo` runs this in pwsh with
# COSIGN_PASSWORD set for the key it makes; where there is no PowerShell, tests/Demo runs the same steps.
param(
    # A folder the demo may write to; removed afterwards by whoever made it.
    [Parameter(Mandatory)] [string] $Folder,
    [string] $Module = $env:SIGSTOREPS_MODULE
)

$ErrorActionPreference = 'Stop'
$PSStyle.OutputRendering = 'PlainText'
Import-Module -Name (Join-Path $Module 'Sigstore.psd1')
Set-Location -LiteralPath $Folder

function Show-Step([string] $Title, [scriptblock] $Step) {
    "`n# $Title"
    "PS> $($Step.ToString().Trim())"
    . $Step | Out-String -Width 160 | ForEach-Object Trim
}

Set-Content -LiteralPath app.txt -Value 'hello from 1.0'
Set-Content -LiteralPath other.txt -Value 'hello from somebody else'

Show-Step 'A key pair: cosign.key (encrypted), cosign.pub' {
    New-SigstoreKeyPair -OutputPrefix ./cosign
}
Show-Step 'A small image in an OCI layout' {
    Publish-ImageBlob -Image oci:./layout:1.0 -Path ./app.txt
}
Show-Step 'Sign it' {
    'oci:./layout:1.0' | Set-ImageSignature -Key ./cosign.key -Annotation @{ build = '42' } -SkipTransparencyLog
}
Show-Step 'Verify it' {
    'oci:./layout:1.0' | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog | Format-Table
}
Show-Step 'Where its signatures are' {
    Find-SignatureTag oci:./layout:1.0
}

# Somebody moves the tag to an image of their own: the signature is of the other one.
Publish-ImageBlob -Image oci:./layout:1.0 -Path ./other.txt | Out-Null
$refused = $null
Show-Step 'Somebody moved the tag to another image: refused' {
    'oci:./layout:1.0' | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog -ErrorAction SilentlyContinue -ErrorVariable refused
    $refused[0].FullyQualifiedErrorId
    $refused[0].Exception.Message
}

if (-not $refused) {
    throw 'The replaced image was not refused.'
}

"`ndemo: an image was signed and verified, and a replaced one was refused."
