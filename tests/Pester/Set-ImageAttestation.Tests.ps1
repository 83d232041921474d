BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Set-ImageAttestation' {
    BeforeEach {
        Initialize-TestImage
        '{ "@context": "https://openvex.dev/ns/v0.2.0", "n": 1.0 }' | Set-Content -LiteralPath vex.json
        'a note' | Set-Content -LiteralPath note.txt -NoNewline
        $common = @{ Key = './cosign.key'; SkipTransparencyLog = $true }
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD, env:SOURCE_DATE_EPOCH -ErrorAction Ignore }

    It 'attests what comes down the pipeline, as text or by property name <_>' -ForEach 'Image', 'Reference', 'ImageName', 'ImageReference' {
        'oci:img:1.0', [pscustomobject]@{ $_ = 'oci:img:1.0' } |
            Set-ImageAttestation -Predicate note.txt @common | Should -HaveCount 2
    }

    It 'pairs predicates with types, in both formats' {
        $made = Set-ImageAttestation 'oci:img:1.0' -Predicate vex.json, note.txt -PredicateType openvex, custom -Format Bundle, Legacy @common
        $made | Should -HaveCount 4
        $made[0] | Should -BeOfType SigstorePS.ImageAttestation
        $made.Format -join ',' | Should -BeExactly 'Bundle,Legacy,Bundle,Legacy'
        $made[0].PredicateType | Should -BeExactly 'https://openvex.dev/ns'
        $made[0].Statement | Should -BeLike '*"n":1.0}}'
        ($made[2].Statement | ConvertFrom-Json).predicate.Data | Should -BeExactly 'a note'
        $made[0].SelfVerification | Should -BeExactly 'Passed'
    }

    It 'takes any URI for a type, and short names in any case' {
        (Set-ImageAttestation 'oci:img:1.0' -Predicate vex.json -Type 'https://example.test/p' @common).PredicateType |
            Should -BeExactly 'https://example.test/p'
        (Set-ImageAttestation 'oci:img:1.0' -Predicate vex.json -Type OpenVEX @common).PredicateType |
            Should -BeExactly 'https://openvex.dev/ns'
    }

    It 'replaces the type it writes and nothing else' {
        $null = Set-ImageAttestation 'oci:img:1.0' -Predicate vex.json -PredicateType openvex @common
        $null = Set-ImageAttestation 'oci:img:1.0' -Predicate note.txt @common
        (Set-ImageAttestation 'oci:img:1.0' -Predicate vex.json -PredicateType openvex -Replace @common).Replaced | Should -Be 1
        Get-ImageTree 'oci:img:1.0' | Where-Object Kind -EQ Attestation | Should -HaveCount 2
    }

    It 'shows digest and type and writes nothing under -WhatIf' {
        $before = Get-LayoutState
        $pwsh = (Get-Process -Id $PID).Path
        $said = & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$module'; Set-Location -LiteralPath '$PWD'
            Set-ImageAttestation 'oci:img:1.0' -Predicate vex.json -PredicateType openvex -Key ./cosign.key -SkipTransparencyLog -WhatIf"
        "$said" | Should -Match 'Attest https://openvex\.dev/ns.*@sha256:[0-9a-f]{64} \(1\.0\)'
        Get-LayoutState | Should -BeExactly $before
    }

    It 'stores nothing with -NoUpload, and writes the bundle to -BundlePath' {
        $before = Get-LayoutState
        $made = Set-ImageAttestation 'oci:img:1.0' -Predicate note.txt -NoUpload -BundlePath b.json @common
        $made.Storage | Should -BeExactly 'None'
        Get-Content -LiteralPath $made.BundlePath -Raw | Should -BeExactly $made.Bundle
        Get-LayoutState | Should -BeExactly $before
    }

    It 'records SOURCE_DATE_EPOCH in custom predicates' {
        $env:SOURCE_DATE_EPOCH = '1700000000'
        $made = Set-ImageAttestation 'oci:img:1.0' -Predicate note.txt @common
        $made.Statement | Should -BeLike '*"Timestamp":"2023-11-14T22:13:20Z"*'
        $made.Created.ToUnixTimeSeconds() | Should -Be 1700000000
    }

    It 'signs a statement byte for byte, if it is about the image' {
        $hex = ((Set-ImageAttestation 'oci:img:1.0' -Predicate note.txt -NoUpload @common).Digest -split ':')[1]
        $text = '{ "_type": "https://in-toto.io/Statement/v1", "subject": [{ "digest": { "sha256": "' + $hex +
            '" } }], "predicateType": "https://example.test/p", "predicate": { "a":  1 } }'
        $text | Set-Content -LiteralPath statement.json -NoNewline
        (Set-ImageAttestation 'oci:img:1.0' -Statement statement.json @common).Statement | Should -BeExactly $text
        $text.Replace($hex, 'a' * 64) | Set-Content -LiteralPath statement.json -NoNewline
        (Get-Failure { Set-ImageAttestation 'oci:img:1.0' -Statement statement.json @common -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'ClaimMismatch,SigstorePS.Commands.SetImageAttestationCommand'
    }

    It 'refuses before any input: <Name>' -ForEach @(
        @{ Name = 'nothing to attest'; Id = 'ContradictoryPolicy'; Parameters = @{} }
        @{ Name = 'a type without predicate'; Id = 'ContradictoryPolicy'; Parameters = @{ Statement = 'vex.json'; PredicateType = 'openvex' } }
        @{ Name = 'two types for three'; Id = 'ContradictoryPolicy'; Parameters = @{ Predicate = @('vex.json') * 3; PredicateType = 'openvex', 'vuln' } }
        @{ Name = 'one bundle file for two'; Id = 'ContradictoryPolicy'; Parameters = @{ Predicate = @('vex.json') * 2; BundlePath = 'b.json' } }
        @{ Name = 'replacing without storing'; Id = 'ContradictoryPolicy'; Parameters = @{ Predicate = 'note.txt'; Replace = $true; NoUpload = $true } }
        @{ Name = 'an unknown type'; Id = 'InvalidValue'; Parameters = @{ Predicate = 'note.txt'; PredicateType = 'nonsense' } }
        @{ Name = 'text where an object belongs'; Id = 'MalformedStatement'; Parameters = @{ Predicate = 'note.txt'; PredicateType = 'cyclonedx' } }
        @{ Name = 'provenance without builder'; Id = 'MalformedStatement'; Parameters = @{ Predicate = 'vex.json'; PredicateType = 'slsaprovenance' } }
        @{ Name = 'a file that is not there'; Id = 'PathNotFound'; Parameters = @{ Predicate = 'none.json' } }
    ) {
        (Get-Failure { Set-ImageAttestation 'oci:img:1.0' @common @Parameters }).FullyQualifiedErrorId |
            Should -BeExactly "$Id,SigstorePS.Commands.SetImageAttestationCommand"
    }

    It 'attests about an index and all of it with -Recurse' {
        'more' | Set-Content -LiteralPath b.txt
        $null = Publish-ImageBlob -Image oci:img:multi -Path 'a.txt:linux/amd64', 'b.txt:linux/arm64'
        $made = Set-ImageAttestation oci:img:multi -Predicate note.txt -Recurse @common
        $made.Platform | Should -BeExactly @($null, 'linux/amd64', 'linux/arm64')
    }

    It 'completes types' {
        (TabExpansion2 'Set-ImageAttestation x -PredicateType spd').CompletionMatches.CompletionText |
            Should -BeExactly @('spdx', 'spdxjson')
    }
}
