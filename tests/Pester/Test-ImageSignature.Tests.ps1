BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'Test-ImageSignature' {
    BeforeAll {
        Initialize-TestImage
        $null = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -Annotation @{ build = '42' }
        'unsigned' | Set-Content -LiteralPath b.txt
        $null = Publish-ImageBlob -Image 'oci:img:2.0' -Path b.txt
        $good = @{ Key = './cosign.pub'; SkipTransparencyLog = $true }
    }

    AfterAll { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'emits what was verified, check by check' {
        $result = Test-ImageSignature 'oci:img:1.0' @good
        $result | Should -BeOfType SigstorePS.ImageVerification
        $result.Verified | Should -BeTrue
        $result.Status | Should -BeExactly 'Verified'
        $result.Signer | Should -BeExactly './cosign.pub'
        $result.Annotations['build'] | Should -BeExactly '42'
        ($result.Checks | Where-Object Name -EQ TransparencyLog).Outcome | Should -BeExactly 'Skipped'
    }

    It 'emits no object for an unsigned image, and an error whose target is the failed result' {
        Test-ImageSignature 'oci:img:2.0' @good -ErrorVariable e -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'NoSignatureFound,SigstorePS.Commands.TestImageSignatureCommand'
        $e[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $e[0].TargetObject | Should -BeOfType SigstorePS.ImageVerification
        $e[0].TargetObject.Verified | Should -BeFalse
    }

    It 'refuses another key' {
        Test-ImageSignature 'oci:img:1.0' -Key ./other.pub -SkipTransparencyLog -ErrorVariable e -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'SignatureMismatch,SigstorePS.Commands.TestImageSignatureCommand'
        $e[0].CategoryInfo.Category | Should -Be 'SecurityError'
        $e[0].TargetObject.Candidates[0].Code | Should -BeExactly 'SignatureMismatch'
    }

    It 'refuses another annotation' {
        (Get-Failure { Test-ImageSignature 'oci:img:1.0' @good -Annotation @{ build = '43' } -ErrorAction Stop }).
            FullyQualifiedErrorId | Should -BeExactly 'AnnotationMismatch,SigstorePS.Commands.TestImageSignatureCommand'
    }

    It 'goes on after bad input, in input order' {
        $all = 'oci:img:1.0', '', 'BAD', 'oci:img:none', 'oci:img:2.0', 'oci:img:1.0' |
            Test-ImageSignature @good -IncludeFailure -ThrottleLimit 3
        $all.Status | Should -BeExactly @(
            'Verified', 'InvalidImageReference', 'InvalidImageReference', 'ImageNotFound', 'NoSignatureFound', 'Verified')
        $all.Image | Should -BeExactly @('oci:img:1.0', '', 'BAD', 'oci:img:none', 'oci:img:2.0', 'oci:img:1.0')
    }

    It 'keeps the order with -ThrottleLimit <_>' -ForEach 1, 2, 16 {
        $images = 1..40 | ForEach-Object { $_ % 3 -eq 0 ? 'oci:img:2.0' : 'oci:img:1.0' }
        ($images | Test-ImageSignature @good -IncludeFailure -ThrottleLimit $_).Image | Should -BeExactly $images
    }

    It 'gives a boolean with -Quiet, and an error only for what is no verdict' {
        Test-ImageSignature 'oci:img:1.0' @good -Quiet | Should -BeTrue
        $verdict = Test-ImageSignature 'oci:img:2.0' @good -Quiet -ErrorVariable e
        $verdict | Should -BeOfType bool
        $verdict | Should -BeFalse
        $e | Should -BeNullOrEmpty
        Test-ImageSignature 'oci:img:none' @good -Quiet -ErrorVariable e -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeLike 'ImageNotFound,*'
    }

    It 'is not verified when the registry cannot be reached' {
        Test-ImageSignature 'localhost:1/app:1.0' @good -Quiet -TimeoutSec 30 -ErrorVariable e -ErrorAction SilentlyContinue |
            Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'RegistryUnavailable,SigstorePS.Commands.TestImageSignatureCommand'
        $e[0].CategoryInfo.Category | Should -Be 'ConnectionError'
    }

    It 'ends the work when the consumer has enough' {
        1..500 | ForEach-Object { 'oci:img:1.0' } | Test-ImageSignature @good | Select-Object -First 2 | Should -HaveCount 2
    }

    It 'stops within seconds' {
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$module'; Set-Location -LiteralPath '$PWD'
            1..100000 | ForEach-Object { 'oci:img:1.0' } |
                Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog")
        $null = $shell.BeginInvoke()
        while ($shell.InvocationStateInfo.State -ne 'Running') { Start-Sleep -Milliseconds 20 }
        $shell.StopAsync($null, $null).Wait(30000) | Should -BeTrue
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Dispose()
    }

    It 'ends at the first failure with -ErrorAction Stop' {
        $seen = [System.Collections.Generic.List[object]]::new()
        $failure = Get-Failure {
            'oci:img:1.0', 'oci:img:2.0', 'oci:img:1.0' | Test-ImageSignature @good -ErrorAction Stop |
                ForEach-Object { $seen.Add($_) }
        }
        $failure.FullyQualifiedErrorId | Should -BeLike 'NoSignatureFound,*'
        $seen | Should -HaveCount 1
    }

    It 'takes a layout directory with -Path' {
        $null = New-Item -ItemType Directory -Path saved
        Push-Location -Path saved
        'x' | Set-Content -LiteralPath c.txt
        $null = Publish-ImageBlob -Image 'oci:lay:only' -Path c.txt
        $null = Set-ImageSignature 'oci:lay:only' -Key ../cosign.key -SkipTransparencyLog
        (Test-ImageSignature -Path ./lay -Key ../cosign.pub -SkipTransparencyLog).Verified | Should -BeTrue
        (Get-Item -LiteralPath lay | Test-ImageSignature -Key ../cosign.pub -SkipTransparencyLog).Verified | Should -BeTrue
        Pop-Location
        (Get-Failure { Test-ImageSignature -Path ./nowhere @good -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'PathNotFound,SigstorePS.Commands.TestImageSignatureCommand'
    }

    It 'verifies a detached signature' {
        $made = Set-ImageSignature 'oci:img:2.0' -Key ./cosign.key -SkipTransparencyLog -Format Legacy -NoUpload
        [IO.File]::WriteAllText((Join-Path $PWD 'p.json'), $made.Payload)
        Test-ImageSignature 'oci:img:2.0' @good -PayloadPath p.json -Signature $made.Signature -Quiet | Should -BeTrue
        Test-ImageSignature 'oci:img:1.0' @good -PayloadPath p.json -Signature $made.Signature -Quiet | Should -BeFalse
    }

    It 'refuses what contradicts itself before any input: <Name>' -ForEach @(
        @{ Name = 'threshold over keys'; Id = 'ContradictoryPolicy'; Parameters = @{ Threshold = 2; SkipTransparencyLog = $true } }
        @{ Name = 'booleans and rows'; Id = 'ContradictoryPolicy'; Parameters = @{ Quiet = $true; IncludeFailure = $true; SkipTransparencyLog = $true } }
        @{ Name = 'payload without signature'; Id = 'ContradictoryPolicy'; Parameters = @{ PayloadPath = 'a.txt'; SkipTransparencyLog = $true } }
        @{ Name = 'key and identity'; Id = 'ContradictoryPolicy'; Parameters = @{ CertificateIdentity = 'a'; CertificateIssuer = 'b'; Offline = $true } }
        @{ Name = 'one key under two names for a threshold'; Id = 'ContradictoryPolicy'
            Parameters = @{ Key = './cosign.pub', './cosign.key'; Threshold = 2; SkipTransparencyLog = $true } }
    ) {
        if (-not $Parameters.Key) { $Parameters.Key = './cosign.pub' }
        (Get-Failure { 'oci:img:1.0' | Test-ImageSignature @Parameters }).FullyQualifiedErrorId |
            Should -BeExactly "$Id,SigstorePS.Commands.TestImageSignatureCommand"
    }

    It 'warns that -SkipClaimCheck takes any image''s signature' {
        $null = Test-ImageSignature 'oci:img:1.0' @good -SkipClaimCheck -WarningVariable w -WarningAction SilentlyContinue
        "$w" | Should -BeLike '*-SkipClaimCheck*'
    }

    It 'runs in a job, whose results still pipe and show' {
        $job = Start-Job -ScriptBlock {
            Import-Module -Name $args[0]
            Set-Location -LiteralPath $args[1]
            Test-ImageSignature 'oci:img:1.0' -Key ./cosign.pub -SkipTransparencyLog
        } -ArgumentList $module, $PWD.Path
        $result = Receive-Job -Job $job -Wait -AutoRemoveJob
        $result.PSTypeNames[0] | Should -BeExactly 'Deserialized.SigstorePS.ImageVerification'
        $result.Verified | Should -BeTrue
        $result | Test-ImageSignature @good -Quiet | Should -BeTrue
        $result | Format-Table | Out-String | Should -Match 'Verified'
    }

    It 'runs in ForEach-Object -Parallel' {
        $path = $PWD.Path
        $verdicts = 1..4 | ForEach-Object -Parallel {
            Import-Module -Name $using:module
            Set-Location -LiteralPath $using:path
            Test-ImageSignature 'oci:img:1.0' -Key ./cosign.pub -SkipTransparencyLog -Quiet
        }
        $verdicts | Should -BeExactly @($true, $true, $true, $true)
    }

    It 'says the same in tr-TR' {
        $culture = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = 'tr-TR'
            (Test-ImageSignature 'oci:img:1.0' @good -Annotation @{ BUILD = 'x' } -IncludeFailure).Status |
                Should -BeExactly 'AnnotationMismatch'
            (Set-ImageSignature 'oci:img:2.0' -Key ./cosign.key -SkipTransparencyLog -NoUpload -Annotation @{ n = 1.5 }).
                Annotations['n'] | Should -BeExactly '1.5'
        }
        finally {
            [cultureinfo]::CurrentCulture = $culture
        }
    }
}
