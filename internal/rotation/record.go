package rotation

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
)

const (
	// recordKey is where the record is kept in a resource's private state.
	recordKey = "mint"
	// recordVersion grows when a field changes its meaning. Version 0 had none, kept the requested expiry in a field of its own, and
	// called what is pending owed.
	recordVersion = 1
)

// Record is what a resource remembers about its token beside the state: no secret, and nothing that a plan shows. It has one
// reader, [LoadRecord], and one writer, [Record.Save].
type Record struct {
	Version int `json:"version"`
	// Imported is set for a token that was imported: what it was asked for is not known.
	Imported bool `json:"imported,omitempty"`
	// MintedAt is when the current token was minted, by the server's clock: a list may show a young token late.
	MintedAt *time.Time `json:"minted_at,omitempty"`
	// FirstSeen is when a refresh first saw a token of which neither the server nor the record tells when it was minted.
	FirstSeen *time.Time `json:"first_seen,omitempty"`
	// Tenant and Login are where and as whom it was minted, imported or, after an older version, changed first; empty where that is not
	// known.
	Tenant string `json:"tenant,omitempty"`
	Login  string `json:"login,omitempty"`
	// Witnesses are ids of other tokens that the owner's list has shown beside this one, where no login tells whose list it is.
	Witnesses []string `json:"witnesses,omitempty"`
	// GrantedExpiry is the expiry that the server confirmed at the last mint or change; nil for never. A different one on
	// the server has been set by somebody else.
	GrantedExpiry *time.Time `json:"granted_expiry,omitempty"`
	// ExpiryMoved is Read's decision that somebody else has moved the expiry, and that moving it back is still possible.
	ExpiryMoved bool `json:"expiry_moved,omitempty"`
	// AskedLifetime is the lifetime that the token was asked to have when it was minted or changed; 0 for none.
	AskedLifetime time.Duration `json:"asked_lifetime,omitempty"`
	// AskedExpiry is set where it was asked to expire at a moment that the configuration names.
	AskedExpiry bool `json:"asked_expiry,omitempty"`
	// Normalized holds, by attribute, what the server answered where that differs from what it was asked for. As long as the
	// server answers the same, the state keeps what was asked.
	Normalized map[string]string `json:"normalized,omitempty"`
	// SecretLost is set when a token was minted whose secret could not be kept: nobody can use it.
	SecretLost bool `json:"secret_lost,omitempty"`
	// UnknownAt is when a rotation may have minted a token without a name whose id nobody knows: a list that shows it late would show it
	// in place of the next one.
	UnknownAt *time.Time `json:"unknown_at,omitempty"`
	// Pending are the ids of earlier generations whose revocation has failed so far, and of orphans that could not be deleted.
	Pending []string `json:"pending,omitempty"`
	// Earlier is, by id, what is remembered of the previous token and of Pending where the server may stop showing them.
	Earlier map[string]Earlier `json:"earlier,omitempty"`
	// Known are, while the id of the current token is not known, the ids that it does not have.
	Known []string `json:"known,omitempty"`
	// Extra is what only one kind of token remembers, as JSON of its own.
	Extra json.RawMessage `json:"extra,omitempty"`
	Decision
}

// Earlier is a token of an earlier generation that the server may not show.
type Earlier struct {
	// Name is what people know it by.
	Name string `json:"name,omitempty"`
	// Expiry is nil for never.
	Expiry *time.Time `json:"expiry,omitempty"`
	// Hidden is set where no list shows it: what cannot be found cannot be revoked, until it expires.
	Hidden bool `json:"hidden,omitempty"`
}

type (
	// PrivateReader is the framework's private state to read from.
	PrivateReader interface {
		GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	}
	// PrivateWriter is the framework's private state to write to.
	PrivateWriter interface {
		PrivateReader
		SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
	}
)

// LoadRecord reads the record; a resource without one has an empty one. One that cannot be read counts as empty, which is the safe
// side: then nothing is deleted that the state does not name.
func LoadRecord(ctx context.Context, private PrivateReader) (Record, diag.Diagnostics) {
	var record Record
	raw, diags := private.GetKey(ctx, recordKey)
	if len(raw) == 0 {
		return record, diags
	}
	if err := json.Unmarshal(raw, &record); err != nil || record.Version > recordVersion {
		diags.AddWarning("The private state of a token cannot be read",
			"The data that the provider keeps about this token beside its state was written by a newer version of the provider, or is damaged. The provider goes on without it: it still revokes the previous token when its overlap is over, but no longer knows of tokens that an earlier apply could not revoke. Use the newer version of the provider before you apply, or look for such tokens on the server and delete them.")
		return Record{}, diags
	}
	if record.Version == 0 {
		var old struct {
			RequestedExpiry *time.Time `json:"requested_expiry"`
			Owed            []string   `json:"owed"`
		}
		_ = json.Unmarshal(raw, &old)
		record.Pending = old.Owed
		if old.RequestedExpiry != nil {
			record.Normalized = map[string]string{"expires_at": TimeValue(record.GrantedExpiry).String()}
		}
	}
	return record, diags
}

func (r *Record) marshal() string {
	written := *r
	written.Version = recordVersion
	// Nothing in it can fail to be JSON.
	raw, _ := json.Marshal(written)
	return string(raw)
}

