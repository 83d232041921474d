BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'ConvertTo-SigstoreReport' {
    BeforeAll {
        Initialize-TestImage
        $null = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog
        $good = Test-ImageSignature 'oci:img:1.0' -Key ./cosign.pub -SkipTransparencyLog
        $bad = Test-ImageSignature 'oci:img:1.0' -Key ./other.pub -SkipTransparencyLog -IncludeFailure
        Test-ImageSignature 'oci:img:2.0' -Key ./cosign.pub -SkipTransparencyLog -ErrorVariable failures -ErrorAction SilentlyContinue
    }

    AfterAll { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'writes one file that asks for nothing else' {
        $report = $good, $bad | ConvertTo-SigstoreReport -Title 'Images' -OutFile page.html -Tree (Get-ImageTree 'oci:img:1.0')
        $report | Should -BeOfType SigstorePS.SigstoreReport
        $report.State | Should -BeExactly 'Failed'
        $report.Verified, $report.Failed, $report.WithSkippedChecks | Should -Be @(1, 1, 1)
        $page = Get-Content -LiteralPath page.html -Raw
        $page | Should -Match 'Content-Security-Policy'
        $page | Should -Match 'Supply chain'
        $page | Should -Match '-SkipTransparencyLog'
        $page | Should -Not -Match '\s(src|href)='
        $report | Format-Table | Out-String | Should -Match 'Failed'
    }

    It 'takes what -ErrorVariable collected' {
        $report = @($good) + $failures | ConvertTo-SigstoreReport -OutFile errors.xml
        $report.Total, $report.Failed | Should -Be @(2, 1)
        ([xml](Get-Content -LiteralPath errors.xml -Raw)).testsuites.failures | Should -BeExactly '1'
    }

    It 'takes copies from a file, and takes them for no more than they were' {
        $good, $bad | Export-Clixml -LiteralPath results.xml
        $report = Import-Clixml -LiteralPath results.xml | ConvertTo-SigstoreReport -OutFile copies.sarif
        $report.Verified, $report.Failed, $report.WithSkippedChecks | Should -Be @(1, 1, 1)
        $run = (Get-Content -LiteralPath copies.sarif -Raw | ConvertFrom-Json).runs[0]
        $run.results[0].level | Should -BeExactly 'error'
        $run.invocations[0].toolExecutionNotifications[0].message.text | Should -Match 'SkipTransparencyLog'
        $fromJson = $good, $bad | ConvertTo-Json -Depth 5 | ConvertFrom-Json | ConvertTo-SigstoreReport -OutFile json.md
        $fromJson.Verified, $fromJson.Failed | Should -Be @(1, 1)
    }

    It 'gives text without a file' {
        $good | ConvertTo-SigstoreReport -Format Markdown | Should -Match 'verified'
    }

    It 'says that there were no results' {
        $report = @() | ConvertTo-SigstoreReport -OutFile none.xml -WarningVariable warnings -WarningAction SilentlyContinue
        $report.State | Should -BeExactly 'NoResults'
        $warnings | Should -HaveCount 1
    }

    It 'appends to the summary of a step' {
        $before = $env:GITHUB_STEP_SUMMARY
        try {
            $env:GITHUB_STEP_SUMMARY = Join-Path $PWD.ProviderPath 'summary.md'
            $null = $good | ConvertTo-SigstoreReport -StepSummary
            $null = $bad | ConvertTo-SigstoreReport -StepSummary
            Get-Content -LiteralPath summary.md -Raw | Should -Match '(?s)^## .*\n## '
        }
        finally {
            $env:GITHUB_STEP_SUMMARY = $before
        }
    }

    It 'keeps a file that is there' {
        'mine' | Set-Content -LiteralPath mine.html
        (Get-Failure { $good | ConvertTo-SigstoreReport -OutFile mine.html -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeExactly 'FileExists,SigstorePS.Commands.ConvertToSigstoreReportCommand'
    }
}
