package sailpoint

import (
	"context"
	"time"

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
	client, connected := r.Planner(&resp.Diagnostics)
	var config, plan, state personalAccessTokenModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if req.Plan.Raw.IsNull() {
		if connected && !resp.Diagnostics.HasError() {
			appendIf(&resp.Diagnostics, ownCredential(client, state))
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
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	resp.RequiresReplace = plan.settleChange(config, state, record, version)
	if len(resp.RequiresReplace) > 0 {
		appendIf(&resp.Diagnostics, widened(config, state))
	}
	if len(resp.RequiresReplace) > 0 && connected {
		appendIf(&resp.Diagnostics, ownCredential(client, state))
	}
	if connected {
		resp.Diagnostics.Append(checkChange(plan, state, config, version, client.Now())...)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// settleCreation gives the arguments that only an import infers their value in a new token: none.
func (m *personalAccessTokenModel) settleCreation(config personalAccessTokenModel) {
	m.NamePrefix, m.Lifetime = config.NamePrefix, config.Lifetime
}

// settleChange completes the plan of a token that exists, and returns what can only be had with a new one.
func (m *personalAccessTokenModel) settleChange(config, state personalAccessTokenModel, record rotation.Record, version api.Version) path.Paths {
	var replace path.Paths
	m.ID, m.Secret, m.Owner, m.Managed, m.CreatedAt, m.Status = state.ID, state.Secret, state.Owner, state.Managed, state.CreatedAt, state.Status
	named := rotation.PlanName(rotation.Naming{Name: config.Name, Prefix: config.NamePrefix}, rotation.Naming{Name: state.Name, Prefix: state.NamePrefix}, record.Imported)
	m.Name, m.NamePrefix = named.Name, named.Prefix
	m.settleExpiry(config, state, record, version)
	if config.Scope.IsNull() {
		// Leaving the argument out later must not widen what the token may do.
		m.Scope = state.Scope
	}
	if config.AccessTokenValiditySeconds.IsNull() {
		m.AccessTokenValiditySeconds = state.AccessTokenValiditySeconds
	} else if !m.AccessTokenValiditySeconds.Equal(state.AccessTokenValiditySeconds) {
		replace = append(replace, path.Root("access_token_validity_seconds"))
	}
	if !version.PatchesExpiry() && !m.ExpiresAt.Equal(state.ExpiresAt) {
		replace = append(replace, path.Root("expires_at"))
	}
	if rotation.Triggered(state.RotationTriggers, m.RotationTriggers) {
		replace = append(replace, path.Root("rotation_triggers"))
	}
	if state.Status.ValueString() == rotation.StatusExpired {
		m.ID = types.StringUnknown()
		replace = append(replace, path.Root("id"))
	}
	return replace
}

// settleExpiry plans lifetime, expires_at and never_expires. On the newer contract all of them change in place; on the older
// one a lifetime counts from the next mint.
func (m *personalAccessTokenModel) settleExpiry(config, state personalAccessTokenModel, record rotation.Record, version api.Version) {
	m.Lifetime = config.Lifetime
	wanted, isDuration := rotation.Duration(config.Lifetime)
	had, hadDuration := rotation.Duration(state.Lifetime)
	edited := !config.Lifetime.IsNull() && !(isDuration && hadDuration && wanted == had)
	if record.Imported && !hadDuration && isDuration && rotation.LivesFor(rotation.Instant(state.CreatedAt), rotation.Instant(state.ExpiresAt), wanted) {
		// The import could not tell the argument from the token, but the token agrees with it.
		edited = false
	}
	switch {
	case config.Lifetime.IsNull() && record.Imported:
		m.Lifetime = state.Lifetime
	case !config.Lifetime.IsNull() && hadDuration && !edited:
		m.Lifetime = state.Lifetime
	}
	m.ExpiresAt, m.NeverExpires = state.ExpiresAt, state.NeverExpires
	unknown := func() {
		m.ExpiresAt, m.NeverExpires = timetypes.NewRFC3339Unknown(), types.BoolUnknown()
	}
	switch {
	case !config.ExpiresAt.IsNull():
		if at := rotation.Instant(config.ExpiresAt); at == nil || !rotation.SameInstant(at, rotation.Instant(state.ExpiresAt)) {
			m.ExpiresAt, m.NeverExpires = config.ExpiresAt, types.BoolValue(false)
		}
	case config.NeverExpires.IsUnknown():
		unknown()
	case config.NeverExpires.ValueBool():
		if !state.ExpiresAt.IsNull() {
			m.ExpiresAt = timetypes.NewRFC3339Unknown()
		}
	case !config.Lifetime.IsNull() && version.PatchesExpiry() && (edited || record.ExpiryMoved):
		unknown()
	}
	if !config.NeverExpires.IsNull() {
		m.NeverExpires = config.NeverExpires
	}
}

// changesBetween is the request that leads from a state to a plan.
func changesBetween(ctx context.Context, version api.Version, state, plan personalAccessTokenModel, record rotation.Record) (api.Changes, diag.Diagnostics) {
	var changes api.Changes
	var diags diag.Diagnostics
	switch {
	case plan.Name.IsUnknown():
		generated := rotation.NewName(plan.NamePrefix.ValueString())
		changes.Name = &generated
	case !plan.Name.Equal(state.Name):
		changes.Name = plan.Name.ValueStringPointer()
	}
	if isKnown(plan.Scope) && !plan.Scope.Equal(state.Scope) {
		diags.Append(plan.Scope.ElementsAs(ctx, &changes.Scope, false)...)
	}
	if !version.PatchesExpiry() || plan.ExpiresAt.Equal(state.ExpiresAt) {
		return changes, diags
	}
	changes.Expiry = plan.plannedExpiry(state, record)
	return changes, diags
}

// plannedExpiry is the end that a changed plan asks for, or nil where it asks for none.
func (m *personalAccessTokenModel) plannedExpiry(state personalAccessTokenModel, record rotation.Record) *api.Expiry {
	if at := rotation.Instant(m.ExpiresAt); at != nil {
		return &api.Expiry{At: at}
	}
	if m.NeverExpires.ValueBool() {
		return &api.Expiry{}
	}
	lifetime, ok := rotation.Duration(m.Lifetime)
	created := rotation.Instant(state.CreatedAt)
	if !ok || created == nil {
		return nil
	}
	if had, hadDuration := rotation.Duration(state.Lifetime); hadDuration && had == lifetime && record.ExpiryMoved {
		return &api.Expiry{At: record.GrantedExpiry}
	}
	end := created.Add(lifetime)
	return &api.Expiry{At: &end}
}

// checkCreation refuses what the tenant would refuse, while it is still a plan.
func checkCreation(config personalAccessTokenModel, version api.Version) diag.Diagnostics {
	diags := checkContract(config, version)
	none := config.Lifetime.IsNull() && config.ExpiresAt.IsNull() && !config.NeverExpires.IsUnknown() && !config.NeverExpires.ValueBool()
	if version.PatchesExpiry() && none {
		diags.Append(undecided(version))
	}
	if config.Scope.IsNull() {
		diags.Append(warnOfAllRights())
	}
	if lifetime, ok := rotation.Duration(config.Lifetime); ok && !version.PatchesExpiry() && lifetime > sixMonthsMax {
		diags.AddAttributeWarning(path.Root("lifetime"), "The lifetime is longer than API version "+string(version)+" documents",
			"With "+string(version)+" a token ends after six months at the latest, so SailPoint will probably refuse to mint this one. Use api_version v1, v2026 or v2025 for longer lifetimes.")
	}
	return diags
}

func warnOfAllRights() diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("scope"), "The token will have all rights of its owner",
		"Without scope, SailPoint mints a token with "+scopeAll+". List the scopes that it needs.")
}

// widened says what a replacement without the argument scope does to the token's rights. Terraform shows what the first of its
// plans says about a replacement, which is the one that still knows the token: the one that creates the new token stays unheard.
func widened(config, state personalAccessTokenModel) diag.Diagnostic {
	if !config.Scope.IsNull() {
		return nil
	}
	if state.Scope.IsNull() || state.Scope.Equal(scopeValue([]string{scopeAll})) {
		return warnOfAllRights()
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("scope"), "The replacement would have more rights than the token",
		"The token is to be replaced, and has the scopes "+state.Scope.String()+". The configuration names none, so SailPoint would mint the new one with "+scopeAll+
			", all rights of its owner. Name the scopes that it needs; \""+scopeAll+"\" if that is meant.")
}

func undecided(version api.Version) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("lifetime"), "How long the token lives is not said",
		`API version `+string(version)+` mints no token without a decision about its end. Set one of lifetime (such as "2160h"), expires_at (an RFC 3339 time) or never_expires = true.`)
}

