module github.com/tink-crypto/tink-go-hcvault/v2
