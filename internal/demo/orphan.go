package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// untilOrphaned returns a context that also ends when "go run" started this
// program and is gone: a SIGTERM ends "go run" alone, and the program would
// serve on with nobody left who knows its process ID.
func untilOrphaned(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	parent := os.Getppid()
	if commandName(ctx, parent) != "go" {
		return ctx, cancel
	}
	go func() {
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for os.Getppid() == parent {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
		cancel()
	}()
	return ctx, cancel
}

// commandName returns the name of a running program, or nothing where the
// operating system does not tell.
func commandName(ctx context.Context, process int) string {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", process))
	if err != nil {
		name, err = exec.CommandContext(ctx, "ps", "-o", "comm=", "-p", fmt.Sprint(process)).Output()
	}
	if err != nil {
		return ""
	}
	return filepath.Base(strings.TrimSpace(string(name)))
}
