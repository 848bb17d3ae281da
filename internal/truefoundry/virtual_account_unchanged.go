package truefoundry

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// PlansNothing implements [system.Planner]: it plans as ModifyPlan does, which sends nothing for an account that exists.
func (r *virtualAccountResource) PlansNothing(ctx context.Context, object system.Unchanged) (bool, diag.Diagnostics) {
	if !r.IsConnected() {
		return false, nil
	}
	var diags diag.Diagnostics
	client, _ := r.Client(system.Planning, &diags)
	var config, state virtualAccountModel
	diags.Append(rotation.ReadModel(ctx, object.Config, object.Schema, &config)...)
	diags.Append(rotation.ReadModel(ctx, object.State, object.Schema, &state)...)
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
