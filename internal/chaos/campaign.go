package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// errBreached tells that a promise was broken.
	errBreached = errors.New("a promise was broken")
	// errInterrupted tells that less was done than was asked for.
	errInterrupted = errors.New("interrupted")
)

// level is how a sequence is run.
type level struct {
	name string
	// title says what runs there.
	title string
	start func(*world, Sequence) (driver, error)
}

func protocolLevel() level {
	return level{"protocol", "the plugin protocol", func(w *world, s Sequence) (driver, error) { return newProtocolDriver(w, s.Traced), nil }}
}

// campaign runs the sequences that the command line asks for.
func campaign(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	levels, done, err := levelsOf(ctx, o.level, os.Stderr)
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
func levelsOf(ctx context.Context, name string, progress io.Writer) (levels []level, done func(), err error) {
	switch name {
	case "protocol":
		return []level{protocolLevel()}, func() {}, nil
	case "terraform", "both":
		_, _ = fmt.Fprintln(progress, "building the provider")
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
	if r != nil {
		for _, line := range r.log {
			_, _ = fmt.Fprintln(to, line)
		}
		if len(r.breaches) > 0 {
			return errBreached
		}
	}
	if ctx.Err() != nil {
		return errInterrupted
	}
	return err
}

// storm runs one sequence after the other, until there were enough, or the time is over, or a promise is broken. Of two levels the first
// one has all workers but one.
type storm struct {
	options
	levels   []level
	progress io.Writer

	next   atomic.Uint64
	start  time.Time
	mu     sync.Mutex
	sum    tally
	failed []breached
}

// breached is a sequence that has broken a promise.
type breached struct {
	sequence Sequence
	breach   breach
	at       level
	// log is what has happened: with real Terraform it does not happen in the same order again.
	log []string
}

// told is how often the storm tells how far it is.
const told = 10 * time.Second

func (s *storm) run(ctx context.Context, to io.Writer) error {
	s.start, s.workers = time.Now(), max(s.workers, len(s.levels)) //nolint:forbidigo // it tells a person how long it has run
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
	switch {
	case len(s.failed) > 0:
		return errBreached
	case ctx.Err() != nil:
		return errInterrupted
	}
	return nil
}

func (s *storm) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintf(s.progress, "%4.0f s  %d sequences", time.Since(s.start).Seconds(), s.sum.sequences) //nolint:forbidigo // as above
	if len(s.levels) > 1 {
		last := s.levels[len(s.levels)-1]
		_, _ = fmt.Fprintf(s.progress, " (%d of them through %s)", s.sum.levels[last.title], last.title)
	}
	_, _ = fmt.Fprintf(s.progress, ", %d commands, %d requests, %d kills, %d breaches\n", s.sum.commands, s.sum.requests, s.sum.kills, s.sum.breaches)
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
		s.failed = append(s.failed, breached{sequence, breach{ruleRun, err.Error()}, at, nil})
	} else {
		r.tally.levels = map[string]int{at.title: 1}
		if len(r.breaches) > 0 {
			r.tally.breaches = 1
			_, _ = fmt.Fprintf(s.progress, "seed %d at the level %s: %s\n", sequence.Seed, at.name, r.breaches[0])
			s.failed = append(s.failed, breached{sequence, r.breaches[0], at, r.log})
		}
		s.sum.add(r.tally)
	}
	return s.keep || len(s.failed) < mostBreaches
}

// longestSearch is how long one shorter sequence after the other is tried.
const longestSearch = 5 * time.Minute

// report shortens a sequence that has broken a promise, and prints it with the command that repeats it.
func (s *storm) report(ctx context.Context, one breached, to io.Writer) {
	_, _ = fmt.Fprintf(to, "\nseed %d breaks a promise: %s\n", one.sequence.Seed, one.breach)
	shortest, is := one.sequence, "The sequence"
	if !s.keep && one.breach.rule != ruleRun && ctx.Err() == nil {
		_, _ = fmt.Fprintf(s.progress, "shortening the sequence of seed %d, for %s at the most\n", one.sequence.Seed, longestSearch)
		searching, end := context.WithTimeout(ctx, longestSearch)
		shortest, is = Shrink(searching, one.sequence, func(shorter Sequence) bool {
			r, err := Run(searching, shorter, one.at.start)
			return err == nil && len(r.breaches) > 0 && r.breaches[0].rule == one.breach.rule
		}), "The shortest sequence that still does"
		end()
	}
	text, err := json.MarshalIndent(shortest, "", "  ")
	if err != nil {
		_, _ = fmt.Fprintln(to, err)
		return
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("chaos-%d.json", one.sequence.Seed))
	logPath := strings.TrimSuffix(path, ".json") + ".log"
	if err := os.WriteFile(path, text, 0o600); err != nil {
		_, _ = fmt.Fprintln(to, err)
		return
	}
	if err := os.WriteFile(logPath, []byte(strings.Join(one.log, "\n")), 0o600); err != nil {
		_, _ = fmt.Fprintln(to, err)
		return
	}
	_, _ = fmt.Fprintf(to, "What has happened is in %s. ", logPath)
	_, _ = fmt.Fprintf(to, "%s:\n%s\nRepeat it: go run ./internal/chaos -level %s -replay %s\n", is, text, one.at.name, path)
}
