package truefoundry

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// ModifyPlan implements [resource.ResourceWithModifyPlan]. It decides from configuration, state and the record that Read has
// left; the clock can make it refuse a plan, never shape one.
func (r *personalAccessTokenResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, connected := r.Client(system.Planning, &resp.Diagnostics)
	var config, plan, state personalAccessTokenModel
	var record rotation.Record
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		var diags diag.Diagnostics
		record, diags = rotation.LoadRecord(ctx, req.Private)
		resp.Diagnostics.Append(diags...)
	}
	if req.Plan.Raw.IsNull() {
		if connected && !resp.Diagnostics.HasError() {
			resp.Diagnostics.Append(ownTokens(ctx, client, state, state.all(record))...)
		}
		return
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	mints := req.State.Raw.IsNull()
	if mints {
		plan.settleCreation(config)
	} else {
		way, replace, diags := plan.settleChange(config, state, record)
		resp.Diagnostics.Append(diags...)
		resp.RequiresReplace = replace
		mints = way != rotation.Stays
		if connected {
			resp.Diagnostics.Append(ownTokens(ctx, client, state, state.leaving(plan, way, record))...)
		}
	}
	if mints && connected && !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(r.checkConnection(ctx, client, config)...)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// settleCreation completes the plan of a new token: arguments that only an import infers have no value in it.
func (m *personalAccessTokenModel) settleCreation(config personalAccessTokenModel) {
	m.NamePrefix, m.Lifetime = config.NamePrefix, config.Lifetime
	m.hold(m.PlanMint())
	m.Previous = rotation.NoPrevious()
}

// settleChange completes the plan of a token that exists. It says how the token gives way, and returns what forces a
// replacement.
func (m *personalAccessTokenModel) settleChange(config, state personalAccessTokenModel, record rotation.Record) (rotation.Way, path.Paths, diag.Diagnostics) {
	changed := m.settleArguments(config, state, record)
	cause := rotation.CauseOf(m.Rotating, state.Rotating, state.Status, record.Verdict)
	if cause == rotation.CauseNone && len(changed) > 0 {
		cause = rotation.CauseChanged
	}
	var diags diag.Diagnostics
	if !m.Lifetime.IsUnknown() {
		diags.Append(rotation.CheckLead(m.Rotating, m.expectedLife(state, record))...)
	}
	if rotation.HangsOnOverlap(cause, m.Overlap) {
		diags.Append(rotation.UnknownOverlap())
		return rotation.Stays, nil, diags
	}
	way := rotation.WayOf(cause, m.Overlap)
	switch way {
	case rotation.Stays:
		diags.Append(m.settleHeld(config, state, record)...)
	case rotation.Replaced:
		if cause == rotation.CauseDue || cause == rotation.CauseExpired {
			m.ID = types.StringUnknown()
			changed = append(changed, path.Root("id"))
		}
		return way, changed, diags
	case rotation.InPlace:
		stays := *m
		_ = stays.settleHeld(config, state, record)
		diags.Append(m.settleRotation(config, state, record, cause)...)
		if !cause.IsCertain(m.Rotating) || cause == rotation.CauseChanged && config.isOpen() {
			m.mayStay(stays)
		}
	}
	return way, nil, diags
}

// settleArguments plans what the token itself consists of, and returns what can only be had with a new one.
func (m *personalAccessTokenModel) settleArguments(config, state personalAccessTokenModel, record rotation.Record) path.Paths {
	var changes path.Paths
	m.ID, m.CreatedBy, m.CreatedAt, m.Status = state.ID, state.CreatedBy, state.CreatedAt, state.Status
	m.hold(state.held())
	m.Previous = state.Previous
	named := rotation.PlanName(rotation.Naming{Name: config.Name, Prefix: config.NamePrefix}, rotation.Naming{Name: state.Name, Prefix: state.NamePrefix}, record.Imported)
	m.Name, m.NamePrefix = named.Name, named.Prefix
	m.settleExpiry(config, state, record)
	if config.TeamName.IsNull() {
		m.TeamName = state.TeamName
	}
	if config.TokenType.IsNull() {
		m.TokenType = state.TokenType
	}
	for attribute, changed := range map[string]bool{
		"name":              !m.Name.Equal(state.Name),
		"expires_at":        !m.ExpiresAt.Equal(state.ExpiresAt),
		"team_name":         !m.TeamName.Equal(state.TeamName),
		"token_type":        !m.TokenType.Equal(state.TokenType),
		"rotation_triggers": rotation.Triggered(state.RotationTriggers, m.RotationTriggers),
	} {
		if changed {
			changes = append(changes, path.Root(attribute))
		}
	}
	return changes
}

// settleExpiry plans lifetime and expires_at: a lifetime counts from the next mint, an end cannot be moved.
func (m *personalAccessTokenModel) settleExpiry(config, state personalAccessTokenModel, record rotation.Record) {
	m.Lifetime = config.Lifetime
	wanted, isDuration := rotation.Duration(config.Lifetime)
	had, hadDuration := rotation.Duration(state.Lifetime)
	if config.Lifetime.IsNull() && record.Imported || isDuration && hadDuration && wanted == had {
		m.Lifetime = state.Lifetime
	}
	m.ExpiresAt = state.ExpiresAt
	if config.ExpiresAt.IsNull() {
		return
	}
	// TrueFoundry keeps the minute: what means the same one is no change.
	kept := (*api.End)(nil)
	if at := rotation.Instant(state.ExpiresAt); at != nil {
		kept = &api.End{At: *at}
	}
	at := rotation.Instant(config.ExpiresAt)
	if at == nil || !kept.Is(at) {
		m.ExpiresAt = config.ExpiresAt
	}
}

// checkConnection tries the key while it is still a plan, so that a run that cannot mint ends with one error before it begins.
// All objects share the one list.
func (r *personalAccessTokenResource) checkConnection(ctx context.Context, client *api.Client, config personalAccessTokenModel) diag.Diagnostics {
	var diags diag.Diagnostics
	if _, err := client.ListPersonalAccessTokens(ctx); err != nil {
		if !r.Shared(err) {
			diags.Append(r.Failure(system.Create, err))
		}
		return diags
	}
	if at := rotation.Instant(config.ExpiresAt); at != nil {
		// What is asked for is the minute.
		if minute := at.Truncate(time.Minute); rotation.Expired(&minute, client.Now()) {
			diags.Append(rotation.InThePast(path.Root("expires_at"), *at))
		}
	}
	return diags
}

// ownTokens refuses to end a token that the provider authenticates with.
func ownTokens(ctx context.Context, client *api.Client, state personalAccessTokenModel, generations []rotation.Generation) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, g := range generations {
		appendIf(&diags, ownToken(ctx, client, state, g))
	}
	return diags
}

