package truefoundry

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// PlansNothing implements [system.UnchangedPlanner]: it plans as ModifyPlan does, which sends nothing for an account that exists.
func (r *virtualAccountResource) PlansNothing(ctx context.Context, object system.Unchanged) (bool, diag.Diagnostics) {
	if !r.IsConnected() {
		return false, nil
	}
	var diags diag.Diagnostics
	client, _ := r.Client(system.Planning, &diags)
	var config, state virtualAccountModel
	diags.Append(rotation.ReadModel(ctx, object.Config, object.Schema, &config)...)
	diags.Append(rotation.ReadState(ctx, object.State, object.Schema, &state)...)
	record, more := loadAccountRecord(ctx, object.Private)
	if diags.Append(more...); len(diags) > 0 {
		return false, nil
	}
	plan := state
	if len(r.planExisting(ctx, client, config, state, &plan, record)) > 0 || !rotation.IsEqual(&plan, &state) {
		return false, nil
	}
	r.Connection().Remember(state.ID.ValueString())
	r.WarnOwnCredential(&diags)
	return true, diags
}

// accountSighting is what a refresh has found of an account.
type accountSighting struct {
	// found is what is there now of what was stored; nil for an account that is gone.
	state  virtualAccountModel
	found  *virtualAccountModel
	record *accountRecord
	// isRead is set where the server has answered; isChanged where found differs from the state, isRecorded where the record is as stored.
	isRead, isChanged, isRecorded bool
	diags                         diag.Diagnostics
}

// IsUnchanged implements [system.Sighting].
func (s *accountSighting) IsUnchanged() bool {
	return s.isRead && s.found != nil && !s.isChanged && s.isRecorded && len(s.diags) == 0
}

// Identity implements [system.Sighting].
func (s *accountSighting) Identity() map[string]string {
	return map[string]string{"id": s.state.ID.ValueString()}
}

// ReadStored implements [system.Reader].
func (r *virtualAccountResource) ReadStored(ctx context.Context, object system.Stored) system.Sighting {
	return r.look(ctx, object)
}

// look refreshes an account.
func (r *virtualAccountResource) look(ctx context.Context, object system.Stored) *accountSighting {
	s := &accountSighting{}
	s.diags.Append(rotation.ReadState(ctx, object.State, object.Schema, &s.state)...)
	record, diags := loadAccountRecord(ctx, object.Private)
	s.diags.Append(diags...)
	client, ok := r.Client(system.Reading, &s.diags)
	if !ok || s.diags.HasError() {
		return s
	}
	account, err := findAccount(ctx, client, s.state, record.Record)
	if err != nil {
		if !r.Shared(err) {
			s.diags.Append(r.Failure(system.Read, err))
		}
		return s
	}
	s.record, s.isRead = record, true
	if account == nil {
		return s
	}
	r.Connection().Remember(account.ID)
	found := s.state
	s.diags.Append(r.refresh(ctx, client, *account, &found, record)...)
	s.found, s.isChanged, s.isRecorded = &found, !rotation.IsEqual(&found, &s.state), record.isSaved(ctx, object.Private)
	return s
}
