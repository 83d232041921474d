BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Get-ImageSignature, Get-ImageTree and Find-SignatureTag' {
    BeforeAll {
        Initialize-TestImage
        $bundle, $legacy = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -Format Bundle, Legacy
    }

    AfterAll { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'lists what is stored, unverified' {
        $found = Get-ImageSignature 'oci:img:1.0'
        $found | Should -HaveCount 2
        ($found | Where-Object Format -EQ Bundle).Bundle | Should -BeExactly $bundle.Bundle
        ($found | Where-Object Format -EQ Legacy).Signature | Should -BeExactly $legacy.Signature
    }

    It 'tells of an image that is not there: <_>' -ForEach 'Get-ImageSignature', 'Get-ImageTree', 'Find-SignatureTag' {
        & $_ 'oci:img:none' -ErrorVariable e -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly "ImageNotFound,SigstorePS.Commands.$($_ -replace '-')Command"
        $e[0].TargetObject | Should -BeExactly 'oci:img:none'
    }

    It 'shows the tree, each node under its parent' {
        $tree = Get-ImageTree 'oci:img:1.0'
        $tree[0].Depth | Should -Be 0
        $tree[0].Digest | Should -BeExactly $bundle.Digest
        @($tree | Where-Object { $_.Depth -eq 1 -and $_.Kind -eq 'Signature' }) | Should -HaveCount 2
        $tree | Format-Table | Out-String | Should -Match '(?m)^  Signature'
    }

    It 'tells every place and whether something is there' {
        $tags = Find-SignatureTag 'oci:img:1.0'
        ($tags | Where-Object Scheme -EQ SignatureTag | Where-Object Kind -EQ Signature).Exists | Should -BeTrue
        ($tags | Where-Object Kind -EQ Sbom).Exists | Should -BeFalse
        @($tags.Scheme | Sort-Object -Unique) | Should -BeExactly @('FallbackTag', 'ReferrersApi', 'SignatureTag')
        $tags.Orphaned | Should -Not -Contain $true
    }

    It 'tells only the kinds of -Type' {
        (Find-SignatureTag 'oci:img:1.0' -Type Sbom, Attestation).Kind | Sort-Object | Should -BeExactly @('Attestation', 'Sbom')
    }

    It 'goes through all tags with -AllTags' {
        (Find-SignatureTag 'oci:img' -AllTags).Reference | Should -Contain $legacy.SignatureReference
    }
}
