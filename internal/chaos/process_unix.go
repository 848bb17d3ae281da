//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// process is a Terraform with its provider, in a group of their own.
type process struct{ command *exec.Cmd }

func newProcess(ctx context.Context, name string, arguments ...string) process {
	command := exec.CommandContext(ctx, name, arguments...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	// What a killed Terraform leaves behind may hold its output open.
	command.WaitDelay = 5 * time.Second
	return process{command}
}

// kill ends Terraform and the provider, or the provider alone, without a chance to say goodbye.
func (p process) kill(providerAlone bool) {
	if providerAlone {
		for _, pid := range p.providers() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		return
	}
	_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL)
}

// providers are the processes of the group that run the provider. Where the system does not tell them, everything is killed.
func (p process) providers() []int {
	group := p.command.Process.Pid
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	var found []int
	for _, path := range all {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		line, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(line, []byte("terraform-provider-mint")) {
			continue
		}
		if of, err := syscall.Getpgid(pid); err == nil && of == group && pid != group {
			found = append(found, pid)
		}
	}
	if len(found) == 0 {
		return []int{-group}
	}
	return found
}
