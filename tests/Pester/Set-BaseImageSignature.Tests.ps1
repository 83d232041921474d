BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Set-BaseImageSignature' {
    BeforeEach {
        Initialize-TestImage
        $null = Publish-ImageBlob -Image 'oci:img:1.0' -Path a.txt -ContentType application/vnd.oci.image.layer.v1.tar+gzip
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'signs nothing under -WhatIf' {
        $before = Get-LayoutState
        Set-BaseImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -Storage Both -Tag x -WhatIf
        Get-LayoutState | Should -BeExactly $before
    }

    It 'does not overwrite a tag' {
        { Set-BaseImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -Storage Annotation -Tag 1.0 -ErrorAction Stop } |
            Should -Throw -ErrorId 'TagOccupied,SigstorePS.Commands.SetBaseImageSignatureCommand'
    }
}
