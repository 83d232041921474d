BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Remove-ImageSignature' {
    BeforeEach {
        Initialize-TestImage
        $null = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -Format Bundle, Legacy
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'removes signatures from every place, and leaves the image' {
        $removed = Remove-ImageSignature 'oci:img:1.0' -Force
        $removed | Should -HaveCount 2
        $removed[0] | Should -BeOfType SigstorePS.RemovedArtifact
        Get-ImageSignature 'oci:img:1.0' | Should -BeNullOrEmpty
        (Get-ImageTree 'oci:img:1.0')[0].Depth | Should -Be 0
    }

    It 'removes nothing under -WhatIf, -Force or not' {
        $before = Get-LayoutState
        Remove-ImageSignature 'oci:img:1.0' -WhatIf
        Remove-ImageSignature 'oci:img:1.0' -WhatIf -Force
        & { $WhatIfPreference = $true; Remove-ImageSignature 'oci:img:1.0' -Force }
        Get-LayoutState | Should -BeExactly $before
    }

    It 'asks by default' {
        $meta = [System.Management.Automation.CommandMetadata]::new((Get-Command -Name Remove-ImageSignature))
        $meta.ConfirmImpact | Should -Be 'High'
        $meta.SupportsShouldProcess | Should -BeTrue
    }

    It 'removes only the kinds of -Type' {
        Remove-ImageSignature 'oci:img:1.0' -Type Attestation, Sbom -Force | Should -BeNullOrEmpty
        Get-ImageSignature 'oci:img:1.0' | Should -HaveCount 2
    }

    It 'tells a bad reference and goes on' {
        $removed = 'BAD', 'oci:img:1.0' | Remove-ImageSignature -Confirm:$false -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'InvalidImageReference,SigstorePS.Commands.RemoveImageSignatureCommand'
        $removed | Should -HaveCount 2
    }

    It 'removes what the pipeline brings, one by one' {
        Get-ImageTree 'oci:img:1.0' | Where-Object Storage -EQ SignatureTag | Remove-ImageSignature -Force | Should -HaveCount 1
        Get-ImageSignature 'oci:img:1.0' | Should -HaveCount 1
    }

    It 'finds orphans by property name, and touches nothing else' {
        Find-SignatureTag 'oci:img:1.0' -AllTags | Where-Object Orphaned | Remove-ImageSignature -Force | Should -BeNullOrEmpty
        Find-SignatureTag 'oci:img:1.0' -AllTags | Remove-ImageSignature -Force | Should -HaveCount 1
        Get-ImageSignature 'oci:img:1.0' | Should -HaveCount 1
    }
}
