# The binding table against real PowerShell: what tests/CmdletHost does must be what PowerShell does. The same table runs
# against the stand-in in tests/Cmdlets. With SIGSTOREPS_RECORD=1 the table is rewritten with what PowerShell did.
BeforeDiscovery {
    $table = Join-Path $PSScriptRoot '../CmdletHost/binding-cases.json'
    $cases = @(Get-Content -LiteralPath $table -Raw | ConvertFrom-Json -NoEnumerate)[0] |
        Where-Object { -not ($_.only -eq 'Unix' -and $IsWindows) } |
        Where-Object { -not ($_.only -eq 'NonInteractive' -and [Environment]::GetCommandLineArgs() -notcontains '-NonInteractive') } |
        ForEach-Object { @{ Name = $_.name; Case = $_ } }
}

BeforeAll {
    $root = (Resolve-Path -LiteralPath (Join-Path $PSScriptRoot '../..')).Path
    $samples = Get-ChildItem -Path (Join-Path $root 'artifacts/bin/Samples/*/SigstorePS.Samples.dll') |
        Sort-Object -Property LastWriteTime | Select-Object -Last 1
    if (-not $samples) {
        throw 'tests/Samples is not built; `dotnet build tests/Samples` makes what this table runs.'
    }

    $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'place/sub') -Force).Parent.FullName
    foreach ($name in 'a.txt', 'b.txt', '[c].txt', '.hidden', 'sub/d.txt') {
        [System.IO.File]::WriteAllText((Join-Path $folder $name), '')
    }

    $state = [initialsessionstate]::CreateDefault2()
    $state.ImportPSModule(@($samples.FullName))
    $runspace = [runspacefactory]::CreateRunspace($Host, $state)
    $runspace.Open()
    $null = $runspace.SessionStateProxy.Path.SetLocation($folder)

    function ConvertFrom-Case($Value) {
        if ($Value -is [System.Array]) {
            $items = [object[]]::new($Value.Count)
            for ($i = 0; $i -lt $items.Count; $i++) { $items[$i] = ConvertFrom-Case $Value[$i] }
            return , $items
        }
        if ($Value -is [System.Management.Automation.PSCustomObject]) {
            if ($Value.psobject.Properties['$hashtable']) {
                $map = @{}
                foreach ($entry in $Value.'$hashtable'.psobject.Properties) { $map[$entry.Name] = ConvertFrom-Case $entry.Value }
                return $map
            }
            if ($Value.psobject.Properties['$secure']) {
                $secret = [securestring]::new()
                foreach ($c in $Value.'$secure'.ToCharArray()) { $secret.AppendChar($c) }
                return $secret
            }
        }
        return $Value
    }

    function Invoke-Case($Case) {
        $shell = [powershell]::Create($runspace)
        $before = @{}
        try {
            foreach ($variable in ($Case.variables | Where-Object { $_ } | ForEach-Object { $_.psobject.Properties })) {
                $before[$variable.Name] = $runspace.SessionStateProxy.GetVariable($variable.Name)
                $runspace.SessionStateProxy.SetVariable($variable.Name, $variable.Value)
            }
            foreach ($command in $Case.pipeline) {
                $null = $shell.AddCommand($command.command)
                foreach ($argument in ($command.named | Where-Object { $_ } | ForEach-Object { $_.psobject.Properties })) {
                    $null = $shell.AddParameter($argument.Name, (ConvertFrom-Case $argument.Value))
                }
                if ($command.psobject.Properties['positional']) {
                    foreach ($argument in $command.positional) {
                        $null = $shell.AddArgument((ConvertFrom-Case $argument))
                    }
                }
            }
            $output = [System.Collections.Generic.List[psobject]]::new()
            $terminating = $null
            $settings = [System.Management.Automation.PSInvocationSettings]::new()
            try {
                if ($Case.psobject.Properties['input']) {
                    $items = [System.Collections.Generic.List[object]]::new()
                    foreach ($item in $Case.input) { $items.Add((ConvertFrom-Case $item)) }
                    $shell.Invoke($items, $output, $settings)
                }
                else {
                    $shell.Invoke($null, $output, $settings)
                }
            }
            catch {
                $inner = $_.Exception.InnerException ?? $_.Exception
                $terminating = "$($inner.GetType().Name) $($inner.ErrorRecord.CategoryInfo.Category) $($inner.ErrorRecord.FullyQualifiedErrorId)"
            }
            $streams = $shell.Streams
            $seen = [ordered]@{}
            $seen.output = @($output | ForEach-Object { "$_" })
            $seen.errors = @($streams.Error | ForEach-Object { "$($_.CategoryInfo.Category) $($_.FullyQualifiedErrorId)" })
            $seen.terminating = $terminating
            $seen.warnings = @($streams.Warning | ForEach-Object { $_.Message })
            $seen.verbose = @($streams.Verbose | ForEach-Object { $_.Message })
            $seen.debug = @($streams.Debug | ForEach-Object { $_.Message })
            $seen.information = @($streams.Information | ForEach-Object { "$($_.MessageData) $($_.Tags)" })
            $seen.progress = @($streams.Progress | ForEach-Object { "$($_.Activity) $($_.StatusDescription)" })
            $shell.Commands.Clear()
            $seen.seen = @($shell.AddCommand('Get-Seen').Invoke() | ForEach-Object { "$_" })
            foreach ($key in @($seen.Keys)) {
                if ($null -eq $seen[$key] -or @($seen[$key]).Count -eq 0) { $seen.Remove($key) }
            }
            $seen
        }
        finally {
            $shell.Dispose()
            foreach ($name in $before.Keys) { $runspace.SessionStateProxy.SetVariable($name, $before[$name]) }
        }
    }

    $recorded = [System.Collections.Generic.List[object]]::new()
}

Describe 'The binding table in PowerShell' {
    It '<Name>' -ForEach $cases {
        $seen = Invoke-Case $Case
        if ($env:SIGSTOREPS_RECORD) {
            $Case | Add-Member -NotePropertyName expect -NotePropertyValue $seen -Force
            $recorded.Add($Case)
        }
        else {
            ($seen | ConvertTo-Json -Depth 5) | Should -BeExactly ($Case.expect | ConvertTo-Json -Depth 5)
        }
    }
}

AfterAll {
    $runspace.Dispose()
    if ($env:SIGSTOREPS_RECORD) {
        $lines = $recorded | ForEach-Object { '  ' + ($_ | ConvertTo-Json -Depth 9 -Compress) }
        $path = Join-Path $root 'tests/CmdletHost/binding-cases.json'
        [System.IO.File]::WriteAllText($path, "[`n$($lines -join ",`n")`n]`n")
    }
}
