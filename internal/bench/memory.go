package main

import (
	"context"
	"fmt"
	"os"
)

// memoryRows measure the provider process's peak resident memory in a refresh and a plan, of fewer and of more objects.
func memoryRows(ctx context.Context, t tools, s settings) ([]row, error) {
	fewer, err := peaks(ctx, t, t.ours, sailpointTokens(), s.tokens)
	if err != nil {
		return nil, err
	}
	more, err := peaks(ctx, t, t.ours, sailpointTokens(), s.memory)
	if err != nil {
		return nil, err
	}
	random, err := peaks(ctx, t, t.random, pets(), s.tokens)
	if err != nil {
		return nil, err
	}
	var rows []row
	for i, what := range []string{"refresh", "plan"} {
		rows = append(rows, memoryRow(
			fmt.Sprintf("provider's peak memory, %s of %d against %d tokens", what, s.memory, s.tokens), more[i], fewer[i], 1.5))
		rows = append(rows, memoryRow(fmt.Sprintf("provider's peak memory, %s of %d, against %s", what, s.tokens, t.randomName()), fewer[i], random[i], 1))
	}
	return rows, nil
}

func memoryRow(what string, figure, against int64, most float64) row {
	r := row{what: what, target: fmt.Sprintf("<= %.2f x", most), verdict: unknown}
	if figure > 0 && against > 0 {
		r.figure = fmt.Sprintf("%.2f x (%d / %d MiB)", ratio(figure, against), figure>>20, against>>20)
		r.verdict = judge(ratio(figure, against), most)
	}
	return r
}

// peaks are the peak memory of a refresh and of a plan, in bytes.
func peaks(ctx context.Context, t tools, c contender, w workload, n int) (two [2]int64, err error) {
	fmt.Fprintf(os.Stderr, "        %d objects of %s\n", n, c.name)
	box, err := startSandbox()
	if err != nil {
		return two, err
	}
	defer func() { _ = box.Close() }()
	b, err := t.grown(ctx, c, w, n, box)
	if err != nil {
		return two, err
	}
	if two[0], err = b.peakOf(ctx, "-refresh-only"); err != nil {
		return two, err
	}
	two[1], err = b.peakOf(ctx)
	return two, err
}
