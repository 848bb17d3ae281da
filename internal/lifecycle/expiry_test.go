package lifecycle_test

import (
	"strings"
	"testing"
	"time"
)

// until is a configuration of a token with an absolute expiry.
func until(expiry string, more ...values) values {
	return values{"name_prefix": "ci-", "expires_at": expiry, "overlap": "24h"}.With(more...)
}

// TestExpiry_kept: what the state shows is what was asked for, as long as the server's own precision can mean it.
func TestExpiry_kept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		precision time.Duration
		config    values
		state     string
		warns     bool
	}{
		"lifetime":                       {0, basic(), "2030-03-02T12:00:00Z", false},
		"lifetime, by the minute":        {time.Minute, basic(values{"lifetime": "720h0m30s"}), "2030-03-02T12:00:30Z", false},
		"lifetime, by the day":           {day, basic(), "2030-03-02T12:00:00Z", false},
		"expires_at":                     {0, until("2031-01-31T12:00:30Z"), "2031-01-31T12:00:30Z", false},
		"expires_at, in another zone":    {0, until("2031-01-31T13:00:30+01:00"), "2031-01-31T13:00:30+01:00", false},
		"expires_at, by the minute":      {time.Minute, until("2031-01-31T12:00:30Z"), "2031-01-31T12:00:30Z", false},
		"expires_at, by the day":         {day, until("2031-01-31T12:00:30Z"), "2031-01-31T12:00:30Z", false},
		"none":                           {0, values{"name_prefix": "ci-"}, "", false},
		"expires_at, the server's limit": {0, until("2090-01-31T12:00:00Z"), "2090-01-31T12:00:00Z", true},
		"lifetime, the server's limit":   {0, basic(values{"lifetime": "999999h"}), "2040-01-29T12:00:00Z", true},
	} {
		for _, answer := range []string{"row", "secret"} {
			t.Run(name+", "+answer, func(t *testing.T) {
				t.Parallel()
				w := newToy(t, named, func(s *toyServer) { s.Precision, s.AnswersRow = c.precision, answer == "row" })
				if c.warns {
					w.MaxLifetime = 3650 * day
				}
				done := w.MustRun(create, c.config)
				if got := w.Object.Text("expires_at"); got != c.state {
					t.Errorf("the state shows %q instead of %q", got, c.state)
				}
				if c.warns != (count(done, "The server gave the token another expiry") == 1) || !c.warns && len(done.Diagnostics) > 0 {
					t.Error(done.Diagnostics)
				}
				if said := w.Refresh(); len(said) > 0 {
					t.Error(said)
				}
			})
		}
	}
}

// TestExpiry_granted: whether a token is expired or due is a question of its real expiry, whatever the state shows.
func TestExpiry_granted(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.MaxLifetime = 10 * day })
	config := until("2031-01-31T12:00:00Z", values{"rotate_before_expiry": "48h"})
	w.Does(create, config)
	w.Pass(8 * day)
	w.Does(rotate, config)
	if got := w.Object.Text("expires_at"); got != "2031-01-31T12:00:00Z" {
		t.Errorf("the state shows %s", got)
	}
	w.Pass(11 * day)
	w.Refresh()
	if got := w.Object.Text("status"); got != "expired" {
		t.Errorf("the status is %s", got)
	}
}

// TestExpiry_changed: another expires_at needs a new token, or moves in place where the server can.
func TestExpiry_changed(t *testing.T) {
	t.Parallel()
	for moves, want := range map[bool]action{false: rotate, true: update} {
		w := newToy(t, named, func(s *toyServer) { s.MovesExpiry = moves })
		w.Does(create, until("2031-01-31T12:00:00Z"))
		// Other words for the same change nothing.
		w.Does(nothing, until("2031-01-31T13:00:00+01:00"))
		if done := w.MustRun(want, until("2031-06-30T12:00:00Z")); len(done.Diagnostics) > 0 {
			t.Error(done.Diagnostics)
		}
		if got := w.Token(w.Object.Text("id")).Expiry; !got.Equal(w.Object.Time("expires_at")) {
			t.Errorf("the server has %s", got)
		}
		// Without expires_at and lifetime the token keeps its expiry.
		w.Does(nothing, until("2031-06-30T12:00:00Z").With(values{"expires_at": nil}))
	}
}

// TestExpiry_lifetime: an edit moves the expiry where the server can, counted from the creation; the server's limit is warned of once.
func TestExpiry_lifetime(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.MovesExpiry = true })
	w.Does(create, overlapping())
	created := w.Now()
	w.Pass(5 * day)
	w.Does(update, overlapping(values{"lifetime": "1000h"}))
	if got := w.Object.Time("expires_at").Sub(created); got != 1000*time.Hour {
		t.Errorf("it lives for %s", got)
	}
	w.MaxLifetime = 20 * day
	if done := w.MustRun(update, overlapping(values{"lifetime": "2000h"})); count(done, "The server gave the token another expiry") != 1 {
		t.Error(done.Diagnostics)
	}
	if got := w.Object.Time("expires_at").Sub(created); got != 25*day {
		t.Errorf("it lives for %s", got)
	}
}

