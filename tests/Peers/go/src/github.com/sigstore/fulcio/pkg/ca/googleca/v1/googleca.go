// Package v1 stands in for Fulcio's --ca googleca, whose client library we do not build: our Fulcio signs with a file.
package v1

import (
	"context"
	"errors"

	"google.golang.org/api/option"

	"github.com/sigstore/fulcio/pkg/ca"
)

// NewCertAuthorityService always fails.
func NewCertAuthorityService(context.Context, string, ...option.ClientOption) (ca.CertificateAuthority, error) {
	return nil, errors.New("this Fulcio is built without googleca")
}
