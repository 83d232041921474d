BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Export-SignedImage' {
    BeforeEach {
        Initialize-TestImage
        $null = Set-ImageSignature -Image 'oci:img:1.0' -Key cosign.key -SkipTransparencyLog
    }

    It 'makes <_>, which one command verifies offline' -ForEach 'app', 'app.tar', 'app.zip' {
        $made = Export-SignedImage 'oci:img:1.0' -Path $_ -SkipTrustRoot
        $made | Should -BeOfType SigstorePS.SignedImageExport
        $made.Names | Should -BeExactly '1.0'
        $made.Artifacts | Should -Be 1
        $made.TrustedRootPath | Should -BeNullOrEmpty
        $tested = Test-ImageSignature -Path $_ -Key cosign.pub -SkipTransparencyLog -Offline
        $tested.Verified | Should -BeTrue
        $tested.Digest | Should -BeExactly $made.Digests
        (Get-Item $_ | Test-ImageSignature -Key other.pub -SkipTransparencyLog -Offline -Quiet) | Should -BeFalse
        (Get-ImageTree "oci:${_}:1.0").Kind | Should -Contain 'Signature'
    }

    It 'is Save-SignedImage as well' {
        (& (Get-Alias -Name Save-SignedImage) 'oci:img:1.0' -Path app.tar -SkipTrustRoot).Format | Should -BeExactly 'Tar'
    }

    It 'carries a trust root that is used when it is named' {
        '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}' | Set-Content root.json
        (Export-SignedImage 'oci:img:1.0' -Path app.tar -TrustedRoot root.json).TrustedRootPath |
            Should -BeExactly 'trusted_root.json'
        (Test-ImageSignature -Path app.tar -TrustedRoot app.tar -Key cosign.pub -SkipTransparencyLog -Offline).Verified |
            Should -BeTrue
        (Get-Failure { Test-ImageSignature -Path img -TrustedRoot img -Key cosign.pub -SkipTransparencyLog }).
            FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
    }

    It 'writes nothing under -WhatIf and nothing over what is there' {
        Export-SignedImage 'oci:img:1.0' -Path app.tar -SkipTrustRoot -WhatIf | Should -BeNullOrEmpty
        Test-Path app.tar | Should -BeFalse
        'mine' | Set-Content app.tar
        (Get-Failure { Export-SignedImage 'oci:img:1.0' -Path app.tar -SkipTrustRoot }).FullyQualifiedErrorId |
            Should -BeExactly 'FileExists,SigstorePS.Commands.ExportSignedImageCommand'
        Get-Content app.tar | Should -BeExactly 'mine'
        $null = Export-SignedImage 'oci:img:1.0' -Path app.tar -SkipTrustRoot -Force
        (Test-ImageSignature -Path app.tar -Key cosign.pub -SkipTransparencyLog -Offline).Verified | Should -BeTrue
    }

    It 'gives the same bytes again' {
        $null = Export-SignedImage 'oci:img:1.0' -Path one.tar -SkipTrustRoot
        $null = Export-SignedImage 'oci:img:1.0' -Path two.tar -SkipTrustRoot
        (Get-FileHash one.tar).Hash | Should -BeExactly (Get-FileHash two.tar).Hash
    }

    It 'has views that survive a job' {
        $made = Export-SignedImage 'oci:img:1.0' -Path app.tar -SkipTrustRoot
        $made | Format-Table | Out-String | Should -Match 'app\.tar'
        $made | Export-Clixml made.xml
        Import-Clixml made.xml | Format-List | Out-String | Should -Match 'TrustedRootPath'
    }
}
