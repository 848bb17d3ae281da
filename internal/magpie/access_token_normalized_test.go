package magpie_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// TestMagpieAccessToken_normalized keeps in the state what was asked for where the organization changes a description. It
// says so once, and sends nothing again as long as the organization answers the same.
func TestMagpieAccessToken_normalized(t *testing.T) {
	t.Parallel()
	type change struct {
		set            func(*fake.Switches)
		first, second  any
		stored, warned string
		kinds          []string
	}
	eachCase(t, map[string]change{
		"cut":           {func(w *fake.Switches) { w.DescriptionLimit = 3 }, "abc", "abcdef", "abc", `"abc"`, distinctKinds()},
		"trimmed":       {func(w *fake.Switches) { w.TrimDescription = true }, nil, "  mine ", "mine", `"mine"`, []string{service}},
		"emptied":       {func(w *fake.Switches) { w.TrimDescription = true }, "mine", " ", "", `<null>`, []string{service}},
		"never cleared": {func(w *fake.Switches) { w.ClearDescription = "ignored" }, "abc", nil, "abc", `"abc"`, distinctKinds()},
	}, func(t *testing.T, c change) {
		t.Helper()
		for _, kind := range c.kinds {
			o := emulate(t, switched(c.set))
			l := o.subject(kind)
			config := func(more values) values { return values{"description": c.second}.With(more) }
			made := l.Does("create", values{"description": c.first})
			changed := l.Run(config(nil))
			l.did("update", changed)
			want := "The server changed the request: For the token " + made.Text("id") + " "
			if text := o.warned(changed.Diagnostics); strings.Count(text, want) != 1 || !strings.Contains(text, "shows another description than was requested: "+c.warned+". The state keeps the requested value") {
				t.Errorf("%s: warned %q", kind, text)
			}
			texts := o.requests("PUT", textRoute)
			quiet := func(more values) {
				if text := o.warned(l.Run(config(more)).Diagnostics); strings.Contains(text, "The server changed the request") {
					t.Errorf("%s: warned %q", kind, text)
				}
				l.Settled(arguments(kind, config(more)))
				if stored, _ := o.Magpie.Token(made.Text("id")); stored.Description != c.stored {
					t.Errorf("%s: stored %q", kind, stored.Description)
				}
				if asked, _ := c.second.(string); l.Object.Text("description") != asked {
					t.Errorf("%s: the state holds %v", kind, l.Object.Attributes)
				}
			}
			quiet(nil)
			quiet(values{"disabled": true})
			quiet(nil)
			o.asked("PUT", textRoute, texts)
			// What somebody else sets is drift, and planned back.
			if err := o.Magpie.PatchToken(made.Text("id"), func(k *fake.Token) { k.Description = "theirs" }); err != nil {
				t.Error(err)
			}
			l.did("update", l.Run(config(nil)))
			l.destroys()
		}
	})
}

// TestMagpieAccessToken_normalizedBefore does not take the answer to an earlier request for that to the latest one.
func TestMagpieAccessToken_normalizedBefore(t *testing.T) {
	t.Parallel()
	for _, kind := range distinctKinds() {
		o := emulate(t, switched(func(w *fake.Switches) { w.DescriptionLimit = 3 }))
		l := o.subject(kind)
		made := l.Does("create", values{"description": "abcdef"})
		if !strings.Contains(made.Remembered(), "abc") {
			t.Errorf("%s: remembered is %s", kind, made.Remembered())
		}
		l.Does("update", values{"description": "xyz"})
		o.Clock().Advance(time.Hour)
		if err := o.Magpie.PatchToken(made.Text("id"), func(k *fake.Token) { k.Description = "abc" }); err != nil {
			t.Error(err)
		}
		if back := l.Does("update", values{"description": "xyz"}); back.Text("token") != made.Text("token") {
			t.Errorf("%s: %v", kind, back.Attributes)
		}
		if stored, _ := o.Magpie.Token(made.Text("id")); stored.Description != "xyz" {
			t.Errorf("%s: stored %q", kind, stored.Description)
		}
		l.destroys()
	}
}
