// Package middleware stands in for a package that Debian does not have. Fulcio numbers the requests in its log with it;
// ours go without a number.
package middleware

import (
	"context"

	"google.golang.org/grpc"
)

// RequestIDMetadataKey names the header with the number.
const RequestIDMetadataKey = "x-request-id"

// Option is a setting that nobody reads.
type Option struct{}

// UseXRequestIDMetadataOption returns a setting that nobody reads.
func UseXRequestIDMetadataOption(bool) Option { return Option{} }

// XRequestMetadataLimitOption returns a setting that nobody reads.
func XRequestMetadataLimitOption(int) Option { return Option{} }

// UnaryRequestID passes every request on as it is.
func UnaryRequestID(...Option) grpc.UnaryServerInterceptor {
	return func(
		ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler,
	) (any, error) {
		return handler(ctx, request)
	}
}
