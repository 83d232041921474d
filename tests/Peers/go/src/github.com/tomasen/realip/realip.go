// Package realip stands in for a package that Debian does not have. The certificate log asks it whom to charge a
// request to; ours has no quotas and no proxy in front of it.
package realip

import "net/http"

// FromRequest returns the address of the connection.
func FromRequest(request *http.Request) string {
	return request.RemoteAddr
}
