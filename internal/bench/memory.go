package main

import (
	"context"
	"fmt"
)

// memoryRows compare the provider process's peak resident memory: of refreshes and plans beside random's, and of many more objects.
func memoryRows(ctx context.Context, t tools, s settings, middle standings, tell teller) ([]row, error) {
	ours, random := middle[t.ours.name], middle[t.random.name]
	if ours == nil || random == nil || len(random.plans) == 0 {
		return nil, fmt.Errorf("nothing is known of %d objects", s.tokens)
	}
	refresh, plan := typical(ours.refreshes).peak, typical(ours.plans).peak
	beside := func(what string, figure, against int64) row {
		return memoryRow(fmt.Sprintf("provider's peak memory, %s of %d against %s", what, s.tokens, t.called(t.random)), figure, against, 1)
	}
	rows := []row{beside("refresh", refresh, typical(random.refreshes).peak), beside("plan", plan, typical(random.plans).peak)}
	tell("%d objects of %s", s.memory, t.ours.name)
	more, err := once(ctx, t, competitor{t.ours, sailpointTokens()}, s.memory)
	if err != nil {
		return rows, err
	}
	against := func(what string, figure, fewer int64) row {
		return memoryRow(fmt.Sprintf("provider's peak memory, %s of %d against %d tokens", what, s.memory, s.tokens), figure, fewer, 1.5)
	}
	return append(rows, against("refresh", more.refresh.peak, refresh), against("plan", more.plan.peak, plan)), nil
}

func memoryRow(what string, figure, against int64, most float64) row {
	r := row{what: what, target: fmt.Sprintf("<= %.2f x", most), verdict: unknown}
	if figure > 0 && against > 0 {
		r.figure = fmt.Sprintf("%.2f x (%d / %d MiB)", ratio(figure, against), figure>>20, against>>20)
		r.verdict = judge(ratio(figure, against), most)
	}
	return r
}
