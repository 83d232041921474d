BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Get-ImageSbom' {
    BeforeEach {
        Initialize-TestImage
        $text = '{"SPDXID":"SPDXRef-DOCUMENT","spdxVersion":"SPDX-2.3","name":"x"}'
        [System.IO.File]::WriteAllText("$PWD/sbom.json", $text)
        $null = Add-ImageSbom 'oci:img:1.0' ./sbom.json
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'finds it, warns that it is unsigned, and writes it to a file' {
        $found = Get-ImageSbom 'oci:img:1.0' -OutFile out.json -AsText -WarningVariable w -WarningAction SilentlyContinue
        $found | Should -BeOfType SigstorePS.ImageSbom
        $found.Type | Should -BeExactly 'spdx'
        ($found.Content | ConvertFrom-Json).name | Should -BeExactly 'x'
        (Get-FileHash out.json).Hash | Should -Be (Get-FileHash sbom.json).Hash
        "$w" | Should -Match 'unsigned'
    }

    It 'tells that there is none of a type' {
        { Get-ImageSbom 'oci:img:1.0' -Type syft -ErrorAction Stop } | Should -Throw -ErrorId 'NoSbomFound,SigstorePS.Commands.GetImageSbomCommand'
    }

    It 'survives a job and shows no control characters' {
        $found = Get-ImageSbom 'oci:img:1.0' -WarningAction SilentlyContinue
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($found))
        ($copy | Format-List | Out-String) | Should -Match 'SbomDigest'
        ($found | Format-Table | Out-String) | Should -Match 'spdx'
    }
}
