// Package stackdriver stands in for an exporter of traces that Debian does not have. Trillian makes one only when it is
// told to trace.
package stackdriver

import (
	"errors"

	"go.opencensus.io/stats/view"
	"go.opencensus.io/trace"
)

// Options has the member that Trillian sets.
type Options struct {
	ProjectID string
}

// Exporter exports nothing.
type Exporter struct{}

// NewExporter always fails.
func NewExporter(Options) (*Exporter, error) {
	return nil, errors.New("this server is built without traces")
}

// ExportView does nothing.
func (*Exporter) ExportView(*view.Data) {}

// ExportSpan does nothing.
func (*Exporter) ExportSpan(*trace.SpanData) {}
