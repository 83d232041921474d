// Package azure stands in for the key service of that name: our servers sign with files, and its client library would
// be most of the download and of the compile time.
package azure
