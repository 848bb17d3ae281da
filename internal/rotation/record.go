package rotation

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// recordKey is where the record stands in a resource's private state.
const recordKey = "mint"

// Record is what a resource remembers about its token beside the state: no secret, and nothing that a plan shows.
type Record struct {
	// Imported is set for a token that was imported: arguments that an import can only infer are kept while the
	// configuration says nothing about them.
	Imported bool `json:"imported,omitempty"`
	// GrantedExpiry is the end that the server confirmed at the last mint or change; nil for never. A different one on
	// the server has been set by somebody else.
	GrantedExpiry *time.Time `json:"granted_expiry,omitempty"`
	// RequestedExpiry is the end that was asked for when the server confirmed a different one.
	RequestedExpiry *time.Time `json:"requested_expiry,omitempty"`
	// ExpiryMoved is Read's verdict that somebody else has moved the end, and that moving it back is still possible.
	ExpiryMoved bool `json:"expiry_moved,omitempty"`
	// AskedLifetime is the lifetime that the token was asked to have when it was minted or changed; 0 for none.
	AskedLifetime time.Duration `json:"asked_lifetime,omitempty"`
	// Owed are the ids of earlier generations whose revocation has failed so far.
	Owed []string `json:"owed,omitempty"`
	// Extra is what only one kind of token remembers, as JSON of its own.
	Extra json.RawMessage `json:"extra,omitempty"`
	Verdict
}

type (
	// PrivateReader is the framework's private state to read from.
	PrivateReader interface {
		GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	}
	// PrivateWriter is the framework's private state to write to.
	PrivateWriter interface {
		SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
	}
)

// LoadRecord reads the record; a resource without one has an empty one.
func LoadRecord(ctx context.Context, private PrivateReader) (Record, diag.Diagnostics) {
	var record Record
	raw, diags := private.GetKey(ctx, recordKey)
	if len(raw) > 0 && json.Unmarshal(raw, &record) != nil {
		diags.AddError("Unreadable private state", "What the provider remembers about this token beside its state cannot be read. Run terraform apply -refresh-only; if this stays, report it.")
	}
	return record, diags
}

// Save writes the record.
func (r *Record) Save(ctx context.Context, private PrivateWriter) diag.Diagnostics {
	raw, err := json.Marshal(r)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Provider bug: private state", err.Error())}
	}
	return private.SetKey(ctx, recordKey, raw)
}

// Granted notes what the server made of a requested end.
func (r *Record) Granted(requested, granted *time.Time) {
	*r = Record{Imported: r.Imported, AskedLifetime: r.AskedLifetime, Owed: r.Owed, GrantedExpiry: granted}
	if !SameInstant(requested, granted) {
		r.RequestedExpiry = requested
	}
}

// Seen takes in the end that the server shows now and returns the one for the state: a server that keeps another end than
// it was asked for, and keeps it, shows no drift. The verdict about a moved end is for tokens whose end is not an argument.
func (r *Record) Seen(expiry *time.Time, now time.Time) *time.Time {
	moved := !SameInstant(expiry, r.GrantedExpiry)
	r.ExpiryMoved = moved && r.GrantedExpiry != nil && !Expired(r.GrantedExpiry, now)
	if !moved && r.RequestedExpiry != nil {
		return r.RequestedExpiry
	}
	return expiry
}

// End is the real end behind the one that a state shows.
func (r *Record) End(shown *time.Time) *time.Time {
	if r.RequestedExpiry != nil && SameInstant(shown, r.RequestedExpiry) {
		return r.GrantedExpiry
	}
	return shown
}

// Expected is how long a token would live that is minted now with a lifetime (0 for none), from what became of the request
// before: a server that gave this token less than it was asked for would do so again. 0 is unknown, or for ever.
func (r *Record) Expected(lifetime time.Duration, created, shown *time.Time) time.Duration {
	end := r.GrantedExpiry
	if end == nil {
		end = r.End(shown)
	}
	if lifetime > 0 && lifetime != r.AskedLifetime || created == nil || end == nil {
		return lifetime
	}
	return end.Sub(*created)
}

// Outlived reports that a token has passed the end that it was minted with, because somebody else has moved it.
func (r *Record) Outlived(expiry *time.Time, now time.Time) bool {
	return r.GrantedExpiry != nil && Expired(r.GrantedExpiry, now) && !Expired(expiry, now)
}

// inferable is how exact a lifetime must be to be taken for one: a whole number of hours or minutes, within the time that a
// request takes.
const (
	inferableHours   = 30 * time.Second
	inferableMinutes = 5 * time.Second
)

// InferLifetime guesses the lifetime that an imported token was minted with, from its creation and its end.
func InferLifetime(created time.Time, expiry *time.Time) (time.Duration, bool) {
	if expiry == nil || created.IsZero() {
		return 0, false
	}
	exact := expiry.Sub(created)
	if whole := exact.Round(time.Hour); whole > 0 && (exact-whole).Abs() <= inferableHours {
		return whole, true
	}
	whole := exact.Round(time.Minute)
	return whole, whole > 0 && (exact-whole).Abs() <= inferableMinutes
}

// LivesFor reports whether a token's creation and end lie as far apart as a lifetime, within the time that a request takes.
func LivesFor(created, expiry *time.Time, lifetime time.Duration) bool {
	return created != nil && expiry != nil && (expiry.Sub(*created)-lifetime).Abs() <= inferableHours
}
