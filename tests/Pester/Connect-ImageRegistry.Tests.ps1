BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Connect-ImageRegistry and Disconnect-ImageRegistry' {
    It 'refuses what is no registry' -ForEach 'ghcr.io/acme', 'oci:dir', 'acme' {
        Connect-ImageRegistry $_ -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'InvalidImageReference,SigstorePS.Commands.ConnectImageRegistryCommand'
        $e[0].TargetObject | Should -BeExactly $_
    }

    It 'tells a registry that cannot be reached, and remembers nothing' {
        Connect-ImageRegistry 'localhost:1' -PassThru -ErrorVariable e -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'RegistryUnavailable,SigstorePS.Commands.ConnectImageRegistryCommand'
    }

    It 'stores only what it was given' {
        (Get-Failure { Connect-ImageRegistry 'localhost:1' -Persist }).FullyQualifiedErrorId |
            Should -BeExactly 'ContradictoryPolicy,SigstorePS.Commands.ConnectImageRegistryCommand'
    }

    It 'says nothing about a session that never was' {
        Disconnect-ImageRegistry 'localhost:1' -ErrorAction Stop | Should -BeNullOrEmpty
    }
}
