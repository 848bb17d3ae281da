// Command testtally runs "go test -json" with the arguments it is given, prints
// a line per package, the output of what failed and the reason of what was
// skipped, and closes with one line: "N passed, N failed, N skipped". Subtests
// count like tests. It exits non-zero when anything failed and when nothing ran.
//
// "testtally sum FILE..." adds up the counts of several runs, whose outputs are
// in the files.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "testtally:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) > 0 && arguments[0] == "sum" {
		return sum(os.Stdout, arguments[1:])
	}
	command := exec.Command("go", append([]string{"test", "-json"}, arguments...)...)
	command.Stderr = os.Stderr
	events, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	tally := newTally(os.Stdout)
	readErr := tally.read(events)
	waitErr := command.Wait()
	tally.close()
	return errors.Join(readErr, tally.verdict(waitErr))
}
