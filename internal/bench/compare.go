package main

import (
	"context"
	"fmt"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// standing is what one contender's commands took, round by round.
type standing struct{ refreshes, plans []cost }

// standings are those of all contenders, by name.
type standings map[string]*standing

// competitor is a contender with the objects that it is measured with.
type competitor struct {
	contender
	workload
}

func (t tools) competitors() []competitor {
	return []competitor{{t.ours, sailpointTokens()}, {t.floor, sailpointTokens()}, {t.random, pets()}}
}

// compete refreshes and plans as many objects of every contender in turn, round by round, so that the machine's moods hit all of them.
// A plan stores nothing, so all rounds read the same state. The rows are about this provider's requests.
func compete(ctx context.Context, t tools, s settings, tell teller) (standings, []row, error) {
	box, err := startSandbox()
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = box.Close() }()
	all, benches, w := standings{}, map[string]*bench{}, sailpointTokens()
	for _, c := range t.competitors() {
		if benches[c.name], err = t.grown(ctx, c.contender, c.workload, s.tokens, box); err != nil {
			return all, nil, err
		}
		all[c.name] = &standing{}
	}
	var rows []row
	for round := range s.rounds {
		for _, c := range t.competitors() {
			tell("round %d of %d: %d objects of %s", round+1, s.rounds, s.tokens, c.name)
			box.Journal().Reset()
			if err := all[c.name].step(ctx, benches[c.name].refresh, &all[c.name].refreshes); err != nil {
				return all, rows, err
			}
			sent := box.Journal().Count(fakeapi.Filter{System: w.system})
			box.Journal().Reset()
			if err := all[c.name].step(ctx, benches[c.name].plan, &all[c.name].plans); err != nil {
				return all, rows, err
			}
			if round == 0 && c.name == t.ours.name {
				rows = w.unchangedRows(s.tokens, sent, box.Journal().Count(fakeapi.Filter{System: w.system}))
			}
		}
	}
	return all, rows, nil
}

func (s *standing) step(ctx context.Context, run func(context.Context) (cost, error), into *[]cost) error {
	took, err := run(ctx)
	if err == nil {
		*into = append(*into, took)
	}
	return err
}

// rows compares this provider with the others. CPU time decides, because whatever else the machine does lengthens the wall time beside it.
func (s standings) rows(t tools, of settings) []row {
	refreshes, plans := func(s *standing) []cost { return s.refreshes }, func(s *standing) []cost { return s.plans }
	var rows []row
	for _, c := range []struct {
		what    string
		against contender
		of      func(*standing) []cost
		most    float64
	}{
		{"refresh", t.floor, refreshes, 1.10},
		{"plan", t.floor, plans, 1.10},
		{"refresh", t.random, refreshes, 1.35},
		{"plan", t.random, plans, 1.35},
	} {
		r := row{what: fmt.Sprintf("%s of %d against %s", c.what, of.tokens, t.called(c.against)), target: fmt.Sprintf("<= %.2f x", c.most), verdict: unknown}
		if ours, theirs := s[t.ours.name], s[c.against.name]; ours != nil && theirs != nil && len(c.of(ours)) > 0 && len(c.of(theirs)) > 0 {
			a, b := typical(c.of(ours)), typical(c.of(theirs))
			r.figure, r.verdict = compared(a, b), judge(ratio(a.cpu, b.cpu), c.most)
		}
		rows = append(rows, r)
	}
	return rows
}

// compared shows one cost beside another.
func compared(a, b cost) string {
	return fmt.Sprintf("%.2f x CPU (%s / %s), %.2f x wall (%s / %s)", ratio(a.cpu, b.cpu), seconds(a.cpu), seconds(b.cpu), ratio(a.wall, b.wall), seconds(a.wall), seconds(b.wall))
}

// typical holds the medians of several runs.
func typical(runs []cost) cost {
	var walls, cpus []time.Duration
	var peaks []int64
	for _, one := range runs {
		walls, cpus, peaks = append(walls, one.wall), append(cpus, one.cpu), append(peaks, one.peak)
	}
	return cost{wall: median(walls), cpu: median(cpus), peak: median(peaks)}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// grown makes a working folder that holds n objects, of which one has been created and the others are copies.
func (t tools) grown(ctx context.Context, c contender, w workload, n int, box *sandbox.Sandbox) (*bench, error) {
	b, err := t.newBench(c, w, n, box.Env())
	if err != nil {
		return nil, err
	}
	if _, _, err := b.watched(ctx, "apply", "-auto-approve", "-lock=false", "-no-color", "-target", w.resource+"."+blockName(0)+"[0]"); err != nil {
		return nil, err
	}
	differ := kept
	switch c.name {
	case t.floor.name:
		differ = named
	case t.ours.name, t.profiled.name:
		differ = seeded(box)
	}
	return b, b.grow(n, differ)
}
