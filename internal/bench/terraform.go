package main

import (
	"bytes"
	"context"
	"errors"
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
	// peak is the peak resident memory, in bytes, of the largest provider process that it started; 0 where the system does not tell.
	peak int64
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
	took, _, err := b.watched(ctx, "apply", "-auto-approve", "-lock=false", "-no-color")
	return took, err
}

// refresh reads every object, and fails if one has changed.
func (b *bench) refresh(ctx context.Context) (cost, error) { return b.unchanged(ctx, "-refresh-only") }

// plan reads and plans every object, and fails if there is anything to do.
func (b *bench) plan(ctx context.Context) (cost, error) { return b.unchanged(ctx) }

// unchanged plans with options, and fails if there is something to do. The exit code of -detailed-exitcode does not tell after a refresh:
// Terraform 1.11 takes the paths of sensitive attributes in another order for a change.
func (b *bench) unchanged(ctx context.Context, options ...string) (cost, error) {
	took, output, err := b.watched(ctx, append([]string{"plan", "-lock=false", "-no-color"}, options...)...)
	if err == nil && !strings.Contains(output, "No changes.") {
		err = fmt.Errorf("%s: a plan of unchanged objects has changes:\n%s", b.contender.name, ending(output))
	}
	return took, err
}

// watched runs Terraform with every provider process under a watch for its memory.
func (b *bench) watched(ctx context.Context, arguments ...string) (cost, string, error) {
	peaks, err := os.MkdirTemp(b.folder, "peaks-")
	if err != nil {
		return cost{}, "", err
	}
	took, output, err := b.run(ctx, b.contender.measured, map[string]string{"MINT_BENCH_COMMAND": b.contender.binary, "MINT_BENCH_PEAKS": peaks}, arguments...)
	if err != nil {
		return cost{}, output, err
	}
	took.peak, err = largest(peaks)
	return took, output, err
}

// largest is the largest of the numbers that the files of a folder hold.
func largest(folder string) (most int64, err error) {
	files, err := os.ReadDir(folder)
	for _, file := range files {
		text, errRead := os.ReadFile(filepath.Join(folder, file.Name()))
		number, errParse := strconv.ParseInt(string(text), 10, 64)
		most, err = max(most, number), errors.Join(err, errRead, errParse)
	}
	return most, err
}

// run runs Terraform with CLI settings, in an environment that holds nothing but the sandbox's settings and its own.
func (b *bench) run(ctx context.Context, settings string, more map[string]string, arguments ...string) (cost, string, error) {
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
