package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cost is what one command took.
type cost struct {
	wall time.Duration
	// cpu is user and system time of the command and of everything that it started.
	cpu time.Duration
}

// bench is a working folder in which Terraform runs one contender.
type bench struct {
	tools     tools
	contender contender
	folder    string
	env       map[string]string
}

// newBench makes a working folder for n objects of a workload. The environment is the sandbox's.
func (t tools) newBench(c contender, w workload, n int, env map[string]string) (*bench, error) {
	folder, err := os.MkdirTemp(t.folder, c.name+"-")
	if err != nil {
		return nil, err
	}
	b := &bench{tools: t, contender: c, folder: folder, env: maps.Clone(env)}
	return b, os.WriteFile(filepath.Join(folder, "main.tf"), []byte(w.configuration(c.source, n)), 0o600)
}

// apply creates what the configuration asks for.
func (b *bench) apply(ctx context.Context) (cost, error) {
	return b.run(ctx, b.contender.settings, nil, "apply", "-auto-approve", "-lock=false", "-no-color")
}

// refresh reads every object, and fails if one has changed.
func (b *bench) refresh(ctx context.Context) (cost, error) {
	return b.unchanged(ctx, b.contender.settings, nil, "-refresh-only")
}

// plan reads and plans every object, and fails if there is anything to do.
func (b *bench) plan(ctx context.Context) (cost, error) {
	return b.unchanged(ctx, b.contender.settings, nil)
}

// peakOf runs an unchanged plan under a watch for the provider's memory.
func (b *bench) peakOf(ctx context.Context, options ...string) (int64, error) {
	file := filepath.Join(b.folder, "peak")
	watched := map[string]string{"MINT_BENCH_COMMAND": b.contender.binary, "MINT_BENCH_PEAK": file}
	if _, err := b.unchanged(ctx, b.contender.measured, watched, options...); err != nil {
		return 0, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(text), 10, 64)
}

// unchanged plans with options, and fails if there is something to do. The exit code of -detailed-exitcode does not tell after a refresh:
// Terraform 1.11 takes the paths of sensitive attributes in another order for a change.
func (b *bench) unchanged(ctx context.Context, settings string, more map[string]string, options ...string) (cost, error) {
	took, output, err := b.output(ctx, settings, more, append([]string{"plan", "-lock=false", "-no-color"}, options...)...)
	if err == nil && !strings.Contains(output, "No changes.") {
		err = fmt.Errorf("%s: a plan of unchanged objects has changes:\n%s", b.contender.name, ending(output))
	}
	return took, err
}

// run runs Terraform and forgets what it prints.
func (b *bench) run(ctx context.Context, settings string, more map[string]string, arguments ...string) (cost, error) {
	took, _, err := b.output(ctx, settings, more, arguments...)
	return took, err
}

// output runs Terraform in an environment that holds nothing but the sandbox's settings and its own.
func (b *bench) output(ctx context.Context, settings string, more map[string]string, arguments ...string) (cost, string, error) {
	env := map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": b.folder, "TMPDIR": b.tools.folder, "TF_CLI_CONFIG_FILE": settings,
		"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1",
	}
	maps.Copy(env, b.env)
	maps.Copy(env, more)
	command := exec.CommandContext(ctx, b.tools.terraform, arguments...)
	command.Dir = b.folder
	for _, name := range slices.Sorted(maps.Keys(env)) {
		command.Env = append(command.Env, name+"="+env[name])
	}
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	start := time.Now()
	err := command.Run()
	wall := time.Since(start)
	if err != nil {
		return cost{}, "", fmt.Errorf("%s: terraform %s: %w\n%s", b.contender.name, strings.Join(arguments, " "), err, ending(output.String()))
	}
	return cost{wall: wall, cpu: command.ProcessState.UserTime() + command.ProcessState.SystemTime()}, output.String(), nil
}

// ending is the end of a long text, where the error is.
func ending(text string) string {
	const most = 1500
	if len(text) <= most {
		return text
	}
	return "…" + text[len(text)-most:]
}
