package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // here it begins
	// Whoever interrupts twice does not want to wait for the table.
	context.AfterFunc(ctx, stop)
	// A third of the time would go into collecting what the framework makes for every call.
	debug.SetGCPercent(400)
	code := 0
	if err := campaign(ctx, os.Args[1:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "chaos:", err)
		code = 1
	}
	stop()
	os.Exit(code)
}

// options are those of the command line.
type options struct {
	seed      uint64
	sequences int
	time      time.Duration
	level     string
	replay    string
	workers   int
	keep      bool
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.Uint64Var(&o.seed, "seed", 1, "the seed of the first sequence; the next ones follow")
	flags.IntVar(&o.sequences, "sequences", 0, "how many sequences to run at the most; 0 is as many as the time allows")
	flags.DurationVar(&o.time, "time", 3*time.Minute, "how long to run")
	flags.StringVar(&o.level, "level", "protocol", "protocol, terraform or both")
	flags.StringVar(&o.replay, "replay", "", "a seed, or a file with a sequence, to run alone")
	flags.IntVar(&o.workers, "workers", 2, "how many sequences run at the same time; at least one at each level")
	flags.BoolVar(&o.keep, "keep-going", false, "go on after breaches, and shorten no sequence")
	return o, flags.Parse(args)
}
