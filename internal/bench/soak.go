package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/bench/vitals"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// sample is what is in use after a plan: by the provider process, and by the emulators, which live in this one.
type sample struct {
	provider    vitals.Signs
	sandboxHeap uint64
	connections int
}

// runSoak plans again and again, and fails if what is in use grows.
func runSoak(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	plans := flags.Int("plans", 100, "how often to plan")
	tokens := flags.Int("tokens", 1000, "tokens in each plan")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *plans < 6 || *tokens < 1 {
		return errors.New("at least six plans, to compare their first third with the last, and one token are required")
	}
	return inFolder(func(folder string) error {
		t, err := prepare(ctx, folder, "", newTeller(os.Stderr, time.Now()))
		if err != nil {
			return err
		}
		box, err := startSandbox()
		if err != nil {
			return err
		}
		defer func() { _ = box.Close() }()
		samples, err := soak(ctx, t, box, *plans, *tokens, os.Stdout)
		if err != nil {
			return err
		}
		return verdictOf(samples, os.Stdout)
	})
}

// soak lets Terraform plan many times with one provider process, and takes a sample after each.
func soak(ctx context.Context, t tools, box *sandbox.Sandbox, plans, tokens int, stdout io.Writer) ([]sample, error) {
	b, err := t.grown(ctx, t.profiled, sailpointTokens(), tokens, box)
	if err != nil {
		return nil, err
	}
	process, err := attachable(ctx, t.profiled, b.folder, box.Env())
	if err != nil {
		return nil, err
	}
	defer process.stop()
	b.env["TF_REATTACH_PROVIDERS"] = process.reattach
	fmt.Fprintln(stdout, "plan  resident MiB  heap MiB  goroutines  connections  sandbox's heap MiB")
	var samples []sample
	for i := range plans {
		box.Journal().Reset()
		if _, err := b.plan(ctx); err != nil {
			return nil, err
		}
		box.Journal().Reset()
		s := sample{sandboxHeap: vitals.Take().Heap, connections: box.Connections()}
		if s.provider, err = vitals.Ask(ctx, process.vitals); err != nil {
			return nil, err
		}
		samples = append(samples, s)
		fmt.Fprintf(stdout, "%4d  %12.1f  %8.1f  %10d  %11d  %18.1f\n", i+1, mebibytes(s.provider.Resident), mebibytes(s.provider.Heap), s.provider.Goroutines,
			s.connections, mebibytes(s.sandboxHeap))
	}
	return samples, nil
}

// attached is a provider process that outlives Terraform.
type attached struct {
	command *exec.Cmd
	// reattach is what Terraform needs to find it, vitals the URL of its vital signs.
	reattach, vitals string
}

// attachable starts a provider that prints how to attach Terraform to it. Its logs are off, as they are in a run of Terraform that
// nobody watches.
func attachable(ctx context.Context, c contender, folder string, env map[string]string) (*attached, error) {
	file := filepath.Join(folder, "vitals")
	command := exec.CommandContext(ctx, c.binary, "-debug")
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "MINT_BENCH_VITALS=" + file}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_MINT"} {
		command.Env = append(command.Env, name+"=OFF")
	}
	for name, value := range env {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	a := &attached{command: command}
	if a.reattach, err = reattachment(output); err == nil {
		var url []byte
		url, err = os.ReadFile(file)
		a.vitals = string(url)
	}
	if err != nil {
		a.stop()
		return nil, err
	}
	return a, nil
}

func (a *attached) stop() {
	_ = a.command.Process.Kill()
	_ = a.command.Wait()
}

// reattachment finds in a provider's output how Terraform attaches to it.
func reattachment(output io.Reader) (string, error) {
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		_, value, found := strings.Cut(lines.Text(), "TF_REATTACH_PROVIDERS='")
		if value, whole := strings.CutSuffix(strings.TrimSpace(value), "'"); found && whole {
			return value, nil
		}
	}
	return "", errors.Join(errors.New("the provider does not print how to attach to it"), lines.Err())
}

func mebibytes(bytes uint64) float64 { return float64(bytes) / (1 << 20) }

// verdictOf compares the last third of the samples with the first.
func verdictOf(samples []sample, stdout io.Writer) error {
	grown := 0
	for _, c := range []struct {
		what string
		of   func(sample) float64
		// slack is what may come on top of a tenth: a runtime's own to and fro.
		slack float64
	}{
		{"provider's resident memory, MiB", func(s sample) float64 { return mebibytes(s.provider.Resident) }, 2},
		{"provider's heap, MiB", func(s sample) float64 { return mebibytes(s.provider.Heap) }, 1},
		{"provider's goroutines", func(s sample) float64 { return float64(s.provider.Goroutines) }, 2},
		{"connections to the sandbox", func(s sample) float64 { return float64(s.connections) }, 1},
		{"sandbox's heap, MiB", func(s sample) float64 { return mebibytes(s.sandboxHeap) }, 1},
	} {
		series := make([]float64, 0, len(samples))
		for _, s := range samples {
			series = append(series, c.of(s))
		}
		first, last, flat := flatness(series, c.slack)
		word := "flat"
		if !flat {
			word = "GROWS"
			grown++
		}
		fmt.Fprintf(stdout, "%-34s first third %8.1f, last third %8.1f  %s\n", c.what, first, last, word)
	}
	if grown > 0 {
		return fmt.Errorf("%d of the figures grow", grown)
	}
	return nil
}

// flatness compares the medians of the first and the last third of a series: the last may be a tenth and the slack more.
func flatness(series []float64, slack float64) (first, last float64, flat bool) {
	third := len(series) / 3
	first, last = median(series[:third]), median(series[len(series)-third:])
	return first, last, last <= 1.1*first+slack
}
