BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Get-ComposeImage' {
    BeforeEach {
        Initialize-TestImage
        'services:', '  web: { image: "nginx:${T_OF_TEST}" }', '  debug: { image: b, profiles: [ p ] }', '  made: { build: . }' |
            Set-Content -LiteralPath compose.yaml
        'T_OF_TEST=1' | Set-Content -LiteralPath .env
        $env:T_OF_TEST = $null
    }

    It 'replaces variables: of the process, else of the file' {
        (Get-ComposeImage .).Reference | Should -BeExactly 'nginx:1', 'b'
        $env:T_OF_TEST = '2'
        (Get-ComposeImage .).Reference | Should -BeExactly 'nginx:2', 'b'
        $env:T_OF_TEST = $null
        'T_OF_TEST=3' | Set-Content -LiteralPath e.env
        (Get-ComposeImage ./compose.yaml -EnvironmentFile ./e.env).Reference | Should -BeExactly 'nginx:3', 'b'
    }

    It 'chooses profiles only when told' {
        (Get-ComposeImage . -Profile other).Service | Should -BeExactly 'web'
        (Get-ComposeImage . -Profile p).Service | Should -BeExactly 'web', 'debug'
    }

    It 'tells of services that are built' {
        (Get-ComposeImage . 3>&1 | Out-String) | Should -Match 'Get-DockerfileImage'
    }

    It 'is an error for a variable without a value' {
        Remove-Item -LiteralPath .env -Force
        $failure = Get-Failure { Get-ComposeImage . -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'DocumentUnresolved,SigstorePS.Commands.GetComposeImageCommand'
        $failure.Exception.Message | Should -Match 'T_OF_TEST'
    }
}
