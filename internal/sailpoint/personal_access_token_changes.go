package sailpoint

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
)

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
	case config.ExpiresAt.IsUnknown():
		// It may turn out to be null, and then the other arguments decide.
		unknown()
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
