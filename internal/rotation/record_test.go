package rotation_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// private is a resource's private state, which the framework wants to be valid JSON.
type private map[string][]byte

func (p private) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) { return p[key], nil }

func (p private) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	p[key] = value
	if !json.Valid(value) {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Invalid JSON", string(value))}
	}
	return nil
}

func TestRecordRoundTrip(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		record rotation.Record
		json   string
	}{
		"empty":    {rotation.Record{}, `{}`},
		"imported": {rotation.Record{Imported: true}, `{"imported":true}`},
		"full": {
			rotation.Record{Imported: true, GrantedExpiry: at(0), RequestedExpiry: at(time.Hour), ExpiryMoved: true},
			`{"imported":true,"granted_expiry":"2030-01-31T12:00:00Z","requested_expiry":"2030-01-31T13:00:00Z","expiry_moved":true}`,
		},
		"verdict": {
			rotation.Record{AskedLifetime: time.Second, Owed: []string{"1"}, Verdict: rotation.Verdict{Due: true, Ending: true, PreviousDue: true}},
			`{"asked_lifetime":1000000000,"owed":["1"],"due":true,"ending":true,"previous_due":true}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := private{}
			if diags := c.record.Save(t.Context(), p); diags.HasError() {
				t.Fatal(diags)
			}
			// The form is kept by states in the field: a new one must still read it.
			if got := string(p["mint"]); got != c.json || len(p) != 1 {
				t.Errorf("got %s, want %s", got, c.json)
			}
			got, diags := rotation.LoadRecord(t.Context(), p)
			if diff := cmp.Diff(c.record, got); diff != "" || diags.HasError() {
				t.Errorf("%v\n%s", diags, diff)
			}
		})
	}
}

func TestRecordThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]private{"never saved": {}, "empty": {"mint": {}}, "null": {"mint": []byte("null")}, "newer": {"mint": []byte(`{"later_field": 1}`)}} {
		got, diags := rotation.LoadRecord(t.Context(), p)
		if diags.HasError() || !cmp.Equal(got, rotation.Record{}) {
			t.Errorf("%s: %+v, %v", name, got, diags)
		}
	}
}

func TestRecordThatIsUnreadable(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`{`, `[]`, `"mint"`, `{"granted_expiry": "soon"}`, `{"imported": 1}`} {
		if _, diags := rotation.LoadRecord(t.Context(), private{"mint": []byte(raw)}); diags.ErrorsCount() != 1 {
			t.Errorf("%s: %v", raw, diags)
		}
	}
}

func TestGranted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ requested, granted, kept *time.Time }{
		"as requested":          {at(0), at(0), nil},
		"to another precision":  {at(time.Microsecond), at(0), nil},
		"something else":        {at(0), at(time.Hour), at(0)},
		"never, but an end":     {nil, at(0), nil},
		"an end, but never":     {at(0), nil, at(0)},
		"never, and got it too": {nil, nil, nil},
	} {
		r := rotation.Record{Imported: true, GrantedExpiry: at(-time.Hour), RequestedExpiry: at(-time.Hour), ExpiryMoved: true}
		r.Granted(c.requested, c.granted)
		want := rotation.Record{Imported: true, GrantedExpiry: c.granted, RequestedExpiry: c.kept}
		if diff := cmp.Diff(want, r); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestSeen: what Read makes of the end that the server shows.
func TestSeen(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		granted, requested, shown *time.Time
		state                     *time.Time
		moved                     bool
	}{
		"unchanged":                          {at(time.Hour), nil, at(time.Hour), at(time.Hour), false},
		"to another precision":               {at(time.Hour), nil, at(time.Hour + time.Millisecond), at(time.Hour + time.Millisecond), false},
		"never stays never":                  {nil, nil, nil, nil, false},
		"moved later":                        {at(time.Hour), nil, at(2 * time.Hour), at(2 * time.Hour), true},
		"moved earlier":                      {at(time.Hour), nil, at(time.Minute), at(time.Minute), true},
		"moved into the past":                {at(time.Hour), nil, at(-time.Minute), at(-time.Minute), true},
		"taken away":                         {at(time.Hour), nil, nil, nil, true},
		"moved, too late to move back":       {at(-time.Hour), nil, at(time.Hour), at(time.Hour), false},
		"given to one that never expires":    {nil, nil, at(time.Hour), at(time.Hour), false},
		"other than requested, and stays":    {at(time.Hour), at(2 * time.Hour), at(time.Hour), at(2 * time.Hour), false},
		"other than requested, then moved":   {at(time.Hour), at(2 * time.Hour), at(3 * time.Hour), at(3 * time.Hour), true},
		"never instead of requested, stays":  {nil, at(time.Hour), nil, at(time.Hour), false},
		"moved to what was requested first":  {at(time.Hour), at(2 * time.Hour), at(2 * time.Hour), at(2 * time.Hour), true},
		"expired and unchanged is not moved": {at(-time.Hour), nil, at(-time.Hour), at(-time.Hour), false},
	}
	for name, c := range cases {
		for _, before := range []bool{false, true} {
			r := rotation.Record{GrantedExpiry: c.granted, RequestedExpiry: c.requested, ExpiryMoved: before}
			got := r.Seen(c.shown, noon())
			if diff := cmp.Diff(c.state, got); diff != "" || r.ExpiryMoved != c.moved {
				t.Errorf("%s: moved %t, state:\n%s", name, r.ExpiryMoved, diff)
			}
			if diff := cmp.Diff(c.granted, r.GrantedExpiry); diff != "" {
				t.Errorf("%s: what was granted changes by looking:\n%s", name, diff)
			}
		}
	}
}

// TestEnd: whether a token is over is a question of its real end, whatever the state shows.
func TestEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ requested, granted, shown, end *time.Time }{
		"as requested":                      {at(time.Hour), at(time.Hour), at(time.Hour), at(time.Hour)},
		"granted less":                      {at(2 * time.Hour), at(time.Hour), at(2 * time.Hour), at(time.Hour)},
		"granted less, to other precision":  {at(2 * time.Hour), at(time.Hour), at(2*time.Hour + time.Millisecond), at(time.Hour)},
		"granted more":                      {at(time.Hour), at(2 * time.Hour), at(time.Hour), at(2 * time.Hour)},
		"granted for ever":                  {at(time.Hour), nil, at(time.Hour), nil},
		"granted an end, where none wanted": {nil, at(time.Hour), at(time.Hour), at(time.Hour)},
		"moved afterwards":                  {at(2 * time.Hour), at(time.Hour), at(3 * time.Hour), at(3 * time.Hour)},
		"cleared afterwards":                {at(2 * time.Hour), at(time.Hour), nil, nil},
		"never":                             {nil, nil, nil, nil},
	} {
		var r rotation.Record
		r.Granted(c.requested, c.granted)
		if diff := cmp.Diff(c.end, r.End(c.shown)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestGrantedSeenEnd: a server that keeps to the end that it granted shows no drift, and ends the token then.
func TestGrantedSeenEnd(t *testing.T) {
	t.Parallel()
	var r rotation.Record
	r.Granted(at(2*time.Hour), at(time.Hour))
	for _, now := range []time.Duration{0, 90 * time.Minute, 3 * time.Hour} {
		shown := r.Seen(at(time.Hour), *at(now))
		if diff := cmp.Diff(at(2*time.Hour), shown); diff != "" || r.ExpiryMoved {
			t.Errorf("after %s: moved %t, state:\n%s", now, r.ExpiryMoved, diff)
		}
		if got, want := rotation.Status(r.End(shown), *at(now)) == rotation.StatusExpired, now > time.Hour; got != want {
			t.Errorf("after %s: expired %t", now, got)
		}
	}
}

func TestOutlived(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		granted, shown *time.Time
		want           bool
	}{
		"not over yet":             {at(time.Hour), at(time.Hour), false},
		"not over yet, moved":      {at(time.Hour), at(2 * time.Hour), false},
		"over and done":            {at(-time.Hour), at(-time.Hour), false},
		"moved beyond":             {at(-time.Hour), at(time.Hour), true},
		"cleared":                  {at(-time.Hour), nil, true},
		"moved, and over by now":   {at(-2 * time.Hour), at(-time.Hour), false},
		"never had an end":         {nil, nil, false},
		"had none, and has it now": {nil, at(time.Hour), false},
	} {
		r := rotation.Record{GrantedExpiry: c.granted}
		if got := r.Outlived(c.shown, noon()); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestLivesFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		created, expiry *time.Time
		lifetime        time.Duration
		want            bool
	}{
		"exactly":            {at(0), at(90 * time.Minute), 90 * time.Minute, true},
		"the request's time": {at(0), at(90*time.Minute - 30*time.Second), 90 * time.Minute, true},
		"the other way":      {at(0), at(90*time.Minute + 30*time.Second), 90 * time.Minute, true},
		"shorter":            {at(0), at(90*time.Minute - 31*time.Second), 90 * time.Minute, false},
		"longer":             {at(0), at(90*time.Minute + 31*time.Second), 90 * time.Minute, false},
		"never":              {at(0), nil, 90 * time.Minute, false},
		"creation unknown":   {nil, at(0), 90 * time.Minute, false},
	} {
		if got := rotation.LivesFor(c.created, c.expiry, c.lifetime); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func FuzzRecord(f *testing.F) {
	for _, seed := range []string{`{}`, `null`, `{"imported":true,"granted_expiry":"2030-01-31T12:00:00Z"}`, `{"granted_expiry":"0000-01-01T00:00:00+23:59"}`, `[`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		record, diags := rotation.LoadRecord(t.Context(), private{"mint": raw})
		if diags.HasError() {
			return
		}
		p := private{}
		if diags := record.Save(t.Context(), p); diags.HasError() {
			t.Fatalf("%q was read and cannot be saved: %v", raw, diags)
		}
		again, diags := rotation.LoadRecord(t.Context(), p)
		if diff := cmp.Diff(record, again); diff != "" || diags.HasError() {
			t.Errorf("%q: %v\n%s", raw, diags, diff)
		}
		record.Seen(record.RequestedExpiry, noon())
	})
}
