BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Publish-ImageBlob' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item -ItemType Directory -Path $folder
        Set-Location -LiteralPath $folder
        'a' | Set-Content -LiteralPath a.txt
        'b' | Set-Content -LiteralPath 'b[1].txt'
    }

    It 'publishes files from the pipeline, by name taken literally' {
        $made = Get-ChildItem | Publish-ImageBlob -Image 'oci:img:1.0'
        $made | Should -BeOfType SigstorePS.ImageArtifact
        $made.Kind | Should -BeExactly 'Artifact'
        @(Get-ImageTree 'oci:img:1.0' | Where-Object Kind -EQ Blob).Count | Should -BeIn 0, 2
    }

    It 'makes an index of files for platforms, however they are named' {
        (Publish-ImageBlob -Image 'oci:img:x' -Path 'a.txt:linux/amd64', 'a.txt:linux/arm64').Kind | Should -BeExactly 'Index'
        (Publish-ImageBlob -Image 'oci:img:y' -Path a.txt, a.txt -Platform linux/amd64, linux/arm64/v8).Kind |
            Should -BeExactly 'Index'
    }

    It 'wants a platform for every file' {
        (Get-Failure { Publish-ImageBlob -Image 'oci:img:x' -Path a.txt, a.txt -Platform linux/amd64 }).
            FullyQualifiedErrorId | Should -BeExactly 'ContradictoryPolicy,SigstorePS.Commands.PublishImageBlobCommand'
    }

    It 'publishes nothing under -WhatIf' {
        Publish-ImageBlob -Image 'oci:img:1.0' -Path a.txt -WhatIf | Should -BeNullOrEmpty
        Test-Path -LiteralPath img | Should -BeFalse
    }

    It 'tells a file that is not there' {
        Publish-ImageBlob -Image 'oci:img:1.0' -Path none.txt -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'PathNotFound,SigstorePS.Commands.PublishImageBlobCommand'
        Test-Path -LiteralPath img | Should -BeFalse
    }

    It 'refuses a path that is not a file''s' {
        Publish-ImageBlob -Image 'oci:img:1.0' -Path 'env:PATH' -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'PathNotFound,SigstorePS.Commands.PublishImageBlobCommand'
    }
}
