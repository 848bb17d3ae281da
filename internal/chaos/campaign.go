package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// errBreached tells that a promise was broken.
var errBreached = errors.New("a promise was broken")

// campaign runs the sequences that the command line asks for.
func campaign(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.replay != "" {
		return replay(ctx, o, os.Stdout)
	}
	return storm(ctx, o, os.Stdout, os.Stderr)
}

func startProtocol(w *world, s Sequence) (driver, error) { return newProtocolDriver(w, s.Traced), nil }

// replay runs one sequence and prints what happens.
func replay(ctx context.Context, o options, to io.Writer) error {
	s, err := load(o.replay)
	if err != nil {
		return err
	}
	r, err := Run(ctx, s, startProtocol)
	if err != nil {
		return err
	}
	for _, line := range r.log {
		_, _ = fmt.Fprintln(to, line)
	}
	if len(r.breaches) > 0 {
		return errBreached
	}
	return nil
}

// storm runs one sequence after the other, until there were enough or the time is over.
func storm(ctx context.Context, o options, to, progress io.Writer) error {
	over := time.Now().Add(o.time) //nolint:forbidigo // how long to run is real time
	var next atomic.Uint64
	var mu sync.Mutex
	var sum tally
	var wait sync.WaitGroup
	for range o.workers {
		wait.Go(func() {
			for ctx.Err() == nil && time.Now().Before(over) { //nolint:forbidigo // how long to run is real time
				n := next.Add(1) - 1
				if o.sequences > 0 && n >= uint64(o.sequences) { //nolint:gosec // it is positive
					return
				}
				s := Generate(o.seed + n)
				r, err := Run(ctx, s, startProtocol)
				mu.Lock()
				if err != nil {
					_, _ = fmt.Fprintf(progress, "seed %d: %s\n", s.Seed, err)
				} else {
					if r.tally.breaches = len(r.breaches); len(r.breaches) > 0 {
						_, _ = fmt.Fprintf(progress, "seed %d: %s\n", s.Seed, r.breaches[0])
					}
					sum.add(r.tally)
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	sum.print(to)
	if sum.breaches > 0 {
		return errBreached
	}
	return nil
}
