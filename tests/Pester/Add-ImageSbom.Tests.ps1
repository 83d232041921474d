BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Add-ImageSbom' {
    BeforeEach {
        Initialize-TestImage
        [System.IO.File]::WriteAllText("$PWD/a.json", '{"SPDXID":"SPDXRef-DOCUMENT","spdxVersion":"SPDX-2.3"}')
        [System.IO.File]::WriteAllText("$PWD/b.json", '{"bomFormat":"CycloneDX","specVersion":"1.6"}')
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'takes files of the pipeline' {
        $stored = Get-Item a.json, b.json | Add-ImageSbom 'oci:img:1.0' -StorageMode Referrer
        $stored.Type | Should -Be @('spdx', 'cyclonedx')
        Get-ImageSbom 'oci:img:1.0' -WarningAction SilentlyContinue | Should -HaveCount 2
    }

    It 'replaces another one only by force' {
        $null = Add-ImageSbom 'oci:img:1.0' a.json
        { Add-ImageSbom 'oci:img:1.0' b.json -ErrorAction Stop } | Should -Throw -ErrorId 'TagOccupied,SigstorePS.Commands.AddImageSbomCommand'
        (Add-ImageSbom 'oci:img:1.0' b.json -Force).Type | Should -BeExactly 'cyclonedx'
    }

    It 'refuses what contradicts' {
        { Add-ImageSbom 'oci:img:1.0' a.json -SbomType syft -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidValue,*'
    }

    It 'stores nothing under -WhatIf' {
        $before = Get-LayoutState
        Add-ImageSbom 'oci:img:1.0' a.json -WhatIf
        Get-LayoutState | Should -BeExactly $before
    }

    It 'is removed with the image''s other things' {
        $null = Add-ImageSbom 'oci:img:1.0' a.json
        Remove-ImageSignature 'oci:img:1.0' -Type Sbom -Force | Should -HaveCount 1
        Get-ImageSbom 'oci:img:1.0' -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }
}
