// Package duplex stands in for a package that Debian does not have: gRPC and HTTP of Fulcio on one port. Ours has
// two ports, so that nothing here is ever called.
package duplex

import (
	"context"
	"errors"
	"net"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
)

var errTwoPorts = errors.New("this Fulcio needs different ports for --port and --grpc-port")

// Duplex would be the server.
type Duplex struct {
	Server *grpc.Server
}

// New returns a server that cannot serve.
func New(int, ...any) *Duplex {
	return &Duplex{Server: grpc.NewServer()}
}

// RegisterHandler always fails.
func (*Duplex) RegisterHandler(
	context.Context, func(context.Context, *runtime.ServeMux, string, []grpc.DialOption) error,
) error {
	return errTwoPorts
}

// RegisterListenAndServeMetrics does nothing.
func (*Duplex) RegisterListenAndServeMetrics(int, bool) {}

// Serve always fails.
func (*Duplex) Serve(context.Context, net.Listener) error {
	return errTwoPorts
}
