package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// slice is how many sequences a test runs, from the first seed on.
const slice = 24

// TestChaos runs a small slice of the campaign.
func TestChaos(t *testing.T) {
	t.Parallel()
	for seed := range uint64(slice) {
		s := Generate(seed)
		r, err := Run(t.Context(), s, protocolLevel().start)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.breaches) > 0 {
			t.Errorf("seed %d: %s; see go run ./internal/chaos -replay %d\n%s", seed, r.breaches[0], seed, strings.Join(r.log[max(0, len(r.log)-60):], "\n"))
		}
		if r.tally.commands == 0 || r.tally.requests == 0 {
			t.Errorf("seed %d: nothing has happened", seed)
		}
	}
}

// TestGenerate: a seed always draws the same sequence, which survives being written down, and many seeds draw everything.
func TestGenerate(t *testing.T) {
	t.Parallel()
	drawn, words, kinds := map[Kind]bool{}, map[string]bool{}, map[string]bool{}
	for seed := range uint64(200) {
		s := Generate(seed)
		if !reflect.DeepEqual(s, Generate(seed)) {
			t.Fatalf("the seed %d draws two sequences", seed)
		}
		path := filepath.Join(t.TempDir(), "sequence.json")
		text, err := json.Marshal(s)
		if err == nil {
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		read, err := load(path)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(read); err != nil || !bytes.Equal(text, again) {
			t.Errorf("the sequence of seed %d is read as another one, %v", seed, err)
		}
		for _, step := range s.Steps {
			drawn[step.Do], kinds[step.Resource.Type] = true, true
			words[strings.Split(step.Fault.Fault, ":")[0]] = true
		}
	}
	for _, kind := range []Kind{Set, Remove, Move, Apply, Plan, ApplySaved, Import, Adopt, Destroy, Ephemeral, Wait, Outside, Login, Order, Invoke, Inquire} {
		if !drawn[kind] {
			t.Errorf("no seed draws %s", kind)
		}
	}
	for _, n := range nouns() {
		if !kinds[n.name] {
			t.Errorf("no seed draws %s", n.name)
		}
	}
	for _, word := range []string{
		"status", "429", "429-date", "drop-before", "drop-after", "status-after", "502-after", "truncate", "truncate-silent", "html", "html-after", "slow", "hang",
		"hang-after", "redirect", "lag",
	} {
		if !words[word] {
			t.Errorf("no seed draws the fault %q", word)
		}
	}
}

// TestShrink: of a sequence in which two steps together break a promise, these two are left, and nothing about them that is not needed.
func TestShrink(t *testing.T) {
	t.Parallel()
	s := Generate(3)
	first := Step{Do: Set, Resource: Resource{Address: "a.b", Type: sailpointPAT, Arguments: map[string]any{
		"name_prefix": "ci-", "lifetime": "720h", "overlap": "24h",
	}, CreateBeforeDestroy: true}}
	second := Step{Do: Apply, NoRefresh: true, Kill: &Kill{With: 3}}
	s.Steps = slices.Insert(s.Steps, 4, first)
	s.Steps = slices.Insert(s.Steps, len(s.Steps)-2, second)
	runs := 0
	breaks := func(s Sequence) bool {
		runs++
		i := slices.IndexFunc(s.Steps, func(step Step) bool { return step.Resource.Address == "a.b" })
		return i >= 0 && slices.ContainsFunc(s.Steps[i:], func(step Step) bool { return step.NoRefresh && step.Do == Apply })
	}
	if !breaks(s) {
		t.Fatal("the sequence breaks nothing to begin with")
	}
	short := Shrink(t.Context(), s, breaks)
	if len(short.Steps) != 2 || short.Steps[1].Kill != nil || !short.Steps[1].NoRefresh || len(short.Steps[0].Resource.Arguments) != 2 || short.Steps[0].Resource.CreateBeforeDestroy {
		t.Errorf("left are %+v", short.Steps)
	}
	if !reflect.DeepEqual(short.Switches, plainSwitches(s)) || runs > mostRuns+1 {
		t.Errorf("%d runs, and left is %+v", runs, short)
	}
}

// TestCampaign: the command prints what it has done, and of a breach the seed, the shortest sequence and the command that repeats it.
func TestCampaign(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o, err := parse([]string{"-seed", "1", "-sequences", "2", "-time", "5m"})
	if err != nil {
		t.Fatal(err)
	}
	s := &storm{options: o, levels: []level{protocolLevel()}, progress: new(bytes.Buffer)}
	if err := s.run(t.Context(), &out); err != nil {
		t.Error(err)
	}
	for _, line := range []string{"sequences                                  2", "breaches                                   0", "kills"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("%q is not in %s", line, &out)
		}
	}
	out.Reset()
	leaks := level{"protocol", "the plugin protocol", func(w *world, _ Sequence) (driver, error) {
		return &puppet{answer: func(c command) result {
			if c.do == Destroy {
				return result{bugs: []string{"it leaks"}}
			}
			return result{}
		}}, nil
	}}
	s = &storm{options: o, levels: []level{leaks}, progress: new(bytes.Buffer)}
	if err := s.run(t.Context(), &out); err == nil {
		t.Error("a breach is no failure")
	}
	for _, text := range []string{"seed 1 breaks a promise: terraform: it leaks", `"seed": 1`, "-replay"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("%q is not in %s", text, &out)
		}
	}
}
