package main

import (
	"context"
	"fmt"
	"os"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// requestRows counts what creating and refreshing the tokens of each workload sends.
func requestRows(ctx context.Context, t tools, s settings) ([]row, error) {
	var rows []row
	for _, w := range fleet() {
		fmt.Fprintf(os.Stderr, "        %d %s\n", s.tokens, w.title)
		more, err := countRequests(ctx, t, w, s.tokens)
		rows = append(rows, more...)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", w.title, err)
		}
	}
	return rows, nil
}

func countRequests(ctx context.Context, t tools, w workload, n int) ([]row, error) {
	box, err := startSandbox()
	if err != nil {
		return nil, err
	}
	defer func() { _ = box.Close() }()
	b, err := t.newBench(t.ours, w, n, box.Env())
	if err != nil {
		return nil, err
	}
	of := fmt.Sprintf("%d %s", n, w.title)
	var rows []row
	for _, step := range []struct {
		what string
		run  func(context.Context) (cost, error)
		most int
	}{
		{"requests to create " + of, b.apply, w.creates(n)},
		{"requests to refresh " + of, b.refresh, w.refreshes},
		{"requests to plan " + of, b.plan, w.refreshes},
	} {
		box.Journal().Reset()
		if _, err := step.run(ctx); err != nil {
			return rows, err
		}
		rows = append(rows, atMost(step.what, box.Journal().Count(fakeapi.Filter{System: w.system}), step.most))
	}
	return rows, nil
}
