package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/tokenmint/terraform-provider-mint/internal/engine"
)

// TestDemo plays the whole demo. It runs with the acceptance tests, because it
// needs Terraform and builds the provider.
func TestDemo(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set")
	}
	if engine.Installed() == "" {
		t.Skip("Terraform is not installed")
	}
	var output strings.Builder
	if err := perform(t.Context(), &output); err != nil {
		t.Fatalf("%v\n%s", err, output.String())
	}
	end := "live tokens on the servers: 0\ntotal time: "
	if _, after, found := strings.Cut(output.String(), end); !found || !strings.HasSuffix(after, next) {
		t.Errorf("the end is not the count, the time and what to try next:\n%s", output.String())
	}
	for _, line := range strings.Split(next, "\n") {
		if guide := strings.Fields(line); len(guide) > 0 && strings.HasPrefix(guide[0], "docs/") {
			if _, err := os.Stat("../../" + guide[0]); err != nil {
				t.Errorf("what to try next: %s", err)
			}
		}
	}
	if want := len(sailpointAct().steps); strings.Count(output.String(), "  ok  ") < want {
		t.Errorf("fewer than %d steps:\n%s", want, output.String())
	}
}

func TestPlay_stopsAtABrokenPromise(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	says := func(result string, err error) func(context.Context, *stage) (string, error) {
		return func(context.Context, *stage) (string, error) { return result, err }
	}
	one := act{system: "sun", steps: []step{
		{"first", says("fine", nil)},
		{"second", says("", broken)},
		{"third", says("never", nil)},
	}}
	var output strings.Builder
	if err := one.play(t.Context(), nil, &output); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if shown := output.String(); !strings.Contains(shown, "ok  first") || !strings.Contains(shown, "FAILED  second") || strings.Contains(shown, "third") {
		t.Errorf("shown:\n%s", shown)
	}
}

func TestActionWord(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]tfjson.Change{
		"create":               {Actions: tfjson.Actions{tfjson.ActionCreate}},
		"update":               {Actions: tfjson.Actions{tfjson.ActionUpdate}},
		"destroy":              {Actions: tfjson.Actions{tfjson.ActionDelete}},
		"create, then destroy": {Actions: tfjson.Actions{tfjson.ActionCreate, tfjson.ActionDelete}},
		"destroy, then create": {Actions: tfjson.Actions{tfjson.ActionDelete, tfjson.ActionCreate}},
		"import":               {Actions: tfjson.Actions{tfjson.ActionNoop}, Importing: &tfjson.Importing{ID: "1"}},
		"import and update":    {Actions: tfjson.Actions{tfjson.ActionUpdate}, Importing: &tfjson.Importing{ID: "1"}},
		"":                     {Actions: tfjson.Actions{tfjson.ActionRead}},
	} {
		if got := actionWord(&change); got != want {
			t.Errorf("%v: %q, want %q", change.Actions, got, want)
		}
	}
}
