// The part of the program cue that policies need: "cue vet [-c] [-c=false] FILE.cue [FILE.json]". Nobody packages the
// program; this is the library that it, cosign and policy-controller evaluate policies with. Exit codes and streams as
// those of cue: 1 and a text on the error stream for a policy that is broken, and for data that does not fit.
package main

import (
	"fmt"
	"os"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	cueerrors "cuelang.org/go/cue/errors"
	cuejson "cuelang.org/go/encoding/json"
)

func fail(err error) {
	fmt.Fprintln(os.Stderr, strings.TrimSpace(cueerrors.Details(err, nil)))
	os.Exit(1)
}

func main() {
	var files []string
	concrete := true
	if len(os.Args) < 3 || os.Args[1] != "vet" {
		fmt.Fprintln(os.Stderr, "this cue knows vet only")
		os.Exit(1)
	}
	for _, argument := range os.Args[2:] {
		switch argument {
		case "-c", "-c=true":
			concrete = true
		case "-c=false":
			concrete = false
		default:
			files = append(files, argument)
		}
	}
	policy, err := os.ReadFile(files[0])
	if err != nil {
		fail(err)
	}
	context := cuecontext.New()
	value := context.CompileBytes(policy, cue.Filename(files[0]))
	if err := value.Err(); err != nil {
		fail(err)
	}
	if len(files) == 1 {
		if err := value.Validate(); err != nil {
			fail(err)
		}
		return
	}
	data, err := os.ReadFile(files[1])
	if err != nil {
		fail(err)
	}
	expression, err := cuejson.Extract(files[1], data)
	if err != nil {
		fail(err)
	}
	if err := value.Unify(context.BuildExpr(expression)).Validate(cue.Concrete(concrete)); err != nil {
		fail(err)
	}
}
