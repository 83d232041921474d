# What every test file needs: the built module, a folder of its own, a key pair, and a signed image in an OCI layout.
# Dot-sourced from BeforeAll. The tests need no registry and no network.
$module = $env:SIGSTOREPS_MODULE ? $env:SIGSTOREPS_MODULE : (Join-Path $PSScriptRoot '../../out/Sigstore/Sigstore.psd1')
Import-Module -Name $module -Force

function ConvertTo-Secret([string] $Text) {
    ConvertTo-SecureString -String $Text -AsPlainText -Force
}

# A new folder with a.txt published as oci:img:1.0, and the key pairs cosign and other (password: pw). Goes there.
function Initialize-TestImage {
    $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
    $null = New-Item -ItemType Directory -Path $folder
    Set-Location -LiteralPath $folder
    $env:COSIGN_PASSWORD = 'pw'
    'content' | Set-Content -LiteralPath a.txt
    $null = Publish-ImageBlob -Image 'oci:img:1.0' -Path a.txt
    $null = New-SigstoreKeyPair -OutputPrefix cosign
    $null = New-SigstoreKeyPair -OutputPrefix other
}

# Everything in the layout, by name and content: equal before and after means that nothing was written.
function Get-LayoutState {
    Get-ChildItem -LiteralPath img -Recurse -File | Sort-Object -Property FullName |
        ForEach-Object { "$($_.FullName) $((Get-FileHash -LiteralPath $_.FullName).Hash)" }
}

# The terminating error of a script block, or nothing.
function Get-Failure([scriptblock] $Script) {
    try {
        $null = & $Script
    }
    catch {
        $_
    }
}

# Addresses and files of the real sigstore servers, as StackDescription.cs has them. Skips the test where nobody built
# them.
function Get-TestStack {
    if ($env:SIGSTOREPS_STACK) {
        Get-Content -LiteralPath $env:SIGSTOREPS_STACK -Raw | ConvertFrom-Json
    }
    elseif ($env:SIGSTOREPS_REQUIRE_STACK -eq '1') {
        throw 'The sigstore servers are not running.'
    }
    else {
        Set-ItResult -Skipped -Because 'the sigstore servers are missing (./build.sh peers builds them)'
    }
}

# An identity token of one of their issuers: email, uri, username, spiffe, k8s, github.
function Get-TestToken([object] $Stack, [hashtable] $Claims, [string] $Kind = 'email') {
    Invoke-RestMethod -Uri "$($Stack.issuers)/$Kind/mint" -Method Post -Body ($Claims | ConvertTo-Json) -NoProxy
}
