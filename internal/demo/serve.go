package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// announcement is what a program needs to use the sandbox.
type announcement struct {
	Env        map[string]string `json:"env"`
	ControlURL string            `json:"control_url"`
}

// failure is the exit code of a command that did not succeed.
type failure int

func (f failure) Error() string { return fmt.Sprintf("the command ended with exit code %d", int(f)) }

// serve runs the sandbox until the context ends, which is how it is meant to
// be stopped and no error; with a command, until that ends.
func serve(ctx context.Context, asJSON bool, command []string, stdout, stderr io.Writer) (err error) {
	ctx, stop := untilOrphaned(ctx)
	defer stop()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	defer func() { err = errors.Join(err, box.Close()) }()

	said := announcement{Env: box.Env(), ControlURL: box.ControlURL()}
	if len(command) > 0 {
		return said.run(ctx, command, stdout, stderr)
	}
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

// run runs a command inside the environment of the sandbox. An interrupt is passed on, and the command decides when to end.
func (a announcement) run(ctx context.Context, command []string, stdout, stderr io.Writer) error {
	running := exec.CommandContext(ctx, command[0], command[1:]...)
	running.Stdin, running.Stdout, running.Stderr = os.Stdin, stdout, stderr
	running.Env = append(os.Environ(), "CONTROL_URL="+a.ControlURL)
	for name, value := range a.Env {
		running.Env = append(running.Env, name+"="+value)
	}
	running.Cancel = func() error { return running.Process.Signal(os.Interrupt) }
	err := running.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) && ended.ExitCode() > 0 {
		return failure(ended.ExitCode())
	}
	return err
}

// print writes lines to paste into a shell.
func (a announcement) print(w io.Writer) error {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(a.Env)) {
		fmt.Fprintf(&text, "export %s=%s\n", name, shellQuoted(a.Env[name]))
	}
	fmt.Fprintf(&text, "export CONTROL_URL=%s\n\n# GET / on the control URL describes it.\n", shellQuoted(a.ControlURL))
	fmt.Fprintf(&text, "# Interrupt to stop; everything minted is forgotten then.\n")
	_, err := io.WriteString(w, text.String())
	return err
}

// shellQuoted quotes a value so that a POSIX shell takes every byte as it is.
func shellQuoted(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
