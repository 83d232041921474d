module github.com/tink-crypto/tink-go-gcpkms/v2