// deniesNever reports a configuration that denies never_expires and says nothing else about the end.
func (m *personalAccessTokenModel) deniesNever() bool {
	return !m.NeverExpires.IsNull() && !m.NeverExpires.IsUnknown() && !m.NeverExpires.ValueBool() && m.Lifetime.IsNull() && m.ExpiresAt.IsNull()
}

func checkContract(config personalAccessTokenModel, version api.Version) diag.Diagnostics {
	var diags diag.Diagnostics
	if config.NeverExpires.ValueBool() && !version.PatchesExpiry() {
		diags.AddAttributeError(path.Root("never_expires"), "API version "+string(version)+" ends every token",
			"Tokens that never expire need api_version v1, v2026 or v2025. With "+string(version)+" a token ends after six months at the latest: set lifetime or expires_at, or neither for six months.")
	}
	return diags
}

// checkConnection tries the credentials while it is still a plan, so that a run that cannot mint ends with one error before it
// begins. A credential that has been reported is not reported again.
func (r *personalAccessTokenResource) checkConnection(ctx context.Context, client *api.Client, config personalAccessTokenModel) diag.Diagnostics {
	var diags diag.Diagnostics
	if err := client.Ready(ctx); err != nil {
		if !r.Shared(err) {
			diags.Append(r.Failure(system.Create, err))
		}
		return diags
	}
	if at := rotation.Instant(config.ExpiresAt); rotation.Expired(at, client.Now()) {
		diags.Append(rotation.InThePast(path.Root("expires_at"), *at))
	}
	return diags
}

