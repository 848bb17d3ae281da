package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// errBreached tells that a promise was broken.
var errBreached = errors.New("a promise was broken")

// level is how a sequence is run.
type level struct {
	name  string
	start func(*world, Sequence) (driver, error)
}

func protocolLevel() level {
	return level{"protocol", func(w *world, s Sequence) (driver, error) { return newProtocolDriver(w, s.Traced), nil }}
}

// campaign runs the sequences that the command line asks for.
func campaign(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	levels, done, err := levelsOf(ctx, o.level)
	if err != nil {
		return err
	}
	defer done()
	if o.replay != "" {
		return replay(ctx, o, levels[0], os.Stdout)
	}
	return (&storm{options: o, levels: levels, progress: os.Stderr}).run(ctx, os.Stdout)
}

// levelsOf are those that the command line names.
func levelsOf(ctx context.Context, name string) (levels []level, done func(), err error) {
	switch name {
	case "protocol":
		return []level{protocolLevel()}, func() {}, nil
	case "terraform", "both":
		genuine, done, err := terraformLevel(ctx)
		if err != nil {
			return nil, nil, err
		}
		if name == "both" {
			return []level{protocolLevel(), genuine}, done, nil
		}
		return []level{genuine}, done, nil
	}
	return nil, nil, fmt.Errorf("there is no level %q; protocol, terraform or both", name)
}

// replay runs one sequence and prints what happens.
func replay(ctx context.Context, o options, at level, to io.Writer) error {
	s, err := load(o.replay)
	if err != nil {
		return err
	}
	r, err := Run(ctx, s, at.start)
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

// storm runs one sequence after the other, until there were enough, or the time is over, or a promise is broken. Of two levels the first
// one has all workers but one.
type storm struct {
	options
	levels   []level
	progress io.Writer

	next   atomic.Uint64
	mu     sync.Mutex
	sum    tally
	failed []breached
}

// breached is a sequence that has broken a promise.
type breached struct {
	sequence Sequence
	breach   breach
	at       level
}

// told is how often the storm tells how far it is.
const told = 10 * time.Second

func (s *storm) run(ctx context.Context, to io.Writer) error {
	over, cancel := context.WithTimeout(ctx, s.time)
	defer cancel()
	var wait sync.WaitGroup
	for i := range s.workers {
		at := s.levels[0]
		if i == s.workers-1 {
			at = s.levels[len(s.levels)-1]
		}
		wait.Go(func() { s.work(ctx, over, at) })
	}
	telling := make(chan struct{})
	go func() {
		defer close(telling)
		ticker := time.NewTicker(told)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				s.tell()
			case <-over.Done():
				return
			}
		}
	}()
	wait.Wait()
	cancel()
	<-telling
	s.sum.print(to)
	for _, one := range s.failed {
		s.report(ctx, one, to)
	}
	if len(s.failed) > 0 {
		return errBreached
	}
	return ctx.Err()
}

func (s *storm) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintf(s.progress, "%d sequences, %d commands, %d requests, %d kills, %d breaches\n",
		s.sum.sequences, s.sum.commands, s.sum.requests, s.sum.kills, s.sum.breaches)
}

// mostBreaches is how many sequences may fail until nothing more is learnt from another one.
const mostBreaches = 3

// work runs sequences one after the other. One that has begun is finished, unless the whole campaign is interrupted.
func (s *storm) work(ctx, over context.Context, at level) {
	for over.Err() == nil {
		n := s.next.Add(1) - 1
		if s.sequences > 0 && n >= uint64(s.sequences) {
			return
		}
		sequence := Generate(s.seed + n)
		r, err := Run(ctx, sequence, at.start)
		if ctx.Err() != nil || !s.note(sequence, at, r, err) {
			return
		}
	}
}

// note adds up what a sequence has done. It reports whether to go on.
func (s *storm) note(sequence Sequence, at level, r *runner, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		_, _ = fmt.Fprintf(s.progress, "seed %d: %s\n", sequence.Seed, err)
		s.failed = append(s.failed, breached{sequence, breach{"run", err.Error()}, at})
	} else {
		if len(r.breaches) > 0 {
			r.tally.breaches = 1
			_, _ = fmt.Fprintf(s.progress, "seed %d at the level %s: %s\n", sequence.Seed, at.name, r.breaches[0])
			s.failed = append(s.failed, breached{sequence, r.breaches[0], at})
		}
		s.sum.add(r.tally)
	}
	return s.keep || len(s.failed) < mostBreaches
}

// report shortens a sequence that has broken a promise, and prints it with the command that repeats it.
func (s *storm) report(ctx context.Context, one breached, to io.Writer) {
	_, _ = fmt.Fprintf(to, "\nseed %d breaks a promise: %s\n", one.sequence.Seed, one.breach)
	shortest := one.sequence
	if !s.keep {
		shortest = Shrink(ctx, one.sequence, func(shorter Sequence) bool {
			r, err := Run(ctx, shorter, one.at.start)
			return err == nil && len(r.breaches) > 0 && r.breaches[0].rule == one.breach.rule
		})
	}
	text, err := json.MarshalIndent(shortest, "", "  ")
	if err != nil {
		_, _ = fmt.Fprintln(to, err)
		return
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("chaos-%d.json", one.sequence.Seed))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		_, _ = fmt.Fprintln(to, err)
		return
	}
	_, _ = fmt.Fprintf(to, "The shortest sequence that still does:\n%s\nRepeat it: go run ./internal/chaos -level %s -replay %s\n", text, one.at.name, path)
}
