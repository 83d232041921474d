// Package gcp stands in for Rekor's notices of new entries through Google Pub/Sub, which our Rekor does not send.
package gcp
