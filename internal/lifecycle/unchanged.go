package lifecycle

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// PlansNothing implements [system.UnchangedPlanner]. It decides as ModifyPlan does and with the same code, and goes no further than the decision to
// keep the token: up to there nothing is sent, counted, or said for the first time in a run.
func (r *Resource[C, M, P, R]) PlansNothing(ctx context.Context, object system.Unchanged) (bool, diag.Diagnostics) {
	if !r.IsConnected() {
		return false, nil
	}
	var diags diag.Diagnostics
	client, _ := r.Client(system.Planning, &diags)
	p := Planning[P]{Config: new(M), State: new(M)}
	diags.Append(rotation.ReadModel(ctx, object.Config, object.Schema, p.Config)...)
	diags.Append(rotation.ReadState(ctx, object.State, object.Schema, p.State)...)
	record, more := rotation.LoadRecord(ctx, object.Private)
	if diags.Append(more...); len(diags) > 0 {
		return false, nil
	}
	p.Plan, p.Record = clone(p.State), record
	proposed := clone(p.Plan)
	l := r.live(client, p.Plan)
	outcome, diags := l.planChange(ctx, p)
	if outcome.action != rotation.Keep || len(outcome.replace) > 0 || len(diags) > 0 || !rotation.IsEqual(p.Plan, proposed) {
		return false, nil
	}
	if len(l.check(ctx, l.judgedConfig(p), outcome.action, true)) > 0 {
		return false, nil
	}
	r.Connection().Remember(proposed.Shared().ID.ValueString())
	// Last of all, as in ModifyPlan.
	r.WarnOwnCredential(&diags)
	return true, diags
}
