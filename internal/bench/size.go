package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// schemaLoads is how often each schema is loaded, which takes half a second.
const schemaLoads = 7

// sizeRows compare the stripped binaries, and how long Terraform takes to load their schemas.
func sizeRows(ctx context.Context, t tools) ([]row, error) {
	const most = 1.25
	ours, err := os.Stat(t.ours.binary)
	if err != nil {
		return nil, err
	}
	random, err := os.Stat(t.random.binary)
	if err != nil {
		return nil, err
	}
	by := ratio(ours.Size(), random.Size())
	rows := []row{{
		what: "stripped binary against " + t.called(t.random), target: fmt.Sprintf("<= %.2f x", most), verdict: judge(by, most),
		figure: fmt.Sprintf("%.2f x (%.1f / %.1f MB)", by, float64(ours.Size())/1e6, float64(random.Size())/1e6),
	}}
	loads := map[string][]time.Duration{}
	for range schemaLoads {
		for _, c := range []competitor{{t.ours, sailpointTokens()}, {t.random, pets()}} {
			b, err := t.newBench(c.contender, c.workload, 1, nil)
			if err != nil {
				return rows, err
			}
			took, _, err := b.run(ctx, c.settings, nil, "providers", "schema", "-json")
			if err != nil {
				return rows, err
			}
			loads[c.name] = append(loads[c.name], took.wall)
		}
	}
	load, other := median(loads[t.ours.name]), median(loads[t.random.name])
	by = ratio(load, other)
	return append(rows, row{
		what: "schema load time against " + t.called(t.random), target: fmt.Sprintf("<= %.2f x", most), verdict: judge(by, most),
		figure: fmt.Sprintf("%.2f x (%d / %d ms)", by, load.Milliseconds(), other.Milliseconds()),
	}), nil
}
