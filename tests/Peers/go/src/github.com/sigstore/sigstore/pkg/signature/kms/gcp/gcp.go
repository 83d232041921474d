// Package gcp stands in for Google's key service: our servers sign with files, and its client library would be most of
// the download and of the compile time. Fulcio names one option of it, whatever it signs with.
package gcp

import (
	"google.golang.org/api/option"

	"github.com/sigstore/sigstore/pkg/signature"
)

// WithGoogleAPIClientOption is ignored: there is no client.
func WithGoogleAPIClientOption(option.ClientOption) signature.RPCOption {
	return noOption{}
}

type noOption struct{ signature.RPCOption }
