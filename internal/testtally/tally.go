package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// counts is the line that closes a run.
const counts = "%d passed, %d failed, %d skipped"

// event is the part of a "go test -json" line that counting needs.
type event struct {
	source
	Action  string
	Output  string
	Elapsed float64
}

// source is the test that an event is about, or the package when Test is empty.
type source struct {
	Package string
	Test    string
}

// tally counts tests and holds back their output until it is known to matter.
type tally struct {
	out     io.Writer
	output  map[source]*strings.Builder
	started map[string]bool
	broken  map[string]bool

	passed, failed, skipped int
}

func newTally(out io.Writer) *tally {
	return &tally{
		out:     out,
		output:  map[source]*strings.Builder{},
		started: map[string]bool{},
		broken:  map[string]bool{},
	}
}

// read takes events until the stream ends. A line that is no event is passed
// on: the go command prints some of its own errors that way.
func (t *tally) read(events io.Reader) error {
	reader := bufio.NewReader(events)
	for {
		line, err := reader.ReadString('\n')
		if line != "" {
			var one event
			if json.Unmarshal([]byte(line), &one) == nil && one.Action != "" {
				t.take(one)
			} else {
				t.print(strings.TrimSuffix(line, "\n") + "\n")
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading test events: %w", err)
		}
	}
}

func (t *tally) take(one event) {
	switch one.Action {
	case "start":
		t.started[one.Package] = true
	case "output":
		t.hold(one)
	case "build-output":
		t.print(one.Output)
	case "pass", "fail", "skip":
		if one.Test == "" {
			t.endPackage(one)
		} else {
			t.endTest(one)
		}
	}
}

func (t *tally) hold(one event) {
	if strings.HasPrefix(one.Output, "=== ") {
		return
	}
	held := t.output[one.source]
	if held == nil {
		held = &strings.Builder{}
		t.output[one.source] = held
	}
	held.WriteString(one.Output)
}

// release prints what was held back and forgets it.
func (t *tally) release(from source) {
	if held := t.output[from]; held != nil {
		t.print(held.String())
	}
	delete(t.output, from)
}

func (t *tally) endTest(one event) {
	switch one.Action {
	case "pass":
		t.passed++
		delete(t.output, one.source)
	case "skip":
		t.skipped++
		t.release(one.source)
	case "fail":
		t.failed++
		t.broken[one.Package] = true
		t.release(one.source)
	}
}

func (t *tally) endPackage(one event) {
	delete(t.started, one.Package)
	switch one.Action {
	case "fail":
		t.breakPackage(one.Package)
		t.print(fmt.Sprintf("FAIL\t%s\t%.1fs\n", one.Package, one.Elapsed))
	case "pass":
		t.print(fmt.Sprintf("ok\t%s\t%.1fs\n", one.Package, one.Elapsed))
	}
	delete(t.output, one.source)
}

// breakPackage counts a package that failed without a failed test, such as one
// that does not compile or whose process died, as one failure. Tests that never
// reported an end are shown, for one of them is the likely cause.
func (t *tally) breakPackage(name string) {
	for held := range t.output {
		if held.Package == name {
			t.release(held)
		}
	}
	if !t.broken[name] {
		t.failed++
		t.broken[name] = true
	}
}

// close counts the packages that began and never ended.
func (t *tally) close() {
	for name := range t.started {
		t.print(fmt.Sprintf("FAIL\t%s\tdid not finish\n", name))
		t.breakPackage(name)
	}
	t.print(fmt.Sprintf(counts+"\n", t.passed, t.failed, t.skipped))
}

// verdict is the error to exit with: the go command's own counts even when
// every test that was heard of passed.
func (t *tally) verdict(waitErr error) error {
	switch {
	case t.failed > 0:
		return errors.New("tests failed")
	case waitErr != nil:
		return fmt.Errorf("go test: %w", waitErr)
	case t.passed == 0:
		return errors.New("no test passed")
	}
	return nil
}

func (t *tally) print(text string) { _, _ = io.WriteString(t.out, text) }
