// Package profiler stands in for Google's profiler, which Rekor starts only when it is told to.
package profiler

import "errors"

// Config has the members that Rekor sets.
type Config struct {
	Service           string
	ServiceVersion    string
	ProjectID         string
	EnableOCTelemetry bool
}

// Start always fails.
func Start(Config) error {
	return errors.New("this Rekor is built without a profiler")
}
