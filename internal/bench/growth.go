package main

import (
	"context"
	"fmt"
)

// growthRows show what a refresh and a plan take as the number of objects grows, a line per contender and command. Of the fewest and of the
// most each is made once.
func growthRows(ctx context.Context, t tools, s settings, middle standings, tell teller) ([]row, error) {
	counts := []int{s.small, s.tokens, s.large}
	var rows []row
	for _, c := range t.competitors() {
		if middle[c.name] == nil || len(middle[c.name].plans) == 0 {
			return rows, fmt.Errorf("nothing is known of %d objects of %s", s.tokens, c.name)
		}
		ends := [2]extent{}
		for i, n := range []int{s.small, s.large} {
			tell("%d objects of %s", n, c.name)
			var err error
			if ends[i], err = once(ctx, t, c, n); err != nil {
				return rows, err
			}
		}
		rows = append(rows,
			line("refresh, "+t.called(c.contender), counts, []cost{ends[0].refresh, typical(middle[c.name].refreshes), ends[1].refresh}),
			line("plan, "+t.called(c.contender), counts, []cost{ends[0].plan, typical(middle[c.name].plans), ends[1].plan}))
	}
	return rows, nil
}

// extent is what a number of objects takes.
type extent struct{ refresh, plan cost }

// once refreshes and plans n objects one time.
func once(ctx context.Context, t tools, c competitor, n int) (took extent, err error) {
	box, err := startSandbox()
	if err != nil {
		return took, err
	}
	defer func() { _ = box.Close() }()
	b, err := t.grown(ctx, c.contender, c.workload, n, box)
	if err != nil {
		return took, err
	}
	if took.refresh, err = b.refresh(ctx); err != nil {
		return took, err
	}
	took.plan, err = b.plan(ctx)
	return took, err
}

// line shows growth with the exponents of CPU time between neighbours: 1 is a cost that grows as the objects do.
func line(what string, counts []int, costs []cost) row {
	power := func(i int) float64 {
		return exponent(counts[i], counts[i+1], costs[i].cpu.Seconds(), costs[i+1].cpu.Seconds())
	}
	return row{
		what: fmt.Sprintf("growth of %s, %d / %d / %d objects", what, counts[0], counts[1], counts[2]), verdict: told,
		figure: fmt.Sprintf("%s / %s / %s CPU, exponents %.2f and %.2f", seconds(costs[0].cpu), seconds(costs[1].cpu), seconds(costs[2].cpu), power(0), power(1)),
	}
}
