package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// profile writes CPU profiles of the provider process while Terraform creates and refreshes tokens, and prints what takes most.
func profile(ctx context.Context, t tools, s settings, stdout io.Writer) error {
	if err := os.MkdirAll(s.profile, 0o750); err != nil {
		return err
	}
	folder, err := filepath.Abs(s.profile)
	if err != nil {
		return err
	}
	box, err := startSandbox()
	if err != nil {
		return err
	}
	defer func() { _ = box.Close() }()
	b, err := t.newBench(t.profiled, sailpointTokens(), s.tokens, box.Env())
	if err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		run  func(context.Context) (cost, error)
	}{{"create", b.apply}, {"refresh", b.refresh}, {"plan", b.plan}} {
		file := filepath.Join(folder, step.name+".pprof")
		b.env["MINT_BENCH_PROFILE"] = file
		if _, err := step.run(ctx); err != nil {
			return err
		}
		fmt.Fprintf(stdout, "\n%s of %d tokens, the provider's CPU time (%s)\n", step.name, s.tokens, file)
		top := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-cum", "-nodecount", "20", t.profiled.binary, file)
		top.Stdout, top.Stderr = stdout, os.Stderr
		if err := top.Run(); err != nil {
			return err
		}
	}
	return nil
}
