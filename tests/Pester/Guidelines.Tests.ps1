# Microsoft's cmdlet guidelines, by reflection over the built module, and what else holds for every cmdlet.
BeforeDiscovery {
    $module = $env:SIGSTOREPS_MODULE ? $env:SIGSTOREPS_MODULE : (Join-Path $PSScriptRoot '../../out/Sigstore/Sigstore.psd1')
    Import-Module -Name $module -Force
    $commands = Get-Command -Module Sigstore -CommandType Cmdlet | ForEach-Object { @{ Name = $_.Name; Command = $_ } }
    $outputs = $commands.Command.OutputType.Type | Where-Object { $_.Namespace -eq 'SigstorePS' } | Sort-Object -Unique FullName |
        ForEach-Object { @{ Type = $_ } }
    $codes = [enum]::GetNames([SigstorePS.SigstoreErrorCode]) | ForEach-Object { @{ Code = $_ } }
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $common = [System.Management.Automation.Cmdlet]::CommonParameters + [System.Management.Automation.Cmdlet]::OptionalCommonParameters
    function Get-OwnParameter($Command) {
        $Command.Parameters.Values | Where-Object { $_.Name -notin $common }
    }
}

Describe '<Name>' -ForEach $commands {
    It 'has a sealed class <Verb><Noun>Command in SigstorePS.Commands (AC01)' {
        $type = $Command.ImplementingType
        $type.FullName | Should -BeExactly "SigstorePS.Commands.$($Command.Verb)$($Command.Noun)Command"
        $type.IsSealed | Should -BeTrue
    }

    It 'says what it emits (RD06)' {
        $Command.OutputType | Should -Not -BeNullOrEmpty
    }

    It 'asks before it changes something, and only then (RD04)' {
        $meta = [System.Management.Automation.CommandMetadata]::new($Command)
        $changes = $Command.Verb -in 'Add', 'Set', 'Remove', 'Publish', 'Import', 'Export', 'Copy', 'Update', 'Initialize' -or
            $Command.Name -in 'New-SigstoreKeyPair', 'New-SigstoreTrustRoot', 'New-SigstoreSigningConfig', 'New-SigstoreTimestamp',
                'New-SigstorePolicy',
                'Get-ComposeImage', 'Get-DockerfileImage', 'Get-KubernetesImage',   # with -Pin they write into the file
                'Get-SigstoreCertificate'   # whose certificate goes into a public log
        $meta.SupportsShouldProcess | Should -Be $changes
    }

    It 'has one parameter at most that takes whole objects from the pipeline in each set (SC02)' {
        foreach ($set in $Command.ParameterSets) {
            @($set.Parameters | Where-Object ValueFromPipeline).Count | Should -BeLessOrEqual 1
        }
    }

    It 'has no dynamic parameters' {
        @((Get-OwnParameter $Command) | Where-Object IsDynamic) | Should -BeNullOrEmpty
    }

    It 'takes secrets as SecureString or PSCredential only (AD03, AC06)' {
        # An identity token lives for minutes, and CI systems hand it out as text, in a file or by a script.
        # What Get-Pkcs11Key calls a token is a card or a USB key.
        $own = (Get-OwnParameter $Command) | Where-Object { $_.Name -ne 'IdentityToken' -and
            "$($Command.Name) $($_.Name)" -ne 'Get-Pkcs11Key Token' }
        foreach ($parameter in $own | Where-Object { $_.Name -match 'Password|Token|Pin$|Secret$' }) {
            $parameter.ParameterType.Name | Should -BeIn 'SecureString', 'SwitchParameter'
        }
    }

    It 'tells what a mandatory parameter wants' {
        foreach ($parameter in Get-OwnParameter $Command) {
            foreach ($attribute in $parameter.Attributes | Where-Object { $_ -is [Parameter] -and $_.Mandatory }) {
                $attribute.HelpMessage | Should -Not -BeNullOrEmpty -Because $parameter.Name
            }
        }
    }

    It 'has parameter names in the singular, and each name one type in the module (SD03)' {
        # Two switches speak of many things.
        foreach ($parameter in (Get-OwnParameter $Command) | Where-Object { $_.Name -notin 'AllTags', 'DockerMediaTypes' }) {
            $parameter.Name | Should -Not -Match '[^s]s$'
            if ($parameter.Name -eq 'OidcProvider') { continue }   # cosign's name for an ambient source, and for an issuer
            $elsewhere = (Get-Command -Module Sigstore -CommandType Cmdlet).Where({ $_.Parameters.ContainsKey($parameter.Name) }).
                ForEach({ $_.Parameters[$parameter.Name].ParameterType.Name -replace '\[\]$' }) | Sort-Object -Unique
            @($elsewhere) | Should -HaveCount 1 -Because $parameter.Name
        }
    }

    It 'can be disposed (AC04)' {
        [System.IDisposable].IsAssignableFrom($Command.ImplementingType) | Should -BeTrue
    }
}

Describe 'Views of <Type.Name>' -ForEach $outputs {
    BeforeAll {
        $views = Get-FormatData -TypeName $Type.FullName
        $twins = Get-FormatData -TypeName "Deserialized.$($Type.FullName)"
    }

    It 'are a table and a list, for its deserialized twin, too' {
        foreach ($data in $views, $twins) {
            $controls = $data.FormatViewDefinition.Control | ForEach-Object { $_.GetType().Name } | Sort-Object
            $controls | Should -BeExactly @('ListControl', 'TableControl')
        }
    }

    It 'name only properties there are' {
        $list = ($views.FormatViewDefinition.Control | Where-Object { $_ -is [System.Management.Automation.ListControl] })
        foreach ($item in $list.Entries.Items | Where-Object { $_.DisplayEntry.ValueType -eq 'Property' }) {
            $Type.GetProperty($item.DisplayEntry.Value) | Should -Not -BeNullOrEmpty -Because $item.DisplayEntry.Value
        }
    }
}

