package main

import (
	"context"
	"fmt"
	"os"
)

// growthRows show what a refresh and a plan take as the number of objects grows: a line per contender and command.
func growthRows(ctx context.Context, t tools, s settings, middle standings) ([]row, error) {
	counts := []int{s.small, s.tokens, s.large}
	var rows []row
	for _, c := range t.competitors() {
		if middle[c.name] == nil || len(middle[c.name].plans) == 0 {
			return rows, fmt.Errorf("nothing is known of %d objects of %s", s.tokens, c.name)
		}
		refreshes, plans := make([]cost, len(counts)), make([]cost, len(counts))
		refreshes[1], plans[1] = typical(middle[c.name].refreshes), typical(middle[c.name].plans)
		for _, i := range []int{0, 2} {
			fmt.Fprintf(os.Stderr, "        %d objects of %s\n", counts[i], c.name)
			var err error
			if refreshes[i], plans[i], err = once(ctx, t, c.contender, c.workload, counts[i]); err != nil {
				return rows, err
			}
		}
		name := c.name
		if name == t.random.name {
			name = t.randomName()
		}
		rows = append(rows, line("refresh, "+name, counts, refreshes), line("plan, "+name, counts, plans))
	}
	return rows, nil
}

// once refreshes and plans n objects one time.
func once(ctx context.Context, t tools, c contender, w workload, n int) (refresh, plan cost, err error) {
	box, err := startSandbox()
	if err != nil {
		return cost{}, cost{}, err
	}
	defer func() { _ = box.Close() }()
	b, err := t.grown(ctx, c, w, n, box)
	if err != nil {
		return cost{}, cost{}, err
	}
	if refresh, err = b.refresh(ctx); err != nil {
		return cost{}, cost{}, err
	}
	plan, err = b.plan(ctx)
	return refresh, plan, err
}

// line shows growth with the exponents of wall time between neighbours: 1 is a cost that grows as the objects do.
func line(what string, counts []int, costs []cost) row {
	power := func(i int) float64 {
		return exponent(counts[i], counts[i+1], costs[i].wall.Seconds(), costs[i+1].wall.Seconds())
	}
	return row{
		what: fmt.Sprintf("growth of %s, %d / %d / %d objects", what, counts[0], counts[1], counts[2]), verdict: told,
		figure: fmt.Sprintf("%s / %s / %s, exponents %.2f and %.2f", seconds(costs[0].wall), seconds(costs[1].wall), seconds(costs[2].wall), power(0), power(1)),
	}
}
