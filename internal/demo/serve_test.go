package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// startSandbox runs "demo sandbox" in this process and returns its first line
// of output, and what it answers when it is interrupted.
func startSandbox(t *testing.T, arguments ...string) (firstLine string, rest *bufio.Reader, stop func() error) {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"sandbox"}, arguments...), writer, io.Discard)
		_ = writer.Close()
		ended <- err
	}()
	rest = bufio.NewReader(reader)
	line, err := rest.ReadString('\n')
	if err != nil {
		interrupt()
		t.Fatalf("no output: %v; %v", err, <-ended)
	}
	return line, rest, func() error {
		interrupt()
		return <-ended
	}
}

func TestSandbox_json(t *testing.T) {
	t.Parallel()
	line, rest, stop := startSandbox(t, "-json")
	var said announcement
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&said); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	for _, name := range []string{"SAIL_BASE_URL", "SAIL_CLIENT_ID", "SAIL_CLIENT_SECRET"} {
		if said.Env[name] == "" {
			t.Errorf("%s is not set", name)
		}
	}
	servers := newControl(said.ControlURL)
	if count, err := servers.countLive(t.Context()); err != nil || count != 0 {
		t.Errorf("%d live tokens at the start, %v", count, err)
	}
	var made any
	if err := servers.seed(t.Context(), map[string]any{"sailpoint": map[string]any{"tokens": []any{map[string]any{"name": "x"}}}}, &made); err != nil {
		t.Error(err)
	}
	if count, err := servers.countLive(t.Context()); err != nil || count != 1 {
		t.Errorf("%d live tokens after seeding one, %v", count, err)
	}

	if err := stop(); err != nil {
		t.Errorf("an interrupt is not an error: %v", err)
	}
	if more, err := io.ReadAll(rest); err != nil || len(more) > 0 {
		t.Errorf("more than one line: %q, %v", more, err)
	}
	if _, err := servers.countLive(t.Context()); err == nil {
		t.Error("the sandbox still answers after the interrupt")
	}
}

// TestSandbox_endsWithGoRun starts the sandbox as the documentation says and
// ends it as a supervisor would, which reaches "go run" alone.
func TestSandbox_endsWithGoRun(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM")
	}
	command := exec.CommandContext(t.Context(), "go", "run", ".", "sandbox", "-json")
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var said announcement
	if err := json.NewDecoder(output).Decode(&said); err != nil {
		t.Fatal(err)
	}
	servers := newControl(said.ControlURL)
	if _, err := servers.countLive(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(output); err != nil || len(rest) > 0 {
		t.Errorf("after the end: %q, %v", rest, err)
	}
	if _, err := servers.countLive(t.Context()); err == nil {
		t.Error("the sandbox outlives the command that started it")
	}
	_ = command.Wait()
}

func TestSandbox_exportLinesCanBePasted(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no POSIX shell")
	}
	said := announcement{Env: map[string]string{"MINT_TEST_VALUE": `a'b "$c" \d`}, ControlURL: "http://127.0.0.1:1"}
	var script strings.Builder
	if err := said.print(&script); err != nil {
		t.Fatal(err)
	}
	output, err := exec.CommandContext(t.Context(), shell, "-c", script.String()+`printf %s "$MINT_TEST_VALUE"`).CombinedOutput()
	if err != nil || string(output) != said.Env["MINT_TEST_VALUE"] {
		t.Errorf("the shell reads %q, %v", output, err)
	}
}

func TestRun_refusesUnknownArguments(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{{"serve"}, {"sandbox", "extra"}, {"sandbox", "-yaml"}, {"-json"}} {
		var stderr strings.Builder
		if err := run(t.Context(), arguments, io.Discard, &stderr); err == nil {
			t.Errorf("%q: no error", arguments)
		}
		if !strings.Contains(stderr.String(), "Usage:") {
			t.Errorf("%q: no usage in %q", arguments, stderr.String())
		}
	}
}

// TestSandbox_command runs a command in the environment of a sandbox, and ends as it does.
func TestSandbox_command(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the command is for a POSIX shell")
	}
	var stdout, stderr strings.Builder
	script := `test -n "$SAIL_CLIENT_SECRET" && test -n "$MAGPIE_BASE_URL" && test -n "$TFY_API_KEY" && echo "$CONTROL_URL" && echo oops >&2; exit "$0"`
	for _, code := range []string{"0", "3"} {
		stdout.Reset()
		err := run(t.Context(), []string{"sandbox", "--", "sh", "-c", script, code}, &stdout, &stderr)
		var failed failure
		if code == "0" && err != nil || code == "3" && (!errors.As(err, &failed) || failed != 3) {
			t.Errorf("exit code %s: %v", code, err)
		}
		if !strings.HasPrefix(stdout.String(), "http://127.0.0.1:") || !strings.Contains(stderr.String(), "oops") {
			t.Errorf("it printed %q and %q", stdout.String(), stderr.String())
		}
		if _, err := newControl(strings.TrimSpace(stdout.String())).countLive(t.Context()); err == nil {
			t.Error("the sandbox still answers after the command")
		}
	}
	for _, wrong := range [][]string{{"sandbox", "sh"}, {"sandbox", "-json", "--", "sh"}, {"sandbox", "-json", "sh"}} {
		if err := run(t.Context(), wrong, io.Discard, io.Discard); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	if err := run(t.Context(), []string{"sandbox", "--", "no-such-command"}, io.Discard, io.Discard); err == nil {
		t.Error("a command that does not exist is no error")
	}
}
