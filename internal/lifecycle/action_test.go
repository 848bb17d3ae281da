package lifecycle_test

import (
	"strings"
	"testing"
	"time"
)

// basic is a configuration of a token with a name, in which every argument is set that decides about its rotation.
func basic(more ...values) values {
	return values{
		"name_prefix": "ci-", "lifetime": "720h", "rotate_before_expiry": "168h", "rotation_triggers": map[string]any{"n": "1"},
		"note": "a", "scope": "r", "region": "eu",
	}.With(more...)
}

// overlapping is one that rotates in place.
func overlapping(more ...values) values {
	return basic(append([]values{{"overlap": "24h"}}, more...)...)
}

// triggered changes rotation_triggers.
func triggered(n string) values { return values{"rotation_triggers": map[string]any{"n": n}} }

// losesSecret makes the record say that nobody has the secret.
func losesSecret(w *toy) {
	w.Remember(strings.Replace(w.Object.Remembered(), "{", `{"secret_lost":true,`, 1))
}

// reasons are what can happen to a token that exists, with what comes of it: the action and the requests without an overlap and with
// one.
func reasons() map[string]struct {
	happens     func(w *toy)
	config      values
	plain, over action
	sent        string
	current     string
	previous    string
} {
	type row = struct {
		happens     func(w *toy)
		config      values
		plain, over action
		sent        string
		current     string
		previous    string
	}
	return map[string]row{
		"nothing":                        {nil, nil, nothing, nothing, "", "t1", ""},
		"a note":                         {nil, values{"note": "b"}, update, update, "change t1", "t1", ""},
		"a note is removed":              {nil, values{"note": nil}, update, update, "change t1", "t1", ""},
		"a lifetime counts from a mint":  {nil, values{"lifetime": "8760h"}, update, update, "", "t1", ""},
		"rotate_before_expiry is edited": {nil, values{"rotate_before_expiry": "24h"}, update, update, "", "t1", ""},
		"triggers are removed":           {nil, values{"rotation_triggers": nil}, update, update, "", "t1", ""},
		"a kept argument is removed":     {nil, values{"scope": nil}, nothing, nothing, "", "t1", ""},
		"trigger":                        {nil, triggered("2"), replace, rotate, "create", "t2", "t1"},
		"changed argument":               {nil, values{"scope": "w"}, replace, rotate, "create", "t2", "t1"},
		"changed prefix":                 {nil, values{"name_prefix": "cd-"}, replace, rotate, "create", "t2", "t1"},
		"due":                            {func(w *toy) { w.Pass(23 * day) }, nil, replace, rotate, "create", "t2", "t1"},
		"due, and a longer lead":         {func(w *toy) { w.Pass(23 * day) }, values{"rotate_before_expiry": "200h"}, replace, rotate, "create", "t2", "t1"},
		"due, but a shorter lead":        {func(w *toy) { w.Pass(23 * day) }, values{"rotate_before_expiry": "24h"}, update, update, "", "t1", ""},
		"almost due":                     {func(w *toy) { w.Pass(23*day - time.Second) }, nil, nothing, nothing, "", "t1", ""},
		"expired":                        {func(w *toy) { w.Pass(31 * day) }, nil, replace, rotate, "create, delete t1", "t2", ""},
		"expired, and not listed":        {func(w *toy) { w.HidesExpired = true; w.Pass(31 * day) }, nil, replace, rotate, "create, delete t1", "t2", ""},
		"expired and triggered":          {func(w *toy) { w.Pass(31 * day) }, triggered("2"), replace, rotate, "create, delete t1", "t2", ""},
		"secret lost":                    {losesSecret, nil, replace, rotate, "create, delete t1", "t2", ""},
		"another region":                 {nil, values{"region": "us"}, replace, replace, "delete t1, create", "t2", ""},
		"another region, and due":        {func(w *toy) { w.Pass(23 * day) }, values{"region": "us"}, replace, replace, "delete t1, create", "t2", ""},
	}
}

// TestAction_overlap: what is changed or due comes in place, and leaves the previous token alive.
func TestAction_overlap(t *testing.T) {
	t.Parallel()
	for name, c := range reasons() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			w.Does(create, overlapping())
			w.Sent("create")
			if c.happens != nil {
				c.happens(w)
			}
			w.Does(c.over, overlapping(c.config))
			w.Sent(c.sent)
			w.Holds(c.current, c.previous)
			w.HasAlive(strings.TrimSpace(c.previous + " " + c.current))
			wantRevokedAfter := time.Time{}
			if c.previous != "" {
				wantRevokedAfter = w.Now().Add(day)
			}
			if got := w.Object.Time("previous_revoked_after"); !got.Equal(wantRevokedAfter) {
				t.Errorf("the previous token is revoked after %s instead of %s", got, wantRevokedAfter)
			}
		})
	}
}

