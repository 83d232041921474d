// Package jsonpath stands in for a package that Debian does not have. Fulcio asks it for the claim that
// "issuer-claim" of its configuration names; we write none.
package jsonpath

import "errors"

// Get always fails.
func Get(string, any) (any, error) {
	return nil, errors.New("this Fulcio is built without issuer-claim")
}
