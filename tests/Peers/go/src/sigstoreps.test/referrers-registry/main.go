// The registry of go-containerregistry, in memory, with the referrers API that its own "registry serve" leaves off.
// Argument: the address to listen on.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	handler := registry.New(registry.WithReferrersSupport(true))
	log.Fatal(http.ListenAndServe(os.Args[1], handler))
}
