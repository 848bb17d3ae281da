package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// announcement is what a program needs to use the sandbox.
type announcement struct {
	Env        map[string]string `json:"env"`
	ControlURL string            `json:"control_url"`
}

// serve runs the sandbox until the context ends, which is how it is meant to
// be stopped and no error.
func serve(ctx context.Context, asJSON bool, stdout io.Writer) (err error) {
	ctx, stop := untilOrphaned(ctx)
	defer stop()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	defer func() { err = errors.Join(err, box.Close()) }()

	said := announcement{Env: box.Env(), ControlURL: box.ControlURL()}
	if asJSON {
		if err := json.NewEncoder(stdout).Encode(said); err != nil {
			return err
		}
	} else if err := said.print(stdout); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// print writes lines to paste into a shell.
func (a announcement) print(w io.Writer) error {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(a.Env)) {
		fmt.Fprintf(&text, "export %s=%s\n", name, shellQuoted(a.Env[name]))
	}
	fmt.Fprintf(&text, "\n# Control URL, described by GET /:\n# %s\n", a.ControlURL)
	fmt.Fprintf(&text, "# Interrupt to stop; everything minted is forgotten then.\n")
	_, err := io.WriteString(w, text.String())
	return err
}

// shellQuoted quotes a value so that a POSIX shell takes every byte as it is.
func shellQuoted(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