// ownToken refuses to end the token that the provider authenticates with. One whose secret is not known in plain is known by what
// the list says of it.
func ownToken(ctx context.Context, client *api.Client, state personalAccessTokenModel, g rotation.Generation) diag.Diagnostic {
	holder := api.Holder{Kind: api.KindPersonalAccessToken, Token: g.Secret.Plain.ValueString()}
	if holder.Token == "" {
		if g.ID.Equal(state.ID) {
			holder.Name = state.Name.ValueString()
		}
		all, _ := client.ListPersonalAccessTokens(ctx)
		if row := byID(all, g.ID.ValueString()); row != nil {
			holder = holderOf(*row)
		}
	}
	return ownCredential(client, holder)
}

// holderOf is what a row says of a personal access token as the holder of its token.
func holderOf(row api.ServiceAccount) api.Holder {
	holder := api.Holder{Kind: api.KindPersonalAccessToken, Name: row.Name}
	if row.JWTID != nil {
		holder.JWTID = *row.JWTID
	}
	return holder
}

// ownCredential refuses to saw off the branch that the provider sits on.
func ownCredential(client *api.Client, holder api.Holder) diag.Diagnostic {
	if !client.HoldsOwnKey(holder) {
		return nil
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("token"), "The provider authenticates with this very token",
		"Deleting, replacing, rotating or regenerating it would cut off the provider in the middle of its work. "+
			"Configure the provider with another key first, or forget this one with terraform state rm.")
}

func appendIf(diags *diag.Diagnostics, d diag.Diagnostic) {
	if d != nil {
		diags.Append(d)
	}
}
