BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Copy-SignedImage' {
    BeforeEach {
        Initialize-TestImage
        $null = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -Format Bundle, Legacy
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'copies an image with its signatures, and the copy verifies' {
        $copied = Copy-SignedImage 'oci:img:1.0' 'oci:copy'
        $copied | Should -HaveCount 3
        $copied[0] | Should -BeOfType SigstorePS.ImageCopyResult
        $copied[0].Kind | Should -Be 'Image'
        $copied.Status | Sort-Object -Unique | Should -Be 'Copied'
        (Test-ImageSignature 'oci:copy:1.0' -Key ./cosign.pub -SkipTransparencyLog).Verified | Should -BeTrue
        (Copy-SignedImage 'oci:img:1.0' 'oci:copy').Status | Sort-Object -Unique | Should -Be 'Unchanged'
    }

    It 'keeps tags and repository names below a destination that ends in a slash' {
        $null = Publish-ImageBlob -Image 'oci:second:2.0' -Path a.txt
        $copied = 'oci:img:1.0', 'oci:second:2.0' | Copy-SignedImage -Destination 'oci:mirror/' -Include None
        $copied | Should -HaveCount 2
        'mirror/img', 'mirror/second' | ForEach-Object { Join-Path $_ 'index.json' | Should -Exist }
        (Get-ImageTree 'oci:mirror/second:2.0')[0].Depth | Should -Be 0
    }

    It 'copies all tags of a repository' {
        $null = Publish-ImageBlob -Image 'oci:img:2.0' -Path a.txt -Annotation @{ n = '2' }
        $copied = Copy-SignedImage 'oci:img' 'oci:copy' -AllTags
        ($copied | Where-Object Depth -EQ 0).Destination | ForEach-Object { ($_ -split ':')[-1] } | Should -Be '1.0', '2.0'
        { Copy-SignedImage 'oci:img:1.0' 'oci:copy' -AllTags -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidImageReference,*'
    }

    It 'writes nothing under -WhatIf' {
        Copy-SignedImage 'oci:img:1.0' 'oci:copy' -WhatIf
        'copy' | Should -Not -Exist
    }

    It 'overwrites a tag only with -Force' {
        $null = Publish-ImageBlob -Image 'oci:copy:1.0' -Path a.txt -Annotation @{ other = 'image' }
        { Copy-SignedImage 'oci:img:1.0' 'oci:copy' -ErrorAction Stop } | Should -Throw -ErrorId 'TagOccupied,*'
        (Copy-SignedImage 'oci:img:1.0' 'oci:copy' -Force)[0].Status | Should -Be 'Copied'
    }

    It 'tells what is missing, gives what is there, and writes no tag' {
        $bundle = Get-ImageTree 'oci:img:1.0' | Where-Object { $_.Kind -eq 'Signature' -and $_.Storage -eq 'SignatureTag' }
        $payload = Get-ImageTree 'oci:img:1.0' | Where-Object { $_.Kind -eq 'Blob' -and $_.Parent -like "*$($bundle.Digest)" }
        Remove-Item -LiteralPath (Join-Path 'img/blobs/sha256' ($payload[0].Digest -split ':')[1])
        $copied = Copy-SignedImage 'oci:img:1.0' 'oci:copy' -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'CopyIncomplete,SigstorePS.Commands.CopySignedImageCommand'
        $copied | Should -HaveCount 2
        (Get-Failure { Test-ImageSignature 'oci:copy:1.0' -Key ./cosign.pub -SkipTransparencyLog -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeLike 'ImageNotFound,*'
    }

    It 'shows no image while it is at work, and goes on after it was killed' {
        $bytes = [byte[]]::new(1MB)
        $stream = [System.IO.File]::Create((Join-Path $PWD 'big.bin'))
        foreach ($n in 1..400) {
            [System.Random]::new($n).NextBytes($bytes)
            $stream.Write($bytes)
        }
        $stream.Dispose()
        $null = Publish-ImageBlob -Image 'oci:img:big' -Path big.bin
        $null = Set-ImageSignature 'oci:img:big' -Key ./cosign.key -SkipTransparencyLog -Format Bundle, Legacy
        $script = "Import-Module '$module'; Set-Location -LiteralPath '$PWD'; Copy-SignedImage oci:img:big oci:copy"
        $process = Start-Process -FilePath ([System.Environment]::ProcessPath) -PassThru -ArgumentList @(
            '-NoProfile', '-NonInteractive', '-EncodedCommand',
            [Convert]::ToBase64String([System.Text.Encoding]::Unicode.GetBytes($script)))
        while (-not $process.HasExited -and -not (Get-ChildItem -Path copy/blobs/sha256/.tmp-* -Force -ErrorAction Ignore)) { }
        $killed = -not $process.HasExited
        $process.Kill()
        $process.WaitForExit()
        if (-not $killed) {
            Set-ItResult -Skipped -Because 'the copy was done before it could be killed'
            return
        }
        { Test-ImageSignature 'oci:copy:big' -Key ./cosign.pub -SkipTransparencyLog -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,*'
        (Copy-SignedImage 'oci:img:big' 'oci:copy')[0].Destination | Should -BeLike '*:big'
        (Test-ImageSignature 'oci:copy:big' -Key ./cosign.pub -SkipTransparencyLog).Verified | Should -BeTrue
    }

    It 'does not let two images take one name' {
        $null = Publish-ImageBlob -Image 'oci:second:1.0' -Path a.txt -Annotation @{ n = '2' }
        $copied = 'oci:img:1.0', 'oci:second:1.0' | Copy-SignedImage -Destination 'oci:copy' -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeLike 'InvalidImageReference,*'
        $copied | Should -HaveCount 3
    }
}
