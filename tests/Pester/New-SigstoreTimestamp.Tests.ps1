BeforeAll { . $PSScriptRoot/Common.ps1 }

# The xunit rings talk to an authority. Here is what needs none: binding, refusals, -WhatIf, and what happens when nobody
# answers.
Describe 'New-SigstoreTimestamp' {
    BeforeAll {
        Set-Location -LiteralPath $TestDrive
        'a' | Set-Content -LiteralPath ./a.txt
        'b' | Set-Content -LiteralPath './b[1].txt'
        $nobody = @{ TimestampUri = 'http://127.0.0.1:9/tsa'; SkipSelfVerification = $true }
        $class = 'SigstorePS.Commands.NewSigstoreTimestampCommand'
    }

    It 'asks nobody under -WhatIf' {
        Get-ChildItem *.txt | New-SigstoreTimestamp @nobody -WhatIf | Should -BeNullOrEmpty
        Get-ChildItem *.tsr | Should -BeNullOrEmpty
    }

    It 'fails for its file when nobody answers, and writes nothing' {
        $out = New-SigstoreTimestamp ./a.txt @nobody -ErrorVariable e -ErrorAction SilentlyContinue
        $out | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly "TimestampUnavailable,$class"
        $e[0].TargetObject | Should -BeExactly (Join-Path $TestDrive 'a.txt')
        './a.txt.tsr' | Should -Not -Exist
    }

    It 'asks nobody when the answer could not be kept' {
        '' | Set-Content -LiteralPath './b[1].txt.tsr'
        $failure = Get-Failure { Get-Item -LiteralPath './b[1].txt' | New-SigstoreTimestamp @nobody -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly "FileExists,$class"
        Remove-Item -LiteralPath './b[1].txt.tsr'
    }

    It 'refuses <name>' -ForEach @(
        @{ name = 'two places'; id = 'ContradictoryPolicy'; with = @{ Path = 'a.txt'; OutFile = 'x'; OutDirectory = '.' } }
        @{ name = 'a digest without a place'; id = 'ContradictoryPolicy'; with = @{ Digest = 'sha256:' + '0' * 64 } }
        @{ name = 'a key without a certificate'; id = 'ContradictoryPolicy'; with = @{ Path = 'a.txt'; TimestampClientKey = 'a.txt' } }
        @{ name = 'two ways to say whom to ask'; id = 'ContradictoryPolicy'; with = @{ Path = 'a.txt'; SigningConfig = '{}' } }
    ) {
        $failure = Get-Failure { New-SigstoreTimestamp @with @nobody -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly "$id,$class"
    }

    It 'has one way to say what is timestamped' {
        $failure = Get-Failure { New-SigstoreTimestamp -Path a.txt -Digest ('sha256:' + '0' * 64) @nobody }
        $failure.FullyQualifiedErrorId | Should -Match '^AmbiguousParameterSet,'
        $failure = Get-Failure { New-SigstoreTimestamp a.txt -HashAlgorithm sha1 @nobody }
        $failure.FullyQualifiedErrorId | Should -Match '^ParameterArgumentValidationError,'
        $failure = Get-Failure { New-SigstoreTimestamp a.txt -PolicyOid 'x' @nobody }
        $failure.FullyQualifiedErrorId | Should -Match '^ParameterArgumentValidationError,'
    }

    It 'returns what Test-SigstoreTimestamp takes by property name' {
        $test = (Get-Command Test-SigstoreTimestamp).Parameters
        foreach ($name in 'Path', 'ArtifactPath', 'Digest') {
            $test[$name].Attributes.ValueFromPipelineByPropertyName | Should -Contain $true
            [SigstorePS.SigstoreTimestamp].GetProperty($name).PropertyType | Should -Be ([string])
        }
    }

    It 'verifies a file again that an object names, and a digest that it names' {
        $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
        $json = Get-Content -LiteralPath "$golden/bundles/c2-keyless-old.ts" -Raw | ConvertFrom-Json
        [IO.File]::WriteAllBytes((Join-Path $PWD 'g.tsr'), [Convert]::FromBase64String($json.SignedRFC3161Timestamp))
        $signature = [Convert]::FromBase64String((Get-Content -LiteralPath "$golden/bundles/c2-keyless-old.sig" -Raw).Trim())
        [IO.File]::WriteAllBytes((Join-Path $PWD 'g.bin'), $signature)
        $trust = @{ TrustedRoot = "$golden/trust/trusted_root.json" }
        $byFile = [pscustomobject]@{ Path = "$PWD/g.tsr"; ArtifactPath = "$PWD/g.bin"; Digest = $null }
        ($byFile | Test-SigstoreTimestamp @trust).ArtifactPath | Should -BeExactly (Join-Path $PWD 'g.bin')
        $digest = 'sha256:' + (Get-FileHash -LiteralPath ./g.bin).Hash.ToLowerInvariant()
        $byDigest = [pscustomobject]@{ Path = "$PWD/g.tsr"; ArtifactPath = $null; Digest = $digest }
        ($byDigest | Test-SigstoreTimestamp @trust).Digest | Should -BeExactly $digest
        ($byDigest | Test-SigstoreTimestamp @trust -ArtifactPath ./g.bin).ArtifactPath | Should -Not -BeNullOrEmpty
        'b' | Set-Content -LiteralPath ./g.bin
        $null = $byFile | Test-SigstoreTimestamp @trust -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -Match '^TimestampInvalid,'
    }
}
