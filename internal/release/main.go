// Command release packs the archives of a release into an OCI image layout, from which OpenTofu installs the provider once the
// layout has been copied to a registry: "go run ./internal/release dist layout". The first folder holds the archives and their
// SHA256SUMS, as goreleaser leaves them and as they can be downloaded; the second is written, and must not exist.
//
// The layout is the one that OpenTofu's page "Provider Mirrors in OCI Registries" describes.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// run packs and says what it packed.
func run(out io.Writer, arguments []string) error {
	if len(arguments) != 2 {
		return fmt.Errorf("usage: release FOLDER-WITH-ARCHIVES NEW-LAYOUT; got %d arguments", len(arguments))
	}
	built, err := readArchives(arguments[0])
	if err != nil {
		return err
	}
	digest, err := writeLayout(arguments[1], built)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s:%s holds %d platforms, %s\n", arguments[1], built.tag(), len(built.archives), digest)
	return err
}
