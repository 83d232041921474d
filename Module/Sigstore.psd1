@{
    RootModule           = 'bin/SigstorePS.dll'
    # Loaded at import: [SigstorePS.ImageVerification] must be known before the first cmdlet runs.
    RequiredAssemblies   = @('bin/SigstorePS.Engine.dll')
    ModuleVersion        = '0.1.0'
    GUID                 = '17b9a6c8-fbec-4b4f-bac7-21499bfe498d'
    Author               = 'SigstorePS contributors'
    CompanyName          = 'SigstorePS contributors'
    Copyright            = '(c) SigstorePS contributors. Apache-2.0.'
    Description          = 'Verify and sign container images and files with sigstore and cosign formats: keys and identities, transparency logs, timestamps, TUF trust roots, OCI registries and layouts.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('Sigstore.Format.ps1xml')
    TypesToProcess       = @('Sigstore.Types.ps1xml')
    CmdletsToExport      = @(
        'Add-ImageAttestation',
        'Add-ImageSbom',
        'Add-ImageSignature',
        'Connect-ImageRegistry',
        'ConvertTo-SigstoreBundle',
        'ConvertTo-SigstoreReport',
        'Copy-SignedImage',
        'Disconnect-ImageRegistry',
        'Export-SignedImage',
        'Find-RekorEntry',
        'Find-SignatureTag',
        'Get-ComposeImage',
        'Get-DockerfileImage',
        'Get-ImageAttestation',
        'Get-ImageSbom',
        'Get-ImageSignature',
        'Get-ImageTree',
        'Get-KubernetesImage',
        'Get-Pkcs11Key',
        'Get-Pkcs11Token',
        'Get-RekorEntry',
        'Get-RekorLog',
        'Get-SigstoreBundle',
        'Get-SigstoreCertificate',
        'Get-SigstoreEnvironment',
        'Get-SigstoreIdentityToken',
        'Get-SigstoreKey',
        'Get-SigstorePolicy',
        'Get-SigstorePublicKey',
        'Get-SigstoreSigningConfig',
        'Get-SigstoreTrustRoot',
        'Import-SignedImage',
        'Import-SigstoreKeyPair',
        'Initialize-SigstoreTrustRoot',
        'New-ImageSignaturePayload',
        'New-SigstoreKeyPair',
        'New-SigstorePolicy',
        'New-SigstoreSigningConfig',
        'New-SigstoreTimestamp',
        'New-SigstoreTrustRoot',
        'Publish-ImageBlob',
        'Publish-RekorEntry',
        'Remove-ImageSignature',
        'Set-BaseImageSignature',
        'Set-BlobAttestation',
        'Set-BlobSignature',
        'Set-GitSignature',
        'Set-ImageAttestation',
        'Set-ImageSignature',
        'Test-BaseImageSignature',
        'Test-BlobAttestation',
        'Test-BlobSignature',
        'Test-GitSignature',
        'Test-ImageAttestation',
        'Test-ImageSignature',
        'Test-RekorEntry',
        'Test-RekorLog',
        'Test-SigstorePolicy',
        'Test-SigstoreTimestamp',
        'Update-SigstoreBundle',
        'Update-SigstoreTrustRoot'
    )
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @('Save-SignedImage')
    PrivateData          = @{
        PSData = @{
            Tags         = @('PSEdition_Core', 'Windows', 'Linux', 'macOS', 'Sigstore', 'cosign', 'OCI', 'container', 'signing', 'supply-chain', 'SBOM', 'attestation')
            ReleaseNotes = 'Signs and attests container images and files, with keys or for an identity, with transparency logs and timestamps; verifies whatever sigstore signed.'
        }
    }
}
