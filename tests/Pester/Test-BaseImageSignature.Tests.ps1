BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Test-BaseImageSignature' {
    BeforeEach {
        Initialize-TestImage
        $null = Publish-ImageBlob -Image 'oci:img:1.0' -Path a.txt -ContentType application/vnd.oci.image.layer.v1.tar+gzip
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'verifies a base by its attestation' {
        $signed = Set-BaseImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog
        $signed | Should -BeOfType SigstorePS.BaseImageSignature
        $found = Test-BaseImageSignature 'oci:img:1.0' -BaseImage 'oci:img:1.0' -Key ./cosign.pub -SkipTransparencyLog
        $found.Bases.LayersDigest | Should -BeExactly $signed.LayersDigest
        ($found | Format-List | Out-String) | Should -Match 'layers by'
        $found | Export-Clixml -LiteralPath found.xml
        (Import-Clixml -LiteralPath found.xml).Bases[0].LayersDigest | Should -BeExactly $signed.LayersDigest
        ($found | Format-Table | Out-String) | Should -Match 'Verified'
        ($signed | Format-Table | Out-String) | Should -Match 'LayerCount'
    }

    It 'verifies a base by what the manifest carries' {
        $signed = Set-BaseImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -Storage Annotation -Tag carried -WarningAction SilentlyContinue
        $signed.AnnotatedTag | Should -BeExactly 'carried'
        Test-BaseImageSignature 'oci:img:carried' -Key ./cosign.pub -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-BaseImageSignature 'oci:img:1.0' -Key ./cosign.pub -SkipTransparencyLog -Quiet | Should -BeFalse
        (Test-BaseImageSignature -Path ./img -Key ./cosign.pub -SkipTransparencyLog -IncludeFailure).Verified | Should -Contain $true
    }

    It 'tells that nothing was there to look at' {
        { Test-BaseImageSignature 'oci:img:1.0' -Key ./cosign.pub -SkipTransparencyLog -ErrorAction Stop } |
            Should -Throw -ErrorId 'NoSignatureFound,SigstorePS.Commands.TestBaseImageSignatureCommand'
    }
}
