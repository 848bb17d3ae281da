package lifecycle

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// sighting is what a refresh has found of a token.
type sighting[M any, P ModelOf[M]] struct {
	// state is what was stored, found what is there now; nil for a token that is gone.
	state, found P
	record       rotation.Record
	// isRead is set where the server has answered; isChanged where found differs from the state, isRecorded where the record is as stored.
	isRead, isChanged, isRecorded bool
	diags                         diag.Diagnostics
	identity                      map[string]string
}

// IsUnchanged implements [system.Sighting].
func (s *sighting[M, P]) IsUnchanged() bool {
	return s.isRead && s.found != nil && !s.isChanged && s.isRecorded && len(s.diags) == 0
}

// Identity implements [system.Sighting].
func (s *sighting[M, P]) Identity() map[string]string { return s.identity }

// ReadStored implements [system.Reader].
func (r *Resource[C, M, P, R]) ReadStored(ctx context.Context, object system.Stored) system.Sighting {
	s := r.look(ctx, object)
	s.identity = map[string]string{}
	for name := range r.identity {
		s.identity[name] = rotation.Text(s.state, name)
	}
	return s
}

// look refreshes a token. It is where the clock is read, for this plan and for the one that Terraform makes again when it applies.
func (r *Resource[C, M, P, R]) look(ctx context.Context, object system.Stored) *sighting[M, P] {
	s := &sighting[M, P]{state: new(M)}
	s.diags.Append(rotation.ReadState(ctx, object.State, object.Schema, s.state)...)
	record, diags := rotation.LoadRecord(ctx, object.Private)
	s.diags.Append(diags...)
	client, ok := r.Client(system.Reading, &s.diags)
	if !ok || s.diags.HasError() {
		return s
	}
	r.Connection().Remember(s.state.Shared().ID.ValueString())
	l := r.live(client, s.state)
	found, diags := l.refresh(ctx, s.state, &record, r.ExpiryWarning())
	s.diags.Append(diags...)
	s.record, s.isRead = record, true
	if found == nil || s.diags.HasError() {
		return s
	}
	s.found, s.isChanged, s.isRecorded = found, !rotation.IsEqual(found, s.state), record.IsSaved(ctx, object.Private)
	l.warn(&s.diags)
	return s
}