// checkChange refuses an end that has passed: the tenant takes future ones only.
func checkChange(plan, state, config personalAccessTokenModel, version api.Version, now time.Time) diag.Diagnostics {
	diags := checkContract(config, version)
	if version.PatchesExpiry() && config.deniesNever() && state.ExpiresAt.IsNull() && !plan.ExpiresAt.IsUnknown() {
		diags.Append(undecided(version))
	}
	at := rotation.Instant(config.ExpiresAt)
	renewed := !plan.ExpiresAt.Equal(state.ExpiresAt) || plan.ID.IsUnknown()
	if renewed && rotation.Expired(at, now) {
		diags.Append(rotation.InThePast(path.Root("expires_at"), *at))
	}
	lifetime, ok := rotation.Duration(plan.Lifetime)
	created := rotation.Instant(state.CreatedAt)
	if !ok || created == nil || !plan.ExpiresAt.IsUnknown() || plan.ID.IsUnknown() || plan.Lifetime.Equal(state.Lifetime) {
		return diags
	}
	if end := created.Add(lifetime); rotation.Expired(&end, now) {
		diags.AddAttributeError(path.Root("lifetime"), "The token would be expired at once",
			"Counted from its creation at "+rotation.Format(*created)+", a lifetime of "+lifetime.String()+" has ended at "+rotation.Format(end)+
				". Choose a longer lifetime, or change rotation_triggers too, so that a new token is minted.")
	}
	return diags
}

func appendIf(diags *diag.Diagnostics, d diag.Diagnostic) {
	if d != nil {
		diags.Append(d)
	}
}
