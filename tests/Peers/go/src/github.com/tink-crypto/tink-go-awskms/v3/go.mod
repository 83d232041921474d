module github.com/tink-crypto/tink-go-awskms/v3
