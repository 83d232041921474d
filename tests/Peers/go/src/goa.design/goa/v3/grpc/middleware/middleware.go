// Package middleware stands in for a package that Debian does not have. Fulcio names the requests in its log with it,
// and panics at one without a name.
package middleware

import (
	"context"
	"strconv"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// RequestIDMetadataKey is where Fulcio looks for the name.
const RequestIDMetadataKey = "x-request-id"

var requests atomic.Int64

// Option is a setting that nobody reads.
type Option struct{}

// UseXRequestIDMetadataOption returns a setting that nobody reads.
func UseXRequestIDMetadataOption(bool) Option { return Option{} }

// XRequestMetadataLimitOption returns a setting that nobody reads.
func XRequestMetadataLimitOption(int) Option { return Option{} }

// UnaryRequestID names each request with the next number.
func UnaryRequestID(...Option) grpc.UnaryServerInterceptor {
	return func(
		ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler,
	) (any, error) {
		headers, _ := metadata.FromIncomingContext(ctx)
		headers = metadata.Join(headers, metadata.Pairs(RequestIDMetadataKey, strconv.FormatInt(requests.Add(1), 10)))
		return handler(metadata.NewIncomingContext(ctx, headers), request)
	}
}
