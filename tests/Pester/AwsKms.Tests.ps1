# Keys of AWS KMS in real PowerShell, against moto (tests/Peers/kms.py).
BeforeDiscovery {
    $peers = $env:PEERS ? $env:PEERS : (Join-Path $PSScriptRoot '../../.peers')
    $missing = -not (Test-Path -LiteralPath (Join-Path $peers 'moto/usr/bin/python3.11'))
}

BeforeAll {
    . $PSScriptRoot/Common.ps1

    $moto = Join-Path ($env:PEERS ? $env:PEERS : (Join-Path $PSScriptRoot '../../.peers')) 'moto/usr'
    $python = Join-Path $moto 'bin/python3.11'
    $kms = $null
    if (Test-Path -LiteralPath $python) {
        $start = [Diagnostics.ProcessStartInfo]::new($python, [string[]]@((Join-Path $PSScriptRoot '../Peers/kms.py')))
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $start.Environment['PYTHONHOME'] = $moto
        $start.Environment['PYTHONPATH'] = Join-Path $moto 'lib/python3/dist-packages'
        $start.Environment['PYTHONWARNINGS'] = 'ignore'
        $kms = [Diagnostics.Process]::Start($start)
        $kms.BeginErrorReadLine()
        $description = $kms.StandardOutput.ReadLine() | ConvertFrom-Json
    }

    # Everything the AWS SDK looks at. Where its files are it looks once, so they are the same for all tests.
    function Clear-AwsVariable {
        Remove-Item -Path env:AWS_*
        $env:AWS_EC2_METADATA_DISABLED = 'true'
        $env:AWS_CONFIG_FILE = Join-Path $TestDrive 'config'
        $env:AWS_SHARED_CREDENTIALS_FILE = Join-Path $TestDrive 'credentials'
        $env:AWS_ENDPOINT_URL = "http://127.0.0.1:$($description.port)"
        $env:AWS_REGION = 'eu-west-1'
    }

    function Connect-AwsUser([object] $User = $description.users.signer) {
        $env:AWS_ACCESS_KEY_ID = $User.id
        $env:AWS_SECRET_ACCESS_KEY = $User.secret
    }
}

AfterAll {
    Remove-Item -Path env:AWS_*
    if ($kms) {
        $kms.StandardInput.Close()
        $null = $kms.WaitForExit(10000)
    }
}

