BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Get-DockerfileImage' {
    BeforeEach {
        Initialize-TestImage
        'ARG V', 'FROM a:$V AS build', 'RUN <<EOF', 'FROM evil', 'EOF', 'FROM scratch', 'COPY --from=build / /', 'COPY --from=b / /' |
            Set-Content -LiteralPath Dockerfile
    }

    It 'tells images, lines and stages' {
        $images = Get-DockerfileImage . -BuildArgument @{ V = 3 }
        $images.Reference | Should -BeExactly 'a:3', 'b'
        $images.Line | Should -Be 2, 8
        $images.Kind | Should -BeExactly 'From', 'Copy'
        $images.Stage | Should -BeExactly 'build', '1'
    }

    It 'reads text of the pipeline' {
        (Get-Content -Raw Dockerfile | Get-DockerfileImage -BuildArgument @{ V = 'x' }).Reference | Should -BeExactly 'a:x', 'b'
    }

    It 'is an error for what cannot be told, and the others come' {
        $env:V = 'of the process'
        $images = Get-DockerfileImage Dockerfile -ErrorVariable e -ErrorAction SilentlyContinue
        $env:V = $null
        $images.Reference | Should -BeExactly 'b'
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'DocumentUnresolved,SigstorePS.Commands.GetDockerfileImageCommand'
        $e[0].TargetObject | Split-Path -Leaf | Should -BeExactly 'Dockerfile'
    }

    It 'is cosign dockerfile verify' {
        $null = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog
        $result = 'FROM oci:img:1.0' | Get-DockerfileImage | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog
        $result.Verified | Should -BeTrue
    }

    It 'pins to what was verified' {
        $null = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog
        "FROM oci:img:1.0 AS x`r`nRUN true`r`n" | Set-Content -LiteralPath d -NoNewline
        $ok = Get-DockerfileImage d | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog
        (Get-DockerfileImage d -Pin $ok).Reference | Should -BeExactly "oci:img:1.0@$($ok.Digest)"
        Get-Content -Raw d | Should -BeExactly "FROM oci:img:1.0@$($ok.Digest) AS x`r`nRUN true`r`n"
    }
}
