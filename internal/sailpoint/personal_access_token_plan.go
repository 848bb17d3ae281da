package sailpoint

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// ModifyPlan implements [resource.ResourceWithModifyPlan]. It decides from configuration, state and the record that Read has
// left; the clock can make it refuse a plan, never shape one.
func (r *personalAccessTokenResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, connected := r.Client(system.Planning, &resp.Diagnostics)
	var config, plan, state personalAccessTokenModel
	var record rotation.Record
	if !req.State.Raw.IsNull() {
		var diags diag.Diagnostics
		record, diags = rotation.LoadRecord(ctx, req.Private)
		resp.Diagnostics.Append(diags...)
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if req.Plan.Raw.IsNull() {
		if connected && !resp.Diagnostics.HasError() {
			appendIf(&resp.Diagnostics, ownCredential(client, state.generations(record)...))
		}
		return
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	version := api.V1
	if connected {
		version = client.Version()
	}
	if req.State.Raw.IsNull() {
		plan.settleCreation(config)
		resp.Diagnostics.Append(checkCreation(config, version)...)
		if connected && !resp.Diagnostics.HasError() {
			resp.Diagnostics.Append(r.checkConnection(ctx, client, config)...)
		}
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
		return
	}
	c := change{config: config, state: state, record: record, version: version}
	way := c.settle(&plan, resp)
	resp.Diagnostics.Append(rotation.CheckLead(plan.Rotating, plan.expected(state, record))...)
	if connected {
		appendIf(&resp.Diagnostics, ownCredential(client, c.ending(plan, way)...))
		resp.Diagnostics.Append(checkChange(plan, state, config, version, client.Now())...)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// settleCreation gives the arguments that only an import infers their value in a new token: none.
func (m *personalAccessTokenModel) settleCreation(config personalAccessTokenModel) {
	m.NamePrefix, m.Lifetime = config.NamePrefix, config.Lifetime
	m.hold(m.PlanMint())
	m.Previous = rotation.NoPrevious()
}

// change is what the plan of a token that exists is made from.
type change struct {
	config, state personalAccessTokenModel
	record        rotation.Record
	version       api.Version
}

// settle completes a plan, and returns how the token gives way, if it does.
func (c change) settle(plan *personalAccessTokenModel, resp *resource.ModifyPlanResponse) rotation.Way {
	stays, next := *plan, *plan
	changed, remarks := c.settleStay(&stays)
	cause := causeOf(stays, c.state, c.record, len(changed) > 0)
	way := rotation.WayOf(cause, plan.Overlap)
	if rotation.HangsOnOverlap(cause, plan.Overlap) {
		resp.Diagnostics.Append(rotation.UnknownOverlap())
		return rotation.Stays
	}
	*plan = stays
	switch way {
	case rotation.Stays:
		resp.Diagnostics.Append(remarks...)
		resp.Diagnostics.Append(c.remarks(stays)...)
	case rotation.Replaced:
		resp.RequiresReplace = changed
		if cause == rotation.CauseTriggered {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root("rotation_triggers"))
		}
		if cause.Ended() || cause == rotation.CauseDue {
			plan.ID = types.StringUnknown()
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root("id"))
		}
		appendIf(&resp.Diagnostics, widened(c.config, c.state))
	case rotation.InPlace:
		c.settleNext(&next, cause)
		*plan = next
		if causeOf(c.asIfUnchanged(stays), c.state, c.record, c.changedFor(c.asIfUnchanged(stays)) != nil) == rotation.CauseNone {
			plan.either(stays)
			return way
		}
		resp.Diagnostics.Append(checkMint(c.config, c.version)...)
		appendIf(&resp.Diagnostics, unkept(c.config, c.state))
	}
	return way
}

// causeOf is why a planned token gives way, if it does.
func causeOf(plan, state personalAccessTokenModel, record rotation.Record, changed bool) rotation.Cause {
	cause := rotation.CauseOf(plan.Rotating, state.Rotating, state.Status, record.Verdict)
	if cause == rotation.CauseNone && changed {
		return rotation.CauseChanged
	}
	return cause
}

// settleStay plans a token that stays, and returns what can only be had with a new one.
func (c change) settleStay(m *personalAccessTokenModel) (path.Paths, diag.Diagnostics) {
	state := c.state
	m.ID, m.Owner, m.Managed, m.CreatedAt, m.Status = state.ID, state.Owner, state.Managed, state.CreatedAt, state.Status
	named := rotation.PlanName(rotation.Naming{Name: c.config.Name, Prefix: c.config.NamePrefix}, rotation.Naming{Name: state.Name, Prefix: state.NamePrefix}, c.record.Imported)
	m.Name, m.NamePrefix = named.Name, named.Prefix
	m.settleExpiry(c.config, state, c.record, c.version)
	m.keep(c.config, state)
	held, diags := m.PlanHeld(state.Rotating, state.held())
	m.hold(held)
	m.Previous = state.Previous.Plan(c.record)
	if m.HasPrevious() {
		held, _ = m.PlanHeld(state.Rotating, state.heldPrevious())
		m.holdPrevious(held)
	}
	return c.changedFor(*m), diags
}

// changedFor returns what of a plan can only be had with a new token.
func (c change) changedFor(m personalAccessTokenModel) path.Paths {
	var changed path.Paths
	if !m.AccessTokenValiditySeconds.Equal(c.state.AccessTokenValiditySeconds) {
		changed = append(changed, path.Root("access_token_validity_seconds"))
	}
	if !c.version.PatchesExpiry() && !m.ExpiresAt.Equal(c.state.ExpiresAt) {
		changed = append(changed, path.Root("expires_at"))
	}
	return changed
}

// keep plans arguments that the configuration leaves out as the token has them: leaving out scope must not widen what it may do.
func (m *personalAccessTokenModel) keep(config, state personalAccessTokenModel) {
	if config.Scope.IsNull() {
		m.Scope = state.Scope
	}
	if config.AccessTokenValiditySeconds.IsNull() {
		m.AccessTokenValiditySeconds = state.AccessTokenValiditySeconds
	}
}

// settleNext plans the next generation in place of the token.
func (c change) settleNext(m *personalAccessTokenModel, cause rotation.Cause) {
	config, state := c.config, c.state
	m.ID, m.Status, m.Managed = types.StringUnknown(), types.StringUnknown(), types.BoolUnknown()
	m.Owner, m.CreatedAt = types.ObjectUnknown(ownerTypes), timetypes.NewRFC3339Unknown()
	m.Name, m.NamePrefix, m.Lifetime = config.Name, config.NamePrefix, config.Lifetime
	if config.Name.IsNull() {
		m.Name = types.StringUnknown()
	}
	// The state's text stands as long as it means the same.
	wanted, isDuration := rotation.Duration(config.Lifetime)
	if had, hadDuration := rotation.Duration(state.Lifetime); isDuration && hadDuration && wanted == had {
		m.Lifetime = state.Lifetime
	}
	m.ExpiresAt, m.NeverExpires = timetypes.NewRFC3339Unknown(), types.BoolUnknown()
	if at := rotation.Instant(config.ExpiresAt); at != nil {
		m.ExpiresAt, m.NeverExpires = config.ExpiresAt, types.BoolValue(false)
		if rotation.SameInstant(at, rotation.Instant(state.ExpiresAt)) {
			m.ExpiresAt = state.ExpiresAt
		}
	}
	if !config.NeverExpires.IsNull() {
		m.NeverExpires = config.NeverExpires
	}
	m.keep(config, state)
	if m.Scope.IsNull() {
		// The token was minted without scopes, and so is the next one: what the tenant then tells of them is its own.
		m.Scope = types.SetUnknown(types.StringType)
	}
	held, _ := m.PlanHeld(state.Rotating, state.held())
	m.Previous = state.Previous
	before, _ := m.PlanHeld(state.Rotating, state.heldPrevious())
	m.holdPrevious(before)
	m.Previous = m.PlanNext(rotation.Generation{ID: state.ID, Secret: held}, cause)
	m.hold(m.PlanMint())
}

// asIfUnchanged is a plan in which everything that is not known yet turns out to be as it was.
func (c change) asIfUnchanged(m personalAccessTokenModel) personalAccessTokenModel {
	m.Rotating = m.AsIfUnchanged(c.state.Rotating)
	if m.AccessTokenValiditySeconds.IsUnknown() {
		m.AccessTokenValiditySeconds = c.state.AccessTokenValiditySeconds
	}
	if m.ExpiresAt.IsUnknown() && (c.config.ExpiresAt.IsUnknown() || c.config.NeverExpires.IsUnknown()) {
		m.ExpiresAt = c.state.ExpiresAt
	}
	return m
}

// either plans a token of which only the apply tells whether it gives way or stays as in another plan.
func (m *personalAccessTokenModel) either(stays personalAccessTokenModel) {
	for text, other := range map[*types.String]types.String{
		&m.ID: stays.ID, &m.Name: stays.Name, &m.NamePrefix: stays.NamePrefix, &m.Status: stays.Status, &m.Secret: stays.Secret, &m.EncryptedSecret: stays.EncryptedSecret,
		&m.PreviousID: stays.PreviousID, &m.PreviousSecret: stays.PreviousSecret, &m.PreviousEncryptedSecret: stays.PreviousEncryptedSecret,
	} {
		*text = rotation.Either(*text, other, types.StringUnknown())
	}
	m.Scope = rotation.Either(m.Scope, stays.Scope, types.SetUnknown(types.StringType))
	m.AccessTokenValiditySeconds = rotation.Either(m.AccessTokenValiditySeconds, stays.AccessTokenValiditySeconds, types.Int64Unknown())
	m.Lifetime = rotation.Either(m.Lifetime, stays.Lifetime, timetypes.NewGoDurationUnknown())
	m.ExpiresAt = rotation.Either(m.ExpiresAt, stays.ExpiresAt, timetypes.NewRFC3339Unknown())
	m.NeverExpires = rotation.Either(m.NeverExpires, stays.NeverExpires, types.BoolUnknown())
	m.Owner = rotation.Either(m.Owner, stays.Owner, types.ObjectUnknown(ownerTypes))
	m.Managed = rotation.Either(m.Managed, stays.Managed, types.BoolUnknown())
	m.CreatedAt = rotation.Either(m.CreatedAt, stays.CreatedAt, timetypes.NewRFC3339Unknown())
	m.PreviousRevokedAfter = rotation.Either(m.PreviousRevokedAfter, stays.PreviousRevokedAfter, timetypes.NewRFC3339Unknown())
}

// ending are the ids of tokens whose end a plan brings about or sets.
func (c change) ending(plan personalAccessTokenModel, way rotation.Way) []string {
	ids := slices.Clone(c.record.Owed)
	isMissing := c.state.Status.ValueString() == rotation.StatusMissing
	if way == rotation.Replaced || way == rotation.InPlace && !isMissing {
		ids = append(ids, c.state.ID.ValueString())
	}
	if !plan.PreviousID.Equal(c.state.PreviousID) || way == rotation.Replaced {
		ids = append(ids, c.state.PreviousID.ValueString())
	}
	return ids
}

// remarks are the warnings about a token that stays.
func (c change) remarks(plan personalAccessTokenModel) diag.Diagnostics {
	record := c.record
	// An end that is about to be moved is none to warn of.
	record.Ending = record.Ending && plan.ExpiresAt.Equal(c.state.ExpiresAt)
	subject := rotation.Subject{Words: personalAccessTokenNoun.Words, Name: c.state.Name.ValueString(), EndsByItself: c.version.PatchesExpiry(), EndIsFixed: !c.config.ExpiresAt.IsNull()}
	return subject.Remarks(plan.Rotating, c.state.Previous, record.End(rotation.Instant(c.state.ExpiresAt)), record)
}
