//go:build !unix

package main

import (
	"context"
	"os/exec"
)

// process is a Terraform with its provider.
type process struct{ command *exec.Cmd }

func newProcess(ctx context.Context, name string, arguments ...string) process {
	return process{exec.CommandContext(ctx, name, arguments...)}
}

// kill ends Terraform; its provider notices that.
func (p process) kill(bool) { _ = p.command.Process.Kill() }
