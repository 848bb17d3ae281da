package main

import (
	"context"
	"fmt"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// requestRows count what creating, refreshing and planning the tokens of each unpaced workload sends. The creation of
// virtual accounts, of which each is two requests, is compared with as many creations of random.
func requestRows(ctx context.Context, t tools, s settings, tell teller) ([]row, error) {
	var rows []row
	for _, w := range unpaced() {
		tell("%d %s: create, refresh, plan", s.tokens, w.title)
		create, more, err := countRequests(ctx, t, w, s.tokens)
		rows = append(rows, more...)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", w.title, err)
		}
		if !w.isCompared {
			continue
		}
		tell("%d %s: create", s.tokens, t.called(t.random))
		b, err := t.newBench(t.random, pets(), s.tokens, nil)
		if err != nil {
			return rows, err
		}
		random, err := b.apply(ctx)
		if err != nil {
			return rows, err
		}
		const most = 2.5
		rows = append(rows, row{
			what: fmt.Sprintf("create of %d %s against %s", s.tokens, w.title, t.called(t.random)), target: fmt.Sprintf("<= %.1f x", most),
			figure: compared(create, random), verdict: judge(ratio(create.cpu, random.cpu), most),
		})
	}
	return rows, nil
}

// countRequests returns what the creation took, too.
func countRequests(ctx context.Context, t tools, w workload, n int) (create cost, rows []row, err error) {
	box, err := startSandbox()
	if err != nil {
		return cost{}, nil, err
	}
	defer func() { _ = box.Close() }()
	b, err := t.newBench(t.ours, w, n, box.Env())
	if err != nil {
		return cost{}, nil, err
	}
	count := func(run func(context.Context) (cost, error)) (cost, int, error) {
		box.Journal().Reset()
		took, err := run(ctx)
		return took, box.Journal().Count(fakeapi.Filter{System: w.system}), err
	}
	create, created, err := count(b.apply)
	if err != nil {
		return create, nil, err
	}
	rows = append(rows, w.createRow(n, created))
	_, refreshed, err := count(b.refresh)
	if err != nil {
		return create, rows, err
	}
	_, planned, err := count(b.plan)
	if err != nil {
		return create, rows, err
	}
	return create, append(rows, w.unchangedRows(n, refreshed, planned)...), nil
}

func (w workload) createRow(n, requests int) row {
	return atMost(fmt.Sprintf("requests to create %d %s", n, w.title), requests, w.creates(n))
}

func (w workload) unchangedRows(n, refresh, plan int) []row {
	return []row{
		atMost(fmt.Sprintf("requests to refresh %d %s", n, w.title), refresh, w.refreshes),
		atMost(fmt.Sprintf("requests to plan %d %s", n, w.title), plan, w.refreshes),
	}
}
