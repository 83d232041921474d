BeforeAll { . $PSScriptRoot/Common.ps1 }

# Sockets are counted by the runtime's own events in a process of its own, not by anything of ours.
Describe '-Offline' {
    BeforeAll {
        $golden = Join-Path $PSScriptRoot '../Fixtures/golden'
        $counter = @'
            using System.Diagnostics.Tracing;
            using System.Threading;

            public sealed class SocketCounter : EventListener
            {
                public static int Count;

                protected override void OnEventSourceCreated(EventSource source)
                {
                    if (source.Name is "System.Net.Sockets" or "System.Net.NameResolution" or "System.Net.Http")
                    {
                        EnableEvents(source, EventLevel.LogAlways, EventKeywords.All);
                    }
                }

                protected override void OnEventWritten(EventWrittenEventArgs written)
                {
                    if (written.EventName is "ConnectStart" or "ResolutionStart" or "RequestStart")
                    {
                        Interlocked.Increment(ref Count);
                    }
                }
            }
'@

        function Measure-Socket([string] $Script) {
            $text = "Add-Type -TypeDefinition '$($counter.Replace("'", "''"))'; `$listener = [SocketCounter]::new()
                Import-Module -Name '$module'; `$golden = '$golden'; `$env:TUF_ROOT = '$TestDrive/no-cache'
                `$alice = @{ CertificateIdentity = 'alice@example.test'; CertificateIssuer = 'http://127.0.0.1:15020/email' }
                $Script
                [SocketCounter]::Count"
            $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))
            & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -EncodedCommand $encoded
        }
    }

    It 'opens no socket when a file and an image are verified' {
        $seen = @(Measure-Socket '
            (Test-BlobSignature "$golden/blobs/hello.txt" -Bundle "$golden/bundles/c3-keyless-v2.json" -TrustedRoot "$golden/trust/trusted_root.json" -Offline @alice).Status
            (Test-ImageSignature "oci:$golden/images/oci-layout/c3-keyless-new:v1" -TrustedRoot "$golden/trust/trusted_root.json" -Offline @alice).Status')
        $seen[0..1] | Should -Be 'Verified', 'Verified'
        $seen[-1] | Should -Be 0
    }

    It 'names what is missing instead of asking for it: <Name>' -ForEach @(
        @{ Name = 'trust root'; Script = 'Test-BlobSignature "$golden/blobs/hello.txt" -Bundle "$golden/bundles/c3-keyless-v2.json" -Offline @alice' }
        @{ Name = 'registry'; Script = 'Test-ImageSignature registry.invalid/app:1 -TrustedRoot "$golden/trust/trusted_root.json" -Offline @alice -ErrorAction Stop' }
        @{ Name = 'log'; Script = 'Get-RekorEntry -LogIndex 1 -TrustedRoot "$golden/trust/trusted_root.json" -Offline -ErrorAction Stop' }
    ) {
        $seen = @(Measure-Socket "try { $Script } catch { `$_.FullyQualifiedErrorId.Split(',')[0] }")
        $seen[0] | Should -BeExactly 'OfflineUnavailable'
        $seen[-1] | Should -Be 0
    }

    It 'is seen to be no empty promise: without it the same counter counts' {
        $seen = @(Measure-Socket '
            try { Test-ImageSignature 127.0.0.1:9/app:1 -TrustedRoot "$golden/trust/trusted_root.json" @alice -ErrorAction Stop } catch { "refused" }')
        $seen[0] | Should -BeExactly 'refused'
        [int] $seen[-1] | Should -BeGreaterThan 0
    }
}