// TestExpiry_moved: what somebody else has moved is moved back where that is possible, and is warned of where it is too late.
func TestExpiry_moved(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.MovesExpiry = true })
	config := overlapping(values{"rotate_before_expiry": nil})
	w.Does(create, config)
	w.Requests()
	granted := w.Object.Text("expires_at")
	w.Change("t1", func(token *toyToken) { end := token.Expiry.Add(100 * day); token.Expiry = &end })
	w.Does(update, config)
	w.Sent("change t1")
	if got := w.Object.Text("expires_at"); got != granted {
		t.Errorf("it expires at %s instead of %s", got, granted)
	}
	w.Change("t1", func(token *toyToken) { end := token.Expiry.Add(100 * day); token.Expiry = &end })
	w.Pass(31 * day)
	for range 2 {
		said := w.Refresh()
		says(t, said, "outlives its lifetime", "was to expire at "+granted, "-replace")
	}
	if changes := w.Start().Plan(w.Object, config).Changes(); len(changes) > 0 {
		t.Errorf("planned is a change of %v", changes)
	}
}

// TestExpiry_passed: an expiry that has passed is a warning in the plan, because Terraform also plans before it destroys, and an error
// in the apply, before anything is sent.
func TestExpiry_passed(t *testing.T) {
	t.Parallel()
	const passed = "The token would be expired when it is minted"
	for precision, expiry := range map[time.Duration]string{0: "2030-01-31T12:00:00Z", time.Minute: "2030-01-31T12:00:59Z", day: "2030-01-31T23:59:59Z"} {
		w := newToy(t, named, func(s *toyServer) { s.Precision = precision })
		done := w.Fails("apply", until(expiry), passed)
		if done.Saved.Diagnostics.Warnings().Summaries() != passed {
			t.Errorf("the plan says %s", done.Saved.Diagnostics)
		}
		if sent := w.Requests(); sent != "" || w.Object != nil {
			t.Errorf("sent was %s", sent)
		}
	}
	// Of a token that exists it is only said where a new one is planned.
	w := newToy(t, named)
	w.Does(create, until("2030-02-10T12:00:00Z"))
	w.Requests()
	w.Pass(11 * day)
	done := w.Fails("apply", until("2030-02-10T12:00:00Z"), passed)
	if got := done.Saved.Diagnostics.Warnings().Summaries(); got != passed {
		t.Errorf("the plan says %s", got)
	}
	w.Sent("")
	w.Holds("t1", "")
	if said := w.Destroy(); said.Failed() {
		t.Error(said)
	}
	w = newToy(t, named)
	w.Does(create, until("2030-02-10T12:00:00Z"))
	w.Pass(5 * day)
	if done := w.MustRun(update, until("2030-02-10T12:00:00Z", values{"note": "b"})); count(done, passed) != 0 {
		t.Error(done.Diagnostics)
	}
}

// TestExpiry_tooShort: a rotation that would be due again as soon as it is done is refused. What the configuration asks for is an error
// in the plan; what the server grants is a warning there, an error in the apply of a rotation, and no reason to rotate.
func TestExpiry_tooShort(t *testing.T) {
	t.Parallel()
	const short = "The token would be rotated in every run"
	w := newToy(t, named)
	w.Fails("plan", overlapping(values{"rotate_before_expiry": "720h"}), short)
	w.MaxLifetime = 5 * day
	done := w.Run(overlapping())
	if done.Failed != "" || count(done, short) != 1 || done.Saved.Diagnostics.Summaries() != "" {
		t.Fatalf("%q: %s", done.Failed, done.Diagnostics)
	}
	w.Requests()
	w.Pass(4 * day)
	done = w.Run(overlapping())
	if done.Action != nothing || count(done, short) != 1 || done.Diagnostics.Failed() {
		t.Fatalf("%s: %s", done.Action, done.Diagnostics)
	}
	done = w.Fails("apply", overlapping(triggered("2")), short)
	if !strings.Contains(done.Saved.Diagnostics.Warnings().Summaries(), short) {
		t.Errorf("the plan says %s", done.Saved.Diagnostics)
	}
	w.Sent("")
	// Another lifetime may be granted.
	w.MaxLifetime = 0
	w.Does(rotate, overlapping(triggered("2"), values{"lifetime": "1000h"}))
}

// TestExpiry_ending warns of a token that expires soon and that nothing rotates.
func TestExpiry_ending(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config values
		passes time.Duration
		says   string
	}{
		"early":                 {overlapping(values{"rotate_before_expiry": nil}), 15 * day, ""},
		"soon":                  {overlapping(values{"rotate_before_expiry": nil}), 16 * day, "Set rotate_before_expiry"},
		"soon, but it rotates":  {overlapping(), 16 * day, ""},
		"soon, and it is fixed": {until("2030-03-02T12:00:00Z"), 16 * day, "because expires_at says so"},
		"expired":               {overlapping(values{"rotate_before_expiry": nil}), 31 * day, ""},
	} {
		w := newToy(t, named)
		w.Does(create, c.config)
		w.Pass(c.passes)
		said := w.RefreshAndPlan(c.config).Diagnostics.Warnings()
		switch {
		case c.says != "":
			says(t, said, "expires soon", c.says)
		case name != "expired" && len(said) > 0, strings.Contains(said.String(), "expires soon"):
			t.Errorf("%s: %s", name, said)
		}
	}
}
