BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Import-SignedImage' {
    BeforeEach {
        Initialize-TestImage
        $null = Export-SignedImage 'oci:img:1.0' -Path app.tar -SkipTrustRoot
    }

    It 'says what it would push where, for files of the pipeline' {
        $shown = Get-ChildItem *.tar | Import-SignedImage -Destination mirror.test/app -WhatIf 6>&1
        $shown | Where-Object { $_ -is [SigstorePS.ImageCopyResult] } | Should -BeNullOrEmpty
    }

    It 'wants a destination for an image that names none' {
        Import-SignedImage app.tar -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'InvalidImageReference,SigstorePS.Commands.ImportSignedImageCommand'
    }

    It 'refuses what is no archive' {
        'text' | Set-Content no.tar
        Import-SignedImage no.tar -Destination mirror.test/app -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'MalformedArchive,SigstorePS.Commands.ImportSignedImageCommand'
    }

    It 'tells a file that is not there' {
        Import-SignedImage none.tar -Destination mirror.test/app -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'PathNotFound,SigstorePS.Commands.ImportSignedImageCommand'
    }
}
