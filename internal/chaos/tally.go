package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// tally is what happened in some sequences.
type tally struct {
	sequences, commands, requests, kills int
	// levels are the sequences by what they ran through.
	levels map[string]int
	// named are the live tokens at the end that a message has left to somebody, leftByKills those of processes that died.
	named, leftByKills int
	faults             map[string]int
	breaches           int
}

// add adds another one up.
func (t *tally) add(other tally) {
	t.sequences += other.sequences
	t.commands += other.commands
	t.requests += other.requests
	t.kills += other.kills
	t.named += other.named
	t.leftByKills += other.leftByKills
	t.breaches += other.breaches
	if t.faults == nil {
		t.faults = map[string]int{}
	}
	for word, count := range other.faults {
		t.faults[word] += count
	}
	if t.levels == nil {
		t.levels = map[string]int{}
	}
	for title, count := range other.levels {
		t.levels[title] += count
	}
}

// print writes it as a table.
func (t *tally) print(to io.Writer) {
	line := func(name string, count int) { _, _ = fmt.Fprintf(to, "%-34s %9d\n", name, count) }
	line("sequences", t.sequences)
	for _, title := range slices.Sorted(maps.Keys(t.levels)) {
		line("  through "+title, t.levels[title])
	}
	line("commands", t.commands)
	line("requests", t.requests)
	sum := 0
	for _, count := range t.faults {
		sum += count
	}
	line("faults", sum)
	for _, word := range slices.Sorted(maps.Keys(t.faults)) {
		line("  "+word, t.faults[word])
	}
	line("kills", t.kills)
	line("left over, named in a message", t.named)
	line("left over by kills, not named", t.leftByKills)
	line("breaches", t.breaches)
}