// Save writes the record where it says something else than what is there, so that a refresh that finds nothing changes no byte: also
// of a record of an older version, and of one that cannot be read.
func (r *Record) Save(ctx context.Context, private PrivateWriter) diag.Diagnostics {
	if r.IsSaved(ctx, private) {
		return nil
	}
	return private.SetKey(ctx, recordKey, []byte(r.marshal()))
}

// IsSaved reports whether the record says nothing else than what is there.
func (r *Record) IsSaved(ctx context.Context, private PrivateReader) bool {
	raw := r.marshal()
	if there, _ := private.GetKey(ctx, recordKey); string(there) == raw {
		return true
	}
	stored, _ := LoadRecord(ctx, private)
	return raw == stored.marshal()
}

// Next is the record of the token that follows: of the previous one only what is still to be revoked.
func (r *Record) Next() Record { return Record{Pending: r.Pending, Earlier: r.Earlier, Extra: r.Extra} }

// Minted is when the token was minted: as the record tells, as the server does or, where neither does, when a refresh first saw it; nil
// until then. What a server tells may lack a zone, or the time of the day, and the record goes by its clock.
func (r *Record) Minted(created *time.Time) *time.Time {
	return cmp.Or(r.MintedAt, created, r.FirstSeen)
}

// NoteSeen notes that a refresh has seen a token. It matters where nothing tells when that was minted.
func (r *Record) NoteSeen(created *time.Time, now time.Time) {
	if r.Minted(created) == nil {
		r.FirstSeen = &now
	}
}

// Normalize notes what the server answered for an attribute where that differs from what it was asked for.
func (r *Record) Normalize(attribute string, answered attr.Value) {
	if r.Normalized == nil {
		r.Normalized = map[string]string{}
	}
	r.Normalized[attribute] = answered.String()
}

// Restore puts back into a model, made from what the server shows now, what the state has where the server still answers what
// it answered when it was asked for that. Where it answers something else, that is drift, and is shown.
func (r *Record) Restore(model, state any) {
	if len(r.Normalized) == 0 {
		return
	}
	kept := map[string]string{}
	attributes(model, func(name string, index []int) {
		answered, ok := r.Normalized[name]
		if ok && value(model, index).String() == answered {
			kept[name] = answered
			setValue(model, index, value(state, index))
		}
	})
	r.Normalized = kept
}

// End is the real expiry behind the one that a state shows.
func (r *Record) End(shown *time.Time) *time.Time {
	if _, normalized := r.Normalized["expires_at"]; normalized {
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

// Outlived reports that a token has passed the expiry that it was minted with, because somebody else has moved it.
func (r *Record) Outlived(expiry *time.Time, now time.Time) bool {
	return r.GrantedExpiry != nil && Expired(r.GrantedExpiry, now) && !Expired(expiry, now)
}

// AddPending notes tokens that are to be revoked and may not be forgotten before they are.
func (r *Record) AddPending(ids ...string) {
	for _, id := range ids {
		if id != "" && !slices.Contains(r.Pending, id) {
			r.Pending = append(r.Pending, id)
		}
	}
}

// DropPending notes that a token is gone.
func (r *Record) DropPending(id string) {
	// In a copy: callers revoke one after the other while they go through what is pending.
	r.Pending = slices.DeleteFunc(slices.Clone(r.Pending), func(pending string) bool { return pending == id })
}

// Remember notes what is known of a token that gives way.
func (r *Record) Remember(id string, token Earlier) {
	// In a copy: records share it.
	earlier := maps.Clone(r.Earlier)
	if earlier == nil {
		earlier = map[string]Earlier{}
	}
	earlier[id] = token
	r.Earlier = earlier
}

// Hide notes that no list shows a token which is to be revoked.
func (r *Record) Hide(id string) { r.setHidden(id, true) }

// Unhide notes that a list shows a token.
func (r *Record) Unhide(id string) { r.setHidden(id, false) }

func (r *Record) setHidden(id string, hidden bool) {
	token, known := r.Earlier[id]
	if !known && !hidden {
		return
	}
	token.Hidden = hidden
	r.Remember(id, token)
}

// ForgetEarlier forgets all tokens of earlier generations but some.
func (r *Record) ForgetEarlier(but ...string) {
	r.Earlier = maps.Clone(r.Earlier)
	maps.DeleteFunc(r.Earlier, func(id string, _ Earlier) bool { return !slices.Contains(but, id) })
}

// IsHidden reports whether no list shows a token.
func (r *Record) IsHidden(id string) bool { return r.Earlier[id].Hidden }

// EarlierExpired reports that a token of an earlier generation has expired, as far as that is remembered.
func (r *Record) EarlierExpired(id string, now time.Time) bool {
	return Expired(r.Earlier[id].Expiry, now)
}

// Call is what messages call a token of an earlier generation.
func (r *Record) Call(id string) string {
	name := r.Earlier[id].Name
	if name == "" || strings.Contains(id, name) {
		return id
	}
	return name + " (" + id + ")"
}

// revocable reports whether a revocation is pending that an apply can carry out.
func (r *Record) revocable() bool {
	return slices.ContainsFunc(r.Pending, func(id string) bool { return !r.IsHidden(id) })
}

// requestTime is how long a request may take: a lifetime is counted from before it, and the creation is in it.
const requestTime = 30 * time.Second

// LivesFor reports whether a token's creation and expiry lie as far apart as a lifetime, within the time that a request takes.
func LivesFor(created, expiry *time.Time, lifetime time.Duration) bool {
	return created != nil && expiry != nil && (expiry.Sub(*created)-lifetime).Abs() <= requestTime
}
