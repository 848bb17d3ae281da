package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// sum adds the counts up with which the outputs of several runs close, and prints one line of the same form. A run that closes without
// a count was cut off: it counts as one failure.
func sum(out io.Writer, files []string) error {
	var all tally
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var passed, failed, skipped int
		if _, err := fmt.Sscanf(lastLine(string(text)), counts, &passed, &failed, &skipped); err != nil {
			passed, failed, skipped = 0, 1, 0
		}
		all.passed, all.failed, all.skipped = all.passed+passed, all.failed+failed, all.skipped+skipped
	}
	_, err := fmt.Fprintf(out, counts+"\n", all.passed, all.failed, all.skipped)
	if err != nil {
		return err
	}
	return all.verdict(nil)
}

func lastLine(of string) string {
	of = strings.TrimRight(of, "\n")
	return of[strings.LastIndex(of, "\n")+1:]
}
