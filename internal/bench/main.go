// Command bench measures this provider in real Terraform against emulated systems, and prints each target of the design beside the
// figure. What it is compared with runs in turn with it: the same schema with empty handlers, and hashicorp/random.
//
// "bench soak" plans again and again against one provider process, and fails unless what that process and the emulators use stays
// flat.
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
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are the choices of a run.
type settings struct {
	// tokens, small, large and memory are numbers of objects: of most measurements, of the ends of the line that shows how cost grows,
	// and of the larger measurement of memory.
	tokens, small, large, memory int
	rounds                       int
	random, profile              string
	strict                       bool
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) > 0 && arguments[0] == "soak" {
		return runSoak(ctx, arguments[1:])
	}
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&s.tokens, "tokens", 1000, "objects of most measurements")
	flags.IntVar(&s.small, "small", 100, "fewest objects of the growth line")
	flags.IntVar(&s.large, "large", 5000, "most objects of the growth line")
	flags.IntVar(&s.memory, "memory", 10000, "objects of the larger measurement of memory")
	flags.IntVar(&s.rounds, "rounds", 3, "interleaved rounds; the median of an odd number is shown")
	flags.StringVar(&s.random, "random", "", "a built hashicorp/random `file` to compare with, instead of the stand-in")
	flags.StringVar(&s.profile, "profile", "", "a `folder` for CPU profiles of a refresh and a create; nothing else is measured")
	flags.BoolVar(&s.strict, "strict", false, "fail if a target is missed")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if s.rounds%2 == 0 || s.rounds < 1 || s.small < 1 || s.tokens <= s.small || s.large <= s.tokens || s.memory <= s.tokens {
		return errors.New("an odd number of rounds is required, and numbers of objects that grow from -small through -tokens to -large and -memory")
	}
	tell := newTeller(os.Stderr, time.Now())
	return inFolder(func(folder string) error {
		t, err := prepare(ctx, folder, s.random, tell)
		if err != nil {
			return err
		}
		if s.profile != "" {
			return profile(ctx, t, s, tell, os.Stdout)
		}
		return measure(ctx, t, s, tell, os.Stdout)
	})
}

// teller tells how far a run is.
type teller func(format string, values ...any)

// newTeller tells it with the seconds since the start.
func newTeller(to io.Writer, start time.Time) teller {
	return func(format string, values ...any) {
		fmt.Fprintf(to, "%4.0f s  %s\n", time.Since(start).Seconds(), fmt.Sprintf(format, values...))
	}
}

// inFolder gives its work a folder that is gone afterwards.
func inFolder(work func(folder string) error) (err error) {
	folder, err := os.MkdirTemp("", "mint-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	return work(folder)
}

// measure measures everything, and prints the table even if an error ends it early.
func measure(ctx context.Context, t tools, s settings, tell teller, stdout io.Writer) error {
	start, rows := time.Now(), []row{}
	var failed error
	var middle standings
	for _, part := range []struct {
		title string
		rows  func() ([]row, error)
	}{
		{"comparison", func() (requests []row, err error) {
			middle, requests, err = compete(ctx, t, s, tell)
			return append(middle.rows(t, s), requests...), err
		}},
		{"memory", func() ([]row, error) { return memoryRows(ctx, t, s, middle, tell) }},
		{"growth", func() ([]row, error) { return growthRows(ctx, t, s, middle, tell) }},
		{"requests", func() ([]row, error) { return requestRows(ctx, t, s, tell) }},
		{"creates under a limit", func() ([]row, error) { return limitRows(ctx, t, tell) }},
		{"binary and schema", func() ([]row, error) { return sizeRows(ctx, t) }},
	} {
		tell("%s", part.title)
		more, err := part.rows()
		rows = append(rows, more...)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", part.title, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	if err := render(stdout, rows); err != nil {
		return err
	}
	fmt.Fprint(stdout, "\nCPU time is that of Terraform and of all its provider processes. Wall time is longer where the machine has more to do.\n")
	if t.isStandIn {
		fmt.Fprintln(stdout, t.called(t.random)+" is a provider with seven attributes that is served with the framework's defaults. It is smaller than hashicorp/random,\n"+
			"which the Go module proxy does not have in a version for Terraform 1; -random takes a built one.")
	}
	count := misses(rows)
	fmt.Fprintf(stdout, "\n%d targets missed, %.0f s\n", count, time.Since(start).Seconds())
	if failed == nil && s.strict && count > 0 {
		return errors.New("a target is missed")
	}
	return failed
}
