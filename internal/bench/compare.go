package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// standing is what one contender's commands took, round by round.
type standing struct{ creates, refreshes, plans []cost }

// standings are those of all contenders, by name.
type standings map[string]*standing

// competitors are the contenders with the objects that they are measured with.
func (t tools) competitors() []struct {
	contender
	workload
} {
	return []struct {
		contender
		workload
	}{{t.ours, sailpointTokens()}, {t.floor, sailpointTokens()}, {t.random, pets()}}
}

// compete creates, refreshes and plans as many objects of every contender in turn, round by round, so that the machine's moods hit
// all of them.
func compete(ctx context.Context, t tools, s settings) (standings, error) {
	all := standings{}
	for round := range s.rounds {
		for _, c := range t.competitors() {
			fmt.Fprintf(os.Stderr, "        round %d of %d: %s\n", round+1, s.rounds, c.name)
			if all[c.name] == nil {
				all[c.name] = &standing{}
			}
			if err := all[c.name].compete(ctx, t, c.contender, c.workload, s.tokens); err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

func (s *standing) compete(ctx context.Context, t tools, c contender, w workload, n int) error {
	box, err := startSandbox()
	if err != nil {
		return err
	}
	defer func() { _ = box.Close() }()
	b, err := t.newBench(c, w, n, box.Env())
	if err != nil {
		return err
	}
	return s.steps(ctx, b)
}

func (s *standing) steps(ctx context.Context, b *bench) error {
	for _, step := range []struct {
		run  func(context.Context) (cost, error)
		into *[]cost
	}{{b.apply, &s.creates}, {b.refresh, &s.refreshes}, {b.plan, &s.plans}} {
		took, err := step.run(ctx)
		if err != nil {
			return err
		}
		*step.into = append(*step.into, took)
	}
	return nil
}

// rows compares this provider with the others. Wall time decides; CPU time, which other programs on the machine disturb less, stands
// beside it.
func (s standings) rows(t tools, of settings) []row {
	type pick = func(*standing) []cost
	creates, refreshes, plans := func(s *standing) []cost { return s.creates }, func(s *standing) []cost { return s.refreshes },
		func(s *standing) []cost { return s.plans }
	var rows []row
	for _, c := range []struct {
		what, against string
		of            pick
		most          float64
	}{
		{"refresh", "floor", refreshes, 1.10},
		{"plan", "floor", plans, 1.10},
		{"refresh", "random", refreshes, 1.35},
		{"plan", "random", plans, 1.35},
		{"create", "random", creates, 2.5},
	} {
		against := c.against
		if against == t.random.name {
			against = t.randomName()
		}
		r := row{
			what: fmt.Sprintf("%s of %d against %s", c.what, of.tokens, against), target: fmt.Sprintf("<= %.2f x", c.most), verdict: unknown,
		}
		if ours, theirs := s["mint"], s[c.against]; ours != nil && theirs != nil && len(c.of(ours)) > 0 && len(c.of(theirs)) > 0 {
			a, b := typical(c.of(ours)), typical(c.of(theirs))
			wall, cpu := ratio(a.wall, b.wall), ratio(a.cpu, b.cpu)
			r.figure = fmt.Sprintf("%.2f x wall (%s / %s), %.2f x CPU (%s / %s)", wall, seconds(a.wall), seconds(b.wall), cpu, seconds(a.cpu), seconds(b.cpu))
			r.verdict = judge(wall, c.most)
		}
		rows = append(rows, r)
	}
	return rows
}

// typical holds the medians of several runs.
func typical(runs []cost) cost {
	var walls, cpus []time.Duration
	for _, one := range runs {
		walls, cpus = append(walls, one.wall), append(cpus, one.cpu)
	}
	return cost{wall: median(walls), cpu: median(cpus)}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// grown makes a working folder that holds n objects, of which one has been created and the others are copies.
func (t tools) grown(ctx context.Context, c contender, w workload, n int, box *sandbox.Sandbox) (*bench, error) {
	b, err := t.newBench(c, w, n, box.Env())
	if err != nil {
		return nil, err
	}
	if _, err := b.run(ctx, c.settings, nil, "apply", "-auto-approve", "-lock=false", "-no-color", "-target", w.resource+".all[0]"); err != nil {
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
