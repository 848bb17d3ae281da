// Command demo shows the provider at work against emulated systems on
// loopback; nothing leaves the machine and no credentials are needed.
//
// Without arguments it builds the provider, starts the sandbox and runs real
// Terraform through the life of a token, step by step. "demo sandbox" serves
// the sandbox until it is interrupted, for people and programs that test their
// own configurations.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `Usage:
  demo                   run Terraform against the sandbox, from create to destroy
  demo sandbox [-json]   serve the sandbox until interrupted; -json prints one line for programs
  demo sandbox -- COMMAND [ARGUMENT ...]
                         run a command in the environment of a sandbox, CONTROL_URL included
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	var failed failure
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case errors.As(err, &failed):
		os.Exit(int(failed))
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) error {
	if len(arguments) == 0 {
		return perform(ctx, stdout)
	}
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	asJSON := flags.Bool("json", false, "print one line of JSON")
	if arguments[0] != "sandbox" {
		flags.Usage()
		return flag.ErrHelp
	}
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	if isCommand := arguments[len(arguments)-flags.NArg()-1] == "--"; flags.NArg() > 0 && (!isCommand || *asJSON) {
		flags.Usage()
		return flag.ErrHelp
	}
	return serve(ctx, *asJSON, flags.Args(), stdout, stderr)
}
