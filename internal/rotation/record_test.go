package rotation_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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
		"imported": {rotation.Record{Imported: true}, `{"version":1,"imported":true}`},
		"full": {
			rotation.Record{
				Imported: true, MintedAt: at(time.Minute), Tenant: "acme", Login: "ann", GrantedExpiry: at(0), ExpiryMoved: true, AskedLifetime: time.Second,
				Normalized: map[string]string{"b": `"x"`, "a": "null"}, SecretLost: true, Pending: []string{"1"}, Known: []string{"2"}, Extra: json.RawMessage(`{"a":1}`),
			},
			`{"version":1,"imported":true,"minted_at":"2030-01-31T12:01:00Z","tenant":"acme","login":"ann","granted_expiry":"2030-01-31T12:00:00Z","expiry_moved":true,` +
				`"asked_lifetime":1000000000,"normalized":{"a":"null","b":"\"x\""},"secret_lost":true,"pending":["1"],"known":["2"],"extra":{"a":1}}`,
		},
		"decision": {
			rotation.Record{AskedLifetime: time.Second, Pending: []string{"1"}, Decision: rotation.Decision{Due: true, Ending: true, PreviousDue: true}},
			`{"version":1,"asked_lifetime":1000000000,"pending":["1"],"due":true,"ending":true,"previous_due":true}`,
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
			c.record.Version = 1
			if diff := cmp.Diff(c.record, got); diff != "" || len(diags) > 0 {
				t.Errorf("%v\n%s", diags, diff)
			}
			before := string(p["mint"])
			if diags := got.Save(t.Context(), p); diags.HasError() || string(p["mint"]) != before {
				t.Errorf("what says the same is written as %s", p["mint"])
			}
		})
	}
}

// TestRecordThatSaysNothing is not written where there is none.
func TestRecordThatSaysNothing(t *testing.T) {
	t.Parallel()
	p := private{}
	if diags := new(rotation.Record).Save(t.Context(), p); len(diags) > 0 || len(p) > 0 {
		t.Errorf("%s, %v", p, diags)
	}
}

func TestRecordThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]private{"never saved": {}, "empty": {"mint": {}}, "null": {"mint": []byte("null")}, "an unknown field": {"mint": []byte(`{"later_field": 1}`)}} {
		got, diags := rotation.LoadRecord(t.Context(), p)
		if len(diags) > 0 || !cmp.Equal(got, rotation.Record{}) {
			t.Errorf("%s: %+v, %v", name, got, diags)
		}
	}
}

// TestRecordThatIsUnreadable is a warning and counts as empty, so that nothing is deleted that only the record names.
func TestRecordThatIsUnreadable(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`{`, `[]`, `"mint"`, `{"owed": ["1"], "granted_expiry": "soon"}`, `{"owed": ["1"], "imported": 1}`, `{"version": 2, "owed": ["1"]}`} {
		got, diags := rotation.LoadRecord(t.Context(), private{"mint": []byte(raw)})
		if diags.ErrorsCount() != 0 || diags.WarningsCount() != 1 || !cmp.Equal(got, rotation.Record{}) {
			t.Errorf("%s: %+v, %v", raw, got, diags)
		}
	}
}

// TestRecordOfVersion0 is read, and stays as it was written until there is something new to say.
func TestRecordOfVersion0(t *testing.T) {
	t.Parallel()
	const raw = `{"granted_expiry":"2030-01-31T12:00:00Z","requested_expiry":"2030-01-31T13:00:00Z","owed":["1"],"due":true}`
	p := private{"mint": []byte(raw)}
	record, diags := rotation.LoadRecord(t.Context(), p)
	want := rotation.Record{
		GrantedExpiry: at(0), Normalized: map[string]string{"expires_at": `"2030-01-31T12:00:00Z"`}, Pending: []string{"1"}, Decision: rotation.Decision{Due: true},
	}
	if diff := cmp.Diff(want, record); diff != "" || len(diags) > 0 {
		t.Errorf("%v\n%s", diags, diff)
	}
	if diags := record.Save(t.Context(), p); len(diags) > 0 || string(p["mint"]) != raw {
		t.Errorf("what says the same is written again: %s", p["mint"])
	}
	record.DropPending("1")
	if diags := record.Save(t.Context(), p); len(diags) > 0 || strings.Contains(string(p["mint"]), "pending") || !strings.HasPrefix(string(p["mint"]), `{"version":1,`) {
		t.Errorf("what is new is written as %s", p["mint"])
	}
	// Back to what the older version said.
	record.AddPending("1")
	if diags := record.Save(t.Context(), p); len(diags) > 0 || !strings.Contains(string(p["mint"]), `"pending":["1"]`) {
		t.Errorf("what is new again is written as %s", p["mint"])
	}
}

// TestEnd: whether a token is over is a question of its real expiry, whatever the state shows.
func TestEnd(t *testing.T) {
	t.Parallel()
	another := map[string]string{"expires_at": "null"}
	for name, c := range map[string]struct {
		normalized           map[string]string
		granted, shown, real *time.Time
	}{
		"as requested":                 {nil, at(time.Hour), at(time.Hour), at(time.Hour)},
		"granted another":              {another, at(time.Hour), at(2 * time.Hour), at(time.Hour)},
		"granted for ever":             {another, nil, at(time.Hour), nil},
		"moved afterwards":             {nil, at(time.Hour), at(3 * time.Hour), at(3 * time.Hour)},
		"cleared afterwards":           {nil, at(time.Hour), nil, nil},
		"never":                        {nil, nil, nil, nil},
		"another attribute is its own": {map[string]string{"name": `"x"`}, at(time.Hour), at(2 * time.Hour), at(2 * time.Hour)},
	} {
		r := rotation.Record{GrantedExpiry: c.granted, Normalized: c.normalized}
		if diff := cmp.Diff(c.real, r.End(c.shown)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
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
	for _, seed := range []string{
		`{}`, `null`, `{"imported":true,"granted_expiry":"2030-01-31T12:00:00Z"}`, `{"granted_expiry":"0000-01-01T00:00:00+23:59"}`, `[`, ``,
		`{"version":1,"normalized":{"name":"\"x\""}}`, `{"requested_expiry":"2030-01-31T12:00:00Z"}`, `{"version":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		record, diags := rotation.LoadRecord(t.Context(), private{"mint": raw})
		if diags.HasError() {
			t.Fatal(diags)
		}
		p := private{"mint": raw}
		if diags := record.Save(t.Context(), p); diags.HasError() {
			t.Fatalf("%q was read and cannot be saved: %v", raw, diags)
		}
		again, diags := rotation.LoadRecord(t.Context(), p)
		record.Version = again.Version
		if diff := cmp.Diff(record, again, cmpopts.EquateEmpty()); diff != "" || diags.HasError() {
			t.Errorf("%q: %v\n%s", raw, diags, diff)
		}
	})
}
