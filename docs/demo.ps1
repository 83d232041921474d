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

function Show-Refused([string] $Title) {
    $refused = $null
    "`n# $Title"
    'PS> ''oci:./layout:1.0'' | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog'
    'oci:./layout:1.0' | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog -ErrorAction SilentlyContinue -ErrorVariable refused
    if (-not $refused) {
        throw 'The image was not refused.'
    }
    $refused[0].FullyQualifiedErrorId
    $refused[0].Exception.Message
}

# A changed byte on disk is no longer what the digest says.
$digest = ('oci:./layout:1.0' | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog).Digest
$manifest = "layout/blobs/sha256/$($digest.Substring(7))"
$original = Get-Content -LiteralPath $manifest -Raw
Set-Content -LiteralPath $manifest -Value $original.Replace('size', 'sise') -NoNewline
Show-Refused 'Somebody changed the image on disk: refused'
Set-Content -LiteralPath $manifest -Value $original -NoNewline

# A tag is not an image: what is signed is the digest it led to.
Publish-ImageBlob -Image oci:./layout:1.0 -Path ./other.txt | Out-Null
Show-Refused 'Somebody moved the tag to another image: refused'

"`ndemo: an image was signed and verified; a changed one and a replaced one were refused."