Describe 'Results' {
    BeforeAll {
        Initialize-TestImage
        $signature = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog -Annotation @{ build = '42' }
        $verification = Test-ImageSignature 'oci:img:1.0' -Key ./cosign.pub -SkipTransparencyLog
        $twin = [System.Management.Automation.PSSerializer]::Deserialize(
            [System.Management.Automation.PSSerializer]::Serialize($verification, 3))
    }

    AfterAll { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'show a short digest and the whole of it in the list' {
        $hex = ($verification.Digest -split ':')[1]
        $verification | Format-Table | Out-String -Width 200 | Should -Match "\b$($hex.Substring(0, 12))\b"
        $verification | Format-List | Out-String -Width 200 | Should -Match $hex
    }

    It 'show the same after CliXml' {
        ($twin | Format-Table | Out-String -Width 200) -replace '\s+' |
            Should -BeExactly (($verification | Format-Table | Out-String -Width 200) -replace '\s+')
        $twin | Format-List | Out-String | Should -Match 'build=42'
    }

    It 'are plain text when colour is off' {
        $rendering = $PSStyle.OutputRendering
        try {
            $PSStyle.OutputRendering = 'PlainText'
            $verification | Out-String | Should -Not -Match ([char]27)
        }
        finally {
            $PSStyle.OutputRendering = $rendering
        }
    }

    It 'become JSON' {
        ($signature | ConvertTo-Json -Depth 4 | ConvertFrom-Json).Annotations.build | Should -BeExactly '42'
    }
}

Describe 'Completion' {
    BeforeAll {
        Initialize-TestImage
        function Get-Completion([string] $Text) {
            [System.Management.Automation.CommandCompletion]::CompleteInput($Text, $Text.Length, $null).CompletionMatches.CompletionText
        }
    }

    AfterAll { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'offers key files and nothing else that is a file' {
        $offered = Get-Completion 'Test-ImageSignature x -Key ./'
        $offered | Should -Contain './cosign.key'
        $offered | Should -Contain './other.pub'
        $offered | Should -Not -Contain './a.txt'
    }

    It 'offers variables after env://' {
        Get-Completion 'Get-SigstoreKey -Key env://COSIGN_PASS' | Should -BeExactly 'env://COSIGN_PASSWORD'
    }

    It 'offers algorithms' {
        Get-Completion 'New-SigstoreKeyPair -Algorithm ed' | Should -BeExactly 'ed25519'
    }

    It 'stays silent when a registry does not answer' {
        $Error.Clear()
        $null = Get-Completion 'Get-ImageTree localhost:1/app:'
        $Error | Should -BeNullOrEmpty
    }
}

Describe 'Error <Code>' -ForEach $codes {
    It 'has a row in about_SigstoreErrors' {
        $page = Join-Path $PSScriptRoot '../../docs/help/about_SigstoreErrors.md'
        if (-not (Test-Path -LiteralPath $page)) {
            Set-ItResult -Skipped -Because 'docs/help/about_SigstoreErrors.md is not written yet'
            return
        }

        Get-Content -LiteralPath $page -Raw | Should -Match "\b$Code\b"
    }
}

Describe 'Beside another BouncyCastle' {
    It 'works when another module has loaded a library of that name' {
        $folder = Join-Path $TestDrive 'stranger'
        $null = New-Item -ItemType Directory -Path $folder
        $names = 'BouncyCastle.Cryptography', 'BouncyCastle.Crypto'
        foreach ($name in $names) {
            $builder = [System.Reflection.Emit.PersistedAssemblyBuilder]::new(
                [System.Reflection.AssemblyName]::new("$name, Version=99.0.0.0"), [object].Assembly)
            $type = $builder.DefineDynamicModule($name).DefineType("Org.$name.Stranger", 'Public')
            $null = $type.CreateType()
            $builder.Save((Join-Path $folder "$name.dll"))
        }

        New-ModuleManifest -Path (Join-Path $folder 'stranger.psd1') -RequiredAssemblies $names.ForEach({ "$_.dll" })
        $pwsh = (Get-Process -Id $PID).Path
        $said = & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$folder/stranger.psd1'
            Import-Module '$module'; Set-Location -LiteralPath '$folder'; `$env:COSIGN_PASSWORD = 'pw'
            (New-SigstoreKeyPair -Algorithm ed25519).Algorithm
            (Get-SigstoreKey ./cosign.key).Algorithm
            [AppDomain]::CurrentDomain.GetAssemblies().GetName().Where({ `$_.Name -like 'BouncyCastle.*' -and `$_.Version.Major -eq 99 }).Count"
        $said | Should -BeExactly @('ed25519', 'ed25519', '2')
    }
}

Describe 'Import-Module' {
    It 'takes -Prefix' {
        $pwsh = (Get-Process -Id $PID).Path
        & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$module' -Prefix My; (Get-Command Test-MyImageSignature).Name" | Should -BeExactly 'Test-MyImageSignature'
    }
}
