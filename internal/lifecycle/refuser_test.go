package lifecycle_test

import (
	"strings"
	"testing"
	"time"
)

// refusals are tokens that none may follow, and what brings them to their end.
func refusals() map[string]struct {
	config, edit values
	passes       time.Duration
	fails        string
} {
	last := values{"note": "the last one"}
	kept := values{"note": "not replaced", "overlap": nil}
	late := values{"rotate_before_expiry": nil}
	const due, expired = 700 * time.Hour, 721 * time.Hour
	return map[string]struct {
		config, edit values
		passes       time.Duration
		fails        string
	}{
		"due":                           {overlapping(last, values{"overlap": nil}), nil, due, "apply"},
		"due, with overlap":             {overlapping(last), nil, due, "apply"},
		"expired":                       {overlapping(last, late, values{"overlap": nil}), nil, expired, "apply"},
		"expired, with overlap":         {overlapping(last, late), nil, expired, "apply"},
		"due, not replaced":             {overlapping(kept), nil, due, "apply"},
		"expired and triggered":         {overlapping(kept, late), triggered("2"), expired, "apply"},
		"triggered":                     {overlapping(kept), triggered("2"), time.Hour, "plan"},
		"triggered, with overlap":       {overlapping(last), triggered("2"), time.Hour, "plan"},
		"another scope":                 {overlapping(kept), values{"scope": "read"}, time.Hour, "plan"},
		"another region":                {overlapping(kept, values{"overlap": "24h"}), values{"region": "us"}, due, "plan"},
		"another scope, while due":      {overlapping(kept), values{"scope": "read"}, due, "apply"},
		"an edit that rotates nothing":  {overlapping(last), values{"lifetime": "1000h"}, time.Hour, ""},
		"due, in place, which is taken": {overlapping(kept, values{"overlap": "24h"}), nil, due, ""},
	}
}

// TestRefuser: what a kind refuses of a next token is an error in the plan where the configuration asks for it. Where time does, the plan warns,
// and the apply fails before anything is sent, whatever the order of a replacement is.
func TestRefuser(t *testing.T) {
	t.Parallel()
	const summary, consequence = "A token that none may follow", "Applying this plan fails before anything is sent."
	for name, c := range refusals() {
		for _, createFirst := range []bool{false, true} {
			w := newToy(t, named)
			w.CreateBeforeDestroy = createFirst
			w.Does(create, c.config)
			w.Requests()
			w.Pass(c.passes)
			if c.fails == "" {
				if done := w.Run(c.config.With(c.edit)); done.Failed != "" || count(done, summary) != 0 {
					t.Errorf("%s: %s", name, done.Diagnostics)
				}
				continue
			}
			done := w.Fails(c.fails, c.config.With(c.edit), summary)
			if got := done.Diagnostics.Errors().String(); strings.Contains(got, consequence) {
				t.Errorf("%s: %s", name, got)
			}
			if warned := done.Saved.Diagnostics.Warnings().String(); strings.Contains(warned, consequence) != (c.fails == "apply") {
				t.Errorf("%s: the plan warns of %q", name, warned)
			}
			w.Sent("")
			w.Holds("t1", "")
			if len(w.Deposed) > 0 {
				t.Errorf("%s: %v is left behind", name, w.Deposed)
			}
			if said := w.Destroy(); said.Failed() || w.Object != nil {
				t.Errorf("%s: %s", name, said)
			}
			w.HasAlive("")
		}
	}
}
