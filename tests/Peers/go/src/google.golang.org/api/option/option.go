// Package option stands in for the settings of Google's API clients, none of which is built.
package option

import "google.golang.org/grpc"

// ClientOption is a setting that nobody reads.
type ClientOption any

// WithGRPCDialOption returns a setting that nobody reads.
func WithGRPCDialOption(grpc.DialOption) ClientOption {
	return nil
}
