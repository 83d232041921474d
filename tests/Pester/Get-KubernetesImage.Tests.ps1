BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Get-KubernetesImage' {
    BeforeEach {
        Initialize-TestImage
        $null = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog
        $pod = "# kept`napiVersion: v1`nkind: Pod`nmetadata: { name: web, labels: { app: web } }`n" +
            "spec:`n  containers:`n  - name: c`n    image: 'oci:img:1.0'  # note`n"
        Set-Content -LiteralPath pod.yaml -Value $pod -NoNewline
    }

    It 'feeds Test-ImageSignature: cosign manifest verify' {
        $image = Get-KubernetesImage ./*.yaml
        $image.Reference | Should -BeExactly 'oci:img:1.0'
        $image.Line, $image.Column, $image.Kind, $image.Container | Should -BeExactly 8, 12, 'Pod', 'c'
        ($image | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog).Verified | Should -BeTrue
    }

    It 'reads what a program prints, line by line' {
        ('apiVersion: v1', 'kind: Pod', 'spec: { containers: [ { image: a } ] }' | Get-KubernetesImage).Reference |
            Should -BeExactly 'a'
        (pwsh -NoProfile -Command "'apiVersion: v1'; 'kind: Pod'; 'spec: { containers: [ { image: b } ] }'" |
            Get-KubernetesImage).Reference | Should -BeExactly 'b'
    }

    It 'reads resources of ConvertFrom-Json, alone and from a job' {
        $json = '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"c","image":"a"}]}}]}'
        ($json | ConvertFrom-Json | Get-KubernetesImage).Reference | Should -BeExactly 'a'
        ($json | ConvertFrom-Json -AsHashtable | Get-KubernetesImage).Reference | Should -BeExactly 'a'
    }

    It 'reads files of Get-ChildItem and lines of Get-Content, and knows the file' {
        Copy-Item -LiteralPath pod.yaml -Destination 'b[1].yaml'
        foreach ($image in (Get-ChildItem *.yaml | Get-KubernetesImage), (Get-Content *.yaml | Get-KubernetesImage)) {
            $image | Should -HaveCount 2
            $image.File | Split-Path -Leaf | Sort-Object | Should -BeExactly 'b[1].yaml', 'pod.yaml'
            $image[0].Line | Should -Be 8
        }

        (Get-Content -Raw pod.yaml | Get-KubernetesImage).Line | Should -Be 8
    }

    It 'never lets a pipeline pass when a document is bad' {
        Add-Content -LiteralPath pod.yaml -Value "`n---`nimage: {{ .Values.image }}"
        $failure = Get-Failure {
            Get-KubernetesImage pod.yaml -ErrorAction Stop | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog -ErrorAction Stop
        }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'MalformedDocument,SigstorePS.Commands.GetKubernetesImageCommand'
        $failure.CategoryInfo.Category | Should -Be 'InvalidData'
        Get-KubernetesImage pod.yaml -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'warns of what it does not look at, and looks with -ImagePath' {
        'apiVersion: a.io/v1', 'kind: W', 'spec: { image: x }' | Set-Content -LiteralPath w.yaml
        Get-KubernetesImage w.yaml -WarningVariable w -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $w | Should -Match "-ImagePath 'W:.spec.image'"
        (Get-KubernetesImage w.yaml -ImagePath 'W:.spec.image').Reference | Should -BeExactly 'x'
        (Get-KubernetesImage w.yaml -ImagePath @{ 'W.a.io' = '.spec.image', '.spec.none' }).Reference | Should -BeExactly 'x'
    }

    It 'pins to what was verified and keeps everything else, CRLF and mark and permissions too' {
        $bytes = [byte[]](0xEF, 0xBB, 0xBF) + [System.Text.Encoding]::UTF8.GetBytes($pod.Replace("`n", "`r`n"))
        [System.IO.File]::WriteAllBytes((Join-Path $PWD pod.yaml), $bytes)
        if (-not $IsWindows) { chmod 640 pod.yaml }
        $verified = Get-KubernetesImage pod.yaml | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog
        $before = (Get-FileHash pod.yaml).Hash

        $text = pwsh -NoProfile -Command {
            param($Module, $Verified)
            Import-Module $Module
            Get-KubernetesImage pod.yaml -Pin $Verified -WhatIf
        } -args $module, $verified | Out-String
        $text | Should -Match "(?m)^\+     image: 'oci:img:1.0@sha256:[0-9a-f]{64}'  # note"
        (Get-FileHash pod.yaml).Hash | Should -BeExactly $before

        $pinned = Get-KubernetesImage pod.yaml -PinTo $verified
        $pinned.Reference | Should -BeExactly "oci:img:1.0@$($verified.Digest)"
        $expected = [byte[]](0xEF, 0xBB, 0xBF) + [System.Text.Encoding]::UTF8.GetBytes(
            $pod.Replace("`n", "`r`n").Replace('img:1.0', "img:1.0@$($verified.Digest)"))
        [Convert]::ToHexString([System.IO.File]::ReadAllBytes((Join-Path $PWD pod.yaml))) |
            Should -BeExactly ([Convert]::ToHexString($expected))
        if (-not $IsWindows) { (Get-Item pod.yaml).UnixMode | Should -BeExactly '-rw-r-----' }
        ($pinned | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog).Verified | Should -BeTrue
    }

    It 'pins nothing that failed' {
        $failed = Get-KubernetesImage pod.yaml | Test-ImageSignature -Key ./other.pub -SkipTransparencyLog -IncludeFailure
        Get-KubernetesImage pod.yaml -PinTo $failed -ErrorVariable e -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $e[0].FullyQualifiedErrorId | Should -BeExactly 'DocumentUnresolved,SigstorePS.Commands.GetKubernetesImageCommand'
        Get-Content -Raw pod.yaml | Should -BeExactly $pod
    }

    It 'shows control characters as question marks' {
        $text = 'apiVersion: v1', 'kind: Pod', "metadata: { name: `"a\e[31mb`" }", 'spec: { containers: [ { image: x } ] }' | Get-KubernetesImage
        ($text | Format-Table | Out-String), ($text | Format-List | Out-String) | Should -Match 'a\?\[31mb'
    }

    It 'completes kinds' {
        (TabExpansion2 'Get-KubernetesImage x.yaml -ImagePath Rol').CompletionMatches.ListItemText | Should -Contain 'Rollout.argoproj.io'
    }
}

Describe 'Images of other tools' {
    BeforeAll {
        Initialize-TestImage
        $null = Set-ImageSignature 'oci:img:1.0' -Key ./cosign.key -SkipTransparencyLog
        # What would be asked for: the reference in the error, as nothing answers there.
        function Get-Meant($Item) {
            $Item | Find-SignatureTag -ErrorVariable e -ErrorAction SilentlyContinue -TimeoutSec 20 | Out-Null
            $e | ForEach-Object { $_.TargetObject }
        }
    }

    It 'takes <Name>' -ForEach @(
        @{ Name = 'rows of Import-Csv'; Item = 'Reference', '127.0.0.1:1/app:1' | ConvertFrom-Csv }
        @{ Name = 'rows with a registry and a tag'; Item = 'Registry,Image,Tag', '127.0.0.1:1,app,1' | ConvertFrom-Csv }
        @{ Name = 'docker image ls'; Item = '{"Repository":"127.0.0.1:1/app","Tag":"1","Digest":"<none>","ID":"x","Size":"1MB"}' | ConvertFrom-Json }
        @{ Name = 'podman images'; Item = '[{"Id":"x","Names":["127.0.0.1:1/app:1"],"Digest":"sha256:x"}]' | ConvertFrom-Json }
        @{ Name = 'docker image inspect'; Item = '[{"Id":"x","RepoTags":["127.0.0.1:1/app:1"]}]' | ConvertFrom-Json }
        @{ Name = 'Get-AzContainerRegistryTag'; Item = [pscustomobject]@{ Registry = '127.0.0.1:1'; ImageName = 'app'; Tags = @([pscustomobject]@{ Name = '1' }) } }
        @{ Name = 'one tag of it'; Item = [pscustomobject]@{ Registry = '127.0.0.1:1'; ImageName = 'app'; Attributes = [pscustomobject]@{ Name = '1' } } }
        @{ Name = 'a hashtable'; Item = @{ Repository = '127.0.0.1:1/app'; Tag = '1' } }
    ) {
        Get-Meant $Item | Should -BeExactly '127.0.0.1:1/app:1'
        $twin = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($Item, 4))
        Get-Meant $twin | Should -BeExactly '127.0.0.1:1/app:1'
    }

    It 'takes them as an argument, too' {
        $rows = 'Repository,Tag', '127.0.0.1:1/app,1', '127.0.0.1:1/app,2' | ConvertFrom-Csv
        Find-SignatureTag -Image $rows -ErrorVariable e -ErrorAction SilentlyContinue -TimeoutSec 20 | Should -BeNullOrEmpty
        $e.TargetObject | Should -BeExactly '127.0.0.1:1/app:1', '127.0.0.1:1/app:2'
    }

    It 'refuses <Name> by name' -ForEach @(
        @{ Name = 'a resource'; Item = '{"apiVersion":"v1","kind":"Pod","spec":{}}' | ConvertFrom-Json; Says = 'Get-KubernetesImage' }
        @{ Name = 'an image without a name'; Item = '{"Repository":"<none>","Tag":"<none>","ID":"abc"}' | ConvertFrom-Json; Says = 'abc' }
        @{ Name = 'a repository'; Item = [pscustomobject]@{ Registry = 'r.azurecr.io'; ImageName = 'app'; TagCount = 3 }; Says = 'Get-AzContainerRegistryTag' }
        @{ Name = 'what names no image'; Item = [pscustomobject]@{ Foo = 1 }; Says = 'names no image' }
        @{ Name = 'an empty hashtable'; Item = @{}; Says = 'names no image' }
    ) {
        foreach ($each in $Item, [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($Item, 4))) {
            Test-ImageSignature -Image $each -Key ./cosign.pub -SkipTransparencyLog -ErrorVariable e -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $e[0].FullyQualifiedErrorId | Should -BeExactly 'InvalidImageReference,SigstorePS.Commands.TestImageSignatureCommand'
            $e[0].Exception.Message | Should -Match $Says
            (, $each | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog -Quiet -ErrorAction SilentlyContinue) | Should -BeNullOrEmpty
        }
    }

    It 'leaves results of the module and files as they were' {
        $result = Test-ImageSignature 'oci:img:1.0' -Key ./cosign.pub -SkipTransparencyLog
        ($result | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog).Image | Should -BeExactly 'oci:img:1.0'
        (Get-Item img | Test-ImageSignature -Key ./cosign.pub -SkipTransparencyLog).Verified | Should -BeTrue
    }
}
