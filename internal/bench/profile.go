package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// profile writes CPU profiles of the provider processes while Terraform refreshes, plans and creates tokens, and prints what takes most.
func profile(ctx context.Context, t tools, s settings, tell teller, stdout io.Writer) error {
	folder, err := filepath.Abs(s.profile)
	if err != nil {
		return err
	}
	box, err := startSandbox()
	if err != nil {
		return err
	}
	defer func() { _ = box.Close() }()
	unchanged, err := t.grown(ctx, t.profiled, sailpointTokens(), s.tokens, box)
	if err != nil {
		return err
	}
	of := unpaced()[slices.IndexFunc(unpaced(), func(w workload) bool { return w.isCompared })]
	created, err := t.newBench(t.profiled, of, s.tokens, box.Env())
	if err != nil {
		return err
	}
	for _, step := range []struct {
		name, title string
		in          *bench
		run         func(context.Context) (cost, error)
	}{
		{"refresh", sailpointTokens().title, unchanged, unchanged.refresh},
		{"plan", sailpointTokens().title, unchanged, unchanged.plan},
		{"create", of.title, created, created.apply},
	} {
		tell("%s of %d %s", step.name, s.tokens, step.title)
		into := filepath.Join(folder, step.name)
		if err := os.MkdirAll(into, 0o750); err != nil {
			return err
		}
		step.in.env["MINT_BENCH_PROFILES"] = into
		took, err := step.run(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "\n%s of %d %s, the provider's part of %s CPU time (%s)\n", step.name, s.tokens, step.title, seconds(took.cpu), into)
		if err := top(ctx, t.profiled.binary, into, stdout); err != nil {
			return err
		}
	}
	return nil
}

// top prints what takes most in all profiles of a folder.
func top(ctx context.Context, binary, folder string, stdout io.Writer) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.pprof"))
	if err != nil {
		return err
	}
	arguments := append([]string{"tool", "pprof", "-top", "-cum", "-nodecount", "20", binary}, files...)
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Stdout, command.Stderr = stdout, os.Stderr
	return command.Run()
}
