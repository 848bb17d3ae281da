package magpie_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestMagpieAccessToken_rotateAfter rotates a token that never expires, and whose list may not tell when it was created, once it is that old:
// with a plan of that day, and with one that is applied days later.
func TestMagpieAccessToken_rotateAfter(t *testing.T) {
	t.Parallel()
	eachOf(t, distinctKinds(), func(t *testing.T, kind string) {
		t.Helper()
		for _, overlap := range []any{nil, "72h"} {
			if kind == exclusive && overlap != nil {
				continue
			}
			o := emulate(t)
			l := o.subject(kind)
			config := values{"rotate_after": "30d"}
			want := protocoltest.Replace
			if overlap != nil || kind == exclusive {
				want = "rotate"
			}
			if overlap != nil {
				config["overlap"] = overlap
			}
			if saved := l.plans(config); saved.IsKnown("rotation_due_at") {
				t.Errorf("a creation plans %s", saved.Attributes["rotation_due_at"])
			}
			previous := l.Does("create", config)
			for range 2 {
				due := previous.Time("rotation_due_at")
				around(t, due, time.Unix(previous.Number("secret_version"), 0).Add(30*day))
				o.Clock().Advance(due.Add(-10 * time.Second).Sub(o.Clock().Now()))
				l.Does("nothing", config)
				o.Clock().Advance(20 * time.Second)
				l.refresh()
				saved := l.plans(config)
				if l.Object.Text("status") != "due" || saved.IsKnown("status") {
					t.Errorf("the status is %s, and planned as %s", l.Object.Text("status"), saved.Attributes["status"])
				}
				// A plan of another day.
				o.Clock().Advance(day)
				next := l.did(want, l.Apply(saved, config))
				l.Does("nothing", config)
				o.holdsWorking(next)
				if overlap == nil {
					o.alive(next.Text("token"))
				} else {
					o.hasPrevious(next, previous)
					o.alive(previous.Text("token"), next.Text("token"))
					o.Clock().Advance(73 * time.Hour)
					o.hasNoPrevious(l.Does("update", config))
					o.alive(next.Text("token"))
				}
				if next.Number("secret_version") <= previous.Number("secret_version") {
					t.Error("the version has not grown")
				}
				previous = l.Object
			}
			l.destroys()
		}
	})
}

// TestMagpieAccessToken_rotateAfterEdited: an edit alone rotates nothing, and its plan says when the token is due then.
func TestMagpieAccessToken_rotateAfterEdited(t *testing.T) {
	t.Parallel()
	eachOf(t, distinctKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		l := o.subject(kind)
		made := l.Does("create", nil)
		if !made.IsNull("rotation_due_at") {
			t.Errorf("it is due at %s", made.Text("rotation_due_at"))
		}
		o.Clock().Advance(20 * day)
		for _, age := range []string{"30d", "10d", "40d"} {
			l.refresh()
			saved := l.plans(values{"rotate_after": age})
			if !saved.IsKnown("rotation_due_at") || saved.IsNull("rotation_due_at") {
				t.Errorf("planned is %s", saved.Attributes["rotation_due_at"])
			}
			edited := l.did("update", l.Apply(saved, values{"rotate_after": age}))
			l.refresh()
			if edited.Text("rotation_due_at") != l.Object.Text("rotation_due_at") || (age == "10d") != (l.Object.Text("status") == "due") {
				t.Errorf("%s: due at %s and then at %s, %s", age, edited.Text("rotation_due_at"), l.Object.Text("rotation_due_at"), l.Object.Text("status"))
			}
			o.alive(made.Text("token"))
		}
		// The advice where rotate_before_expiry has no effect.
		l.refresh()
		if text := l.plans(values{"rotate_before_expiry": "7d"}).Diagnostics.String(); !strings.Contains(text, "Set rotate_after instead") {
			t.Error(text)
		}
		if text := l.plans(values{"rotate_before_expiry": "7d", "rotate_after": "40d"}).Diagnostics.String(); text != "" {
			t.Error(text)
		}
		l.destroys()
	})
}

// TestMagpieAccessToken_rotateAfterOlder: a state of an older version plans nothing, with and without a refresh.
func TestMagpieAccessToken_rotateAfterOlder(t *testing.T) {
	t.Parallel()
	eachOf(t, distinctKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := monthly(t)
		l := o.subject(kind)
		config := values{"rotate_before_expiry": "168h"}
		made := l.Does("create", config)
		l.Object = o.engine(kind).Forget(made, "secret_version", "rotation_due_at", "rotate_after")
		if changes := l.plans(config).Changes(); len(changes) > 0 {
			t.Errorf("without a refresh: a change of %v", changes)
		}
		if filled := l.Does("nothing", config); !filled.Time("rotation_due_at").Equal(made.Time("rotation_due_at")) || !made.Time("rotation_due_at").Equal(made.Time("expires_at").Add(-7*day)) {
			t.Errorf("it is due at %s, and was at %s", filled.Text("rotation_due_at"), made.Text("rotation_due_at"))
		}
		l.destroys()
	})
}
