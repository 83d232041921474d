BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Get-SigstorePolicy' {
    BeforeAll {
        Set-Location -LiteralPath $TestDrive
        $text = @'
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata:
  name: signed
spec:
  images:
  - glob: "ghcr.io/acme/**"
  authorities:
  - keyless:
      identities:
      - issuer: https://gitlab.com
        subjectRegExp: "https://gitlab.com/acme/.*"
'@
        $text | Set-Content -LiteralPath ./a.yaml
        $text.Replace('spec:', "spec:`n  mood: warn") | Set-Content -LiteralPath ./b.yaml
    }

    It 'reads files and text' {
        $policy = Get-SigstorePolicy ./a.yaml -WarningVariable w -WarningAction SilentlyContinue
        $policy.Name | Should -BeExactly 'signed'
        $policy.Images | Should -Be 'ghcr.io/acme/**'
        $policy.Mode | Should -BeExactly 'enforce'
        $w | Should -Match 'not anchored'
        (Get-SigstorePolicy -Text $text -WarningAction SilentlyContinue).Yaml | Should -BeExactly $policy.Yaml
        Get-ChildItem ./a.yaml | Get-SigstorePolicy -WarningAction SilentlyContinue | Should -HaveCount 1
        $policy | Out-String | Should -Match 'signed'
        $policy | Format-List | Out-String | Should -Match 'ApiVersion'
    }

    It 'tells what is wrong, with line and field' {
        $failure = Get-Failure { Get-SigstorePolicy ./b.yaml -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'MalformedPolicy,SigstorePS.Commands.GetSigstorePolicyCommand'
        $failure.Exception.Message | Should -Match 'line 6: spec.mood: unknown field'
    }

    It 'goes on after a file that is none' {
        './none.yaml', './b.yaml', './a.yaml' |
            Get-SigstorePolicy -ErrorVariable e -ErrorAction SilentlyContinue -WarningAction SilentlyContinue |
            Should -HaveCount 1
        $e | Should -HaveCount 2
    }
}
