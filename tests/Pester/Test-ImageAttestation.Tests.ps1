BeforeDiscovery {
    # A program in the place of opa and cue is a shell script.
    $shell = -not $IsWindows
}

BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Test-ImageAttestation' {
    BeforeAll {
        $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))
        $null = New-Item -ItemType Directory -Path $folder
        Set-Location -LiteralPath $folder
        $id = 'SigstorePS.Commands.TestImageAttestationCommand'
        $old = "oci:$golden/images/oci-layout/c2-keyless-old:v1"
        $new = "oci:$golden/images/oci-layout/c3-keyless-new:v1"
        $alice = @{
            CertificateIdentity = 'alice@example.test'
            CertificateIssuer   = 'http://127.0.0.1:15020/email'
            TrustedRoot         = "$golden/trust/trusted_root.json"
            PredicateType       = 'slsaprovenance1'
        }
        function Get-Code([scriptblock] $Call) { "$((Get-Failure $Call).FullyQualifiedErrorId)" -replace ",$id$" }
    }

    It 'emits what is stated as objects to look into' {
        $result = Test-ImageAttestation $old @alice
        $result | Should -BeOfType SigstorePS.AttestationVerification
        $result.Verified | Should -BeTrue
        $result.Signer | Should -BeExactly 'alice@example.test'
        $result.Predicate.runDetails.builder.id | Should -BeExactly 'https://example.test/builder'
        $result.Predicate.buildDefinition.externalParameters.a | Should -Be 1
        ($result.Statement | ConvertFrom-Json).predicateType | Should -BeExactly 'https://slsa.dev/provenance/v1'
        $result.Checks.Name | Should -Contain 'PredicateType'
        $result.Checks.Name | Should -Contain 'Claims'
    }

    It 'emits one object for each attestation of the type' {
        $all = @(Test-ImageAttestation $new @alice)
        $all | Should -HaveCount 2
        $all.LogIndex | Should -Not -BeNullOrEmpty
        $all[0].Candidates | Should -HaveCount 2
    }

    It 'wants to be told a type, and compares it' {
        (Get-Command Test-ImageAttestation).Parameters['PredicateType'].Attributes.Mandatory | Should -Contain $true
        $other = $alice.Clone()
        $other.PredicateType = 'spdxjson'
        Test-ImageAttestation $new @other -ErrorVariable e -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly "PredicateTypeMismatch,$id"
        $e[0].CategoryInfo.Category | Should -Be 'SecurityError'
        $e[0].TargetObject | Should -BeOfType SigstorePS.AttestationVerification
        $e[0].TargetObject.Candidates.Code | Should -BeExactly @('PredicateTypeMismatch', 'PredicateTypeMismatch')
    }

    It 'does not take a signature of the image' {
        $other = $alice.Clone()
        $other.PredicateType = 'https://sigstore.dev/cosign/sign/v1'
        Get-Code { Test-ImageAttestation $new @other -ErrorAction Stop } | Should -BeExactly 'ContradictoryPolicy'
        Get-Code { Test-ImageAttestation "oci:$golden/images/oci-layout/c3-keyless-old:v1" @alice -ErrorAction Stop } |
            Should -BeExactly 'NoAttestationFound'
    }

    It 'gives one boolean with -Quiet' {
        Test-ImageAttestation $new @alice -Quiet | Should -BeExactly @($true)
        Test-ImageAttestation $new @alice -Quiet -Policy { $false } | Should -BeExactly @($false)
        Test-ImageAttestation $new @alice -Quiet -Policy { throw 'x' } -ErrorVariable e -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly "PolicyFailed,$id"
    }

    It 'keeps the order and goes on after bad input' {
        $rows = $old, 'BAD', $new, $old | Test-ImageAttestation @alice -IncludeFailure -ThrottleLimit 4 -Policy { $true }
        $rows.Status | Should -BeExactly @('Verified', 'InvalidImageReference', 'Verified', 'Verified', 'Verified')
        $rows.Image | Should -BeExactly @($old, 'BAD', $new, $new, $old)
    }

    It 'ends early when the pipeline does' {
        @($new, $new, $new | Test-ImageAttestation @alice -Policy { $true } | Select-Object -First 1) | Should -HaveCount 1
    }

    Context 'script blocks' {
        It 'passes by <Rule>' -ForEach @(
            @{ Rule = { $_.predicate.runDetails.builder.id -like 'https://example.test/*' } }
            @{ Rule = { $_._type -eq 'https://in-toto.io/Statement/v0.1' } }
            @{ Rule = { $_.subject.Count -eq 1; $_.subject[0].digest.sha256.Length -eq 64 } }
            @{ Rule = { $_ | ForEach-Object { $_.predicate.buildDefinition.externalParameters.a -eq 1 } } }
        ) {
            $result = Test-ImageAttestation $old @alice -Policy $Rule
            $result.Verified | Should -BeTrue
            ($result.Checks | Where-Object Name -EQ Policy).Evidence | Should -Not -BeNullOrEmpty
        }

        It 'refuses by <Rule>' -ForEach @(
            @{ Rule = { $_.predicate.runDetails.builder.id -eq 'x' } }
            @{ Rule = { } }
            @{ Rule = { $null } }
            @{ Rule = { 'true' } }
            @{ Rule = { 1 } }
            @{ Rule = { $true; $false } }
            @{ Rule = { $true; 'and more' } }
            @{ Rule = { @('a', 'b') -like 'a' } }
            @{ Rule = { $_.predicate.nothing.there -eq 1 } }
        ) {
            Get-Code { Test-ImageAttestation $old @alice -Policy $Rule -ErrorAction Stop } |
                Should -BeExactly 'PolicyViolation'
        }

        It 'has no answer from <Rule>' -ForEach @(
            @{ Rule = { throw 'no' } }
            @{ Rule = { Get-Item ./nothing -ErrorAction Stop; $true } }
            @{ Rule = { [int] 'x' } }
        ) {
            Get-Code { Test-ImageAttestation $old @alice -Policy $Rule -ErrorAction Stop } | Should -BeExactly 'PolicyFailed'
        }

        It 'sees the variables of the script it is written in, and leaves them alone' {
            $wanted = 'https://example.test/builder'
            'mine' | ForEach-Object {
                (Test-ImageAttestation $old @alice -Policy { $_.predicate.runDetails.builder.id -eq $wanted }).Verified |
                    Should -BeTrue
                $_ | Should -BeExactly 'mine'
            }
        }

        It 'must all be satisfied' {
            Get-Code { Test-ImageAttestation $old @alice -Policy { $true }, { $false } -ErrorAction Stop } |
                Should -BeExactly 'PolicyViolation'
            (Test-ImageAttestation $old @alice -Policy { $true }, { $true }).Checks |
                Where-Object Name -EQ Policy | Should -HaveCount 2
        }
    }

    Context 'JSON Schema' {
        BeforeAll {
            $schema = '{"$schema":"https://json-schema.org/draft/2020-12/schema","required":["predicate"],"properties":' +
                '{"predicate":{"properties":{"runDetails":{"properties":{"builder":{"properties":{"id":{"enum":["ID"]}}}}}}}}}'
            $schema.Replace('ID', 'https://example.test/builder') | Set-Content -LiteralPath good.json
            $schema.Replace('ID', 'x') | Set-Content -LiteralPath bad.json
        }

        It 'passes what fits and refuses what does not' {
            $result = Test-ImageAttestation $old @alice -Policy ./good.json
            ($result.Checks | Where-Object Name -EQ Policy).Evidence | Should -BeExactly 'good.json'
            Get-Code { Test-ImageAttestation $old @alice -Policy ./bad.json -ErrorAction Stop } |
                Should -BeExactly 'PolicyViolation'
            Get-Code { Test-ImageAttestation $old @alice -Policy ./good.json, ./bad.json -ErrorAction Stop } |
                Should -BeExactly 'PolicyViolation'
            (Test-ImageAttestation $old @alice -Policy (Get-Item ./good.json), (Get-Content good.json -Raw)).Verified |
                Should -BeTrue
        }

        It 'says what does not fit, and leaves no error of its own behind' {
            $Error.Clear()
            $failure = Get-Failure { Test-ImageAttestation $old @alice -Policy ./bad.json -ErrorAction Stop }
            $failure.Exception.Message | Should -Match "'bad\.json' is not satisfied: \S"
            $Error.FullyQualifiedErrorId | Where-Object { $_ -match 'TestJson' } | Should -BeNullOrEmpty
        }

        It 'is not fooled by a function of the session' {
            function global:Test-Json { $true }
            try {
                Get-Code { Test-ImageAttestation $old @alice -Policy ./bad.json -ErrorAction Stop } |
                    Should -BeExactly 'PolicyViolation'
            }
            finally {
                Remove-Item -LiteralPath function:Test-Json
            }
        }

        It 'fetches nothing' {
            Get-Code { Test-ImageAttestation $old @alice -Policy '{"$ref":"https://127.0.0.1:1/x.json"}' } |
                Should -BeExactly 'PolicyFailed'
        }

        It 'has no answer from what is no schema' {
            # Test-Json itself says $true to the first two, after its error.
            foreach ($schema in '{"type":7}', '{"required":"a"}', '{"$ref":"#/$defs/none"}', '{"a":') {
                Get-Code { Test-ImageAttestation $old @alice -Policy $schema -ErrorAction Stop } |
                    Should -BeExactly 'PolicyFailed' -Because $schema
            }
        }
    }

    Context 'Rego and CUE' {
        BeforeAll {
            'package signature' | Set-Content -LiteralPath p.rego
            'predicate: _' | Set-Content -LiteralPath p.cue
            $path = $env:PATH
        }

        AfterEach { $env:PATH = $path }

        It 'names the program that is missing' {
            $env:PATH = $folder
            foreach ($pair in @{ p = './p.rego'; n = 'opa' }, @{ p = './p.cue'; n = 'cue' }) {
                $failure = Get-Failure { Test-ImageAttestation $old @alice -Policy $pair.p }
                $failure.FullyQualifiedErrorId | Should -BeExactly "PolicyProgramMissing,$id"
                $failure.Exception.Message | Should -Match "'$($pair.n)'"
            }
        }

        It 'runs the program that is on the search path' -Skip:(-not $shell) {
            $bin = New-Item -ItemType Directory -Path "$folder/bin" -Force
            "#!/bin/sh`ngrep -q 'example.test/builder' && echo '{`"result`":[{`"expressions`":[{`"value`":true}]}]}' || echo '{}'`n" |
                Set-Content -LiteralPath "$bin/opa" -NoNewline
            chmod +x "$bin/opa"
            $env:PATH = "$bin$([IO.Path]::PathSeparator)$path"
            ((Test-ImageAttestation $old @alice -Policy ./p.rego).Checks | Where-Object Name -EQ Policy).Evidence |
                Should -BeExactly 'p.rego'
            "#!/bin/sh`ncat >/dev/null; echo '{}'`n" | Set-Content -LiteralPath "$bin/opa" -NoNewline
            Get-Code { Test-ImageAttestation $old @alice -Policy ./p.rego -ErrorAction Stop } |
                Should -BeExactly 'PolicyViolation'
        }
    }

    It 'survives a job as text' {
        $result = Test-ImageAttestation $old @alice
        $twin = [System.Management.Automation.PSSerializer]::Deserialize(
            [System.Management.Automation.PSSerializer]::Serialize($result, 6))
        $twin.Statement | Should -BeExactly $result.Statement
        $twin.Predicate.runDetails.builder.id | Should -BeExactly 'https://example.test/builder'
        $twin | Format-Table | Out-String -Width 200 | Should -Match 'slsa.dev/provenance/v1'
    }

    It 'completes types' {
        $line = "Test-ImageAttestation x -PredicateType slsa"
        (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText |
            Should -Contain 'slsaprovenance1'
    }
}