// TestAction_replacement: without an overlap a new token replaces the resource, in both orders.
func TestAction_replacement(t *testing.T) {
	t.Parallel()
	for name, c := range reasons() {
		for order, sent := range map[bool]string{false: "delete t1, create", true: "create, delete t1"} {
			if order && c.plain != replace {
				continue
			}
			t.Run(name+map[bool]string{false: "", true: ", create before destroy"}[order], func(t *testing.T) {
				t.Parallel()
				w := newToy(t, named)
				w.CreateBeforeDestroy = order
				w.Does(create, basic())
				w.Sent("create")
				if c.happens != nil {
					c.happens(w)
				}
				w.Does(c.plain, basic(c.config))
				if c.plain != replace {
					sent = c.sent
				}
				w.Sent(sent)
				w.Holds(c.current, "")
				w.HasAlive(c.current)
				if len(w.Deposed) > 0 {
					t.Error("something is left to be destroyed")
				}
			})
		}
	}
}

// TestAction_missing: a token that was deleted outside Terraform while the previous one is alive gives way in place, with an overlap
// and without one: a replacement would revoke the only token that is left.
func TestAction_missing(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]values{"with overlap": overlapping(triggered("2")), "overlap removed since": basic(triggered("2"))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			w.Does(create, overlapping())
			w.Does(rotate, overlapping(triggered("2")))
			w.Does(map[bool]action{true: nothing, false: update}[config["overlap"] != nil], config)
			until := w.Object.Text("previous_revoked_after")
			w.Requests()
			w.Remove("t2")
			w.Pass(time.Hour)
			if said := w.Refresh(); said.Failed() || w.Object == nil || w.Object.Text("status") != "missing" {
				t.Fatalf("the token is not reported as missing: %s", said)
			} else {
				says(t, said, "is missing", "t1", "still alive")
			}
			w.Does(rotate, config)
			w.Sent("create")
			w.Holds("t3", "t1")
			w.HasAlive("t1 t3")
			if got := w.Object.Text("previous_revoked_after"); got != until {
				t.Errorf("the overlap that had begun ends at %s instead of %s", got, until)
			}
		})
	}
}

// TestAction_gone: a token that was deleted outside Terraform is created again if nothing of it is left.
func TestAction_gone(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	w.Does(rotate, overlapping(triggered("2")))
	w.Pass(time.Hour)
	w.Remove("t1")
	w.Remove("t2")
	w.Does(create, overlapping(triggered("2")))
	w.HasAlive("t3")
}

// TestAction_nameless: the same for tokens without names, whose answer is the secret alone.
func TestAction_nameless(t *testing.T) {
	t.Parallel()
	config := values{"account": "acc", "note": "a", "overlap": "24h", "rotation_triggers": map[string]any{"n": "1"}, "rotate_before_expiry": "168h"}
	for name, c := range map[string]struct {
		happens func(w *toy)
		config  values
		want    action
		sent    string
		current string
		alive   string
	}{
		"nothing":         {nil, nil, nothing, "", "t1", "t1"},
		"a note":          {nil, values{"note": "b"}, update, "change t1", "t1", "t1"},
		"trigger":         {nil, triggered("2"), rotate, "create, mark t2, change t2", "t2", "t1 t2"},
		"due":             {func(w *toy) { w.Pass(23 * day) }, nil, rotate, "create, mark t2, change t2", "t2", "t1 t2"},
		"expired":         {func(w *toy) { w.Pass(30 * day) }, nil, rotate, "create, mark t2, delete t1, change t2", "t2", "t2"},
		"secret lost":     {losesSecret, nil, rotate, "create, mark t2, delete t1, change t2", "t2", "t2"},
		"another account": {nil, values{"account": "other"}, replace, "delete t1, create, change t2", "t2", "t2"},
		"no overlap":      {nil, values{"overlap": nil, "rotation_triggers": map[string]any{"n": "2"}}, replace, "delete t1, create, change t2", "t2", "t2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, nameless, func(s *toyServer) { s.Lifetime = 30 * day })
			w.Does(create, config)
			w.Sent("create, change t1")
			if c.happens != nil {
				c.happens(w)
			}
			w.Does(c.want, config.With(c.config))
			w.Sent(c.sent)
			w.Holds(c.current, map[bool]string{true: "t1"}[c.alive == "t1 t2"])
			w.HasAlive(c.alive)
			if got := w.Token(c.current); got.Mark != "" || got.Note == "" {
				t.Errorf("the token is left as %+v", got)
			}
		})
	}
}