Describe 'Keys of AWS KMS' -Skip:$missing {
    BeforeAll {
        Clear-AwsVariable
        $signer = $description.users.signer
        $login = "aws_access_key_id=$($signer.id)`naws_secret_access_key=$($signer.secret)"
        "[here]`n$login`n[elsewhere]`n$login" | Set-Content -LiteralPath $env:AWS_SHARED_CREDENTIALS_FILE
        "[profile here]`nregion=eu-west-1`n[profile elsewhere]`nregion=us-east-1" | Set-Content -LiteralPath $env:AWS_CONFIG_FILE
        Connect-AwsUser
        $made = New-SigstoreKeyPair -Key awskms:///alias/pester -OutputPrefix (Join-Path $TestDrive 'pester')
    }

    BeforeEach {
        Clear-AwsVariable
        Connect-AwsUser
        Initialize-TestImage
    }

    AfterEach { Remove-Item -Path env:COSIGN_PASSWORD -ErrorAction Ignore }

    It 'makes a key whose public half is a file, and no second one' {
        $made.Reference | Should -BeExactly 'awskms:///alias/pester'
        $made.PrivateKeyPath | Should -BeNullOrEmpty
        (Get-SigstorePublicKey -Key (Join-Path $TestDrive 'pester.pub')).KeyId | Should -BeExactly $made.KeyId
        $failure = Get-Failure { New-SigstoreKeyPair -Key awskms:///alias/pester -Force -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'KeyExists,SigstorePS.Commands.NewSigstoreKeyPairCommand'
    }

    It 'makes nothing under -WhatIf' {
        New-SigstoreKeyPair -Key awskms:///alias/whatif -WhatIf | Should -BeNullOrEmpty
        (Get-Failure { Get-SigstorePublicKey -Key awskms:///alias/whatif -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeLike 'KeyNotFound,*'
    }

    It 'signs an image that verifies by reference and by file' {
        $signature = Set-ImageSignature 'oci:img:1.0' -Key awskms:///alias/pester -SkipTransparencyLog -ErrorAction Stop
        $signature | Should -BeOfType SigstorePS.ImageSignature
        Test-ImageSignature 'oci:img:1.0' -Key awskms:///alias/pester -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-ImageSignature 'oci:img:1.0' -Key (Join-Path $TestDrive 'pester.pub') -SkipTransparencyLog -Quiet | Should -BeTrue
        Test-ImageSignature 'oci:img:1.0' -Key ./other.pub -SkipTransparencyLog -Quiet -ErrorAction Ignore | Should -BeFalse
    }

    It 'takes the credentials and the region of a profile, whichever it is at the time' {
        Clear-AwsVariable
        Remove-Item -Path env:AWS_REGION
        foreach ($round in 1..2) {
            $env:AWS_PROFILE = 'elsewhere'
            (Get-Failure { Get-SigstoreKey -Key awskms:///alias/pester -ErrorAction Stop }).FullyQualifiedErrorId |
                Should -BeLike 'KeyNotFound,*'
            $env:AWS_PROFILE = 'here'
            (Get-SigstoreKey -Key awskms:///alias/pester -ErrorAction Stop).KeyId | Should -BeExactly $made.KeyId
        }
    }

    It 'trades a web identity for credentials, with a library that only the pack has' {
        Clear-AwsVariable
        $env:AWS_ROLE_ARN = 'arn:aws:iam::123456789012:role/ci'
        $env:AWS_WEB_IDENTITY_TOKEN_FILE = Join-Path $TestDrive 'token'
        'not.a.token' | Set-Content -LiteralPath $env:AWS_WEB_IDENTITY_TOKEN_FILE
        $failure = Get-Failure { Get-SigstoreKey -Key awskms:///alias/pester -ErrorAction Stop }
        $said = "$($failure.FullyQualifiedErrorId) $($failure.Exception.Message)"
        $said | Should -Not -Match 'could not be found|assembly|AWSSDK'
        $said | Should -Not -Match 'not\.a\.token'
    }

    It 'says <id> when <case>' -ForEach @(
        @{ case = 'nobody is logged in'; id = 'KeyServiceUnauthorized'; user = $null }
        @{ case = 'the access key is unknown'; id = 'KeyServiceUnauthorized|KeyAccessDenied'; user = @{ id = 'AKIAIOSFODNN7EXAMPLE'; secret = 'wJalrXUtnFEMI' } }
    ) {
        Clear-AwsVariable
        if ($user) {
            Connect-AwsUser $user
        }

        $failure = Get-Failure { Get-SigstoreKey -Key awskms:///alias/pester -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -Match "^($id),SigstorePS.Commands.GetSigstoreKeyCommand$"
        $failure.Exception.ToString() | Should -Not -Match 'wJalrXUtnFEMI'
    }

    It 'denies a signature to who may only read' {
        Connect-AwsUser $description.users.reader
        $failure = Get-Failure { Set-ImageSignature 'oci:img:1.0' -Key awskms:///alias/pester -SkipTransparencyLog -ErrorAction Stop }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'KeyAccessDenied,SigstorePS.Commands.SetImageSignatureCommand'
    }

    It 'asks nobody with -Offline' {
        (Get-Failure { Test-ImageSignature 'oci:img:1.0' -Key awskms:///alias/pester -Offline -SkipTransparencyLog -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeLike 'OfflineUnavailable,*'
    }

    It 'works beside another version of the same library that is loaded already' {
        $packages = $env:NUGET_PACKAGES ? $env:NUGET_PACKAGES : (Join-Path $HOME '.nuget/packages')
        $own = [Reflection.AssemblyName]::GetAssemblyName(
            (Join-Path (Split-Path $module) 'bin/providers/Aws/AWSSDK.Core.dll')).Version
        $other = Get-ChildItem -Path (Join-Path $packages 'awssdk.core/*/lib/net8.0/AWSSDK.Core.dll') -ErrorAction Ignore |
            Where-Object { (Get-Item $_).VersionInfo.FileVersion -notlike "$own*" } | Select-Object -First 1
        $different = $other -and (Get-Item $other).VersionInfo.FileVersion -ne
            (Get-Item (Join-Path (Split-Path $module) 'bin/providers/Aws/AWSSDK.Core.dll')).VersionInfo.FileVersion
        if (-not $different) {
            Set-ItResult -Skipped -Because 'no other version of AWSSDK.Core is in the package cache'
            return
        }

        $pwsh = (Get-Process -Id $PID).Path
        $said = & $pwsh -NoProfile -NonInteractive -Command "
            `$null = [Reflection.Assembly]::LoadFrom('$other').GetType('Amazon.RegionEndpoint')::EUWest1
            Import-Module '$module'
            (Get-SigstoreKey -Key awskms:///alias/pester -ErrorAction Stop).KeyId
            ([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -eq 'AWSSDK.Core' }).Count" 2>&1
        "$said" | Should -BeExactly "$($made.KeyId) 2"
    }

    It 'is named by a policy, as in the published example of the policy tester' {
        Connect-AwsUser
        Initialize-TestImage
        $null = Set-ImageSignature -Image 'oci:img:1.0' -Key awskms:///alias/pester -SkipTransparencyLog -Format Legacy
        $policy = New-SigstorePolicy -PolicyName aws -Image '**' -Key 'awskms:///arn:aws:kms:eu-west-1:123456789012:alias/pester'
        (Test-SigstorePolicy 'oci:img:1.0' -Policy $policy).Status | Should -BeExactly 'Passed'
    }
}
