package magpie

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// planChange plans what becomes of a token that exists. There is no client where the provider's block is not known yet.
func (r *accessTokenResource) planChange(client *api.Client, state plainModel, plan *plainModel, record rotation.Record, resp *resource.ModifyPlanResponse) {
	plan.carry(state.accessTokenModel)
	plan.Previous = state.Previous
	cause := rotation.CauseOf(plan.Rotating, state.Rotating, state.Status, record)
	way := rotation.WayOf(cause, plan.Overlap)
	if !plan.UserName.Equal(state.UserName) {
		way = rotation.Replaced
	} else if rotation.HangsOnOverlap(cause, plan.Overlap) {
		resp.Diagnostics.Append(rotation.UnknownOverlap())
		return
	}
	if cause == rotation.CauseNone || cause == rotation.CauseDue {
		resp.Diagnostics.Append(plan.checkLead(state.accessTokenModel, record)...)
	}
	switch way {
	case rotation.Replaced:
		resp.Diagnostics.Append(guardAll(client, state)...)
		switch cause {
		case rotation.CauseNone:
		case rotation.CauseTriggered:
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root("rotation_triggers"))
		default:
			plan.ID = types.StringUnknown()
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root("id"))
		}
	case rotation.InPlace:
		resp.Diagnostics.Append(refuseUnidentified(&r.ResourceBase, state, true)...)
		resp.Diagnostics.Append(guardAll(client, state)...)
		plan.planNext(state, cause, record.PreviousDue)
	case rotation.Stays:
		resp.Diagnostics.Append(refuseUnidentified(&r.ResourceBase, state, plan.differs(state.accessTokenModel))...)
		resp.Diagnostics.Append(r.planStays(client, state, plan, record)...)
	}
}

// planStays plans a token that stays, and the end of the one before.
func (r *accessTokenResource) planStays(client *api.Client, state plainModel, plan *plainModel, record rotation.Record) diag.Diagnostics {
	if state.isUnidentified() {
		// Nothing is revoked while the current token is in doubt.
		record.Owed, record.PreviousDue = nil, false
	}
	diags := plan.planStay(&r.ResourceBase, state.serviceModel, state.Previous, record)
	plan.Previous = state.Plan(record)
	plan.planBefore(state)
	if client == nil {
		return diags
	}
	diags.Append(guardSwitch(client, state.serviceModel, plan.serviceModel)...)
	if !plan.HasPrevious() {
		diags.Append(guardBefore(client, state)...)
	}
	return diags
}

// planNext plans the next generation in place.
func (m *plainModel) planNext(state plainModel, cause rotation.Cause, due bool) {
	tentative := !cause.IsCertain(m.Rotating)
	m.planMint(tentative)
	if tentative {
		m.Previous = rotation.Previous{
			PreviousID: types.StringUnknown(), PreviousSecret: types.StringUnknown(), PreviousEncryptedSecret: types.StringUnknown(),
			PreviousRevokedAfter: timetypes.NewRFC3339Unknown(),
		}
		return
	}
	m.Previous = state.PlanNext(state.generation(), cause, due)
	m.planBefore(state)
}

// planBefore plans how the secret of the generation before stands in the state.
func (m *plainModel) planBefore(state plainModel) {
	if m.HasPrevious() {
		// What the diagnostics would say is said of the current secret, or has come to pass.
		held, _ := m.PlanHeld(state.Rotating, m.heldBefore())
		m.holdBefore(held)
	}
}

// guardAll is guard for both generations; without a client nothing can be told.
func guardAll(client *api.Client, state plainModel) diag.Diagnostics {
	if client == nil {
		return nil
	}
	diags := guard(client, state.serviceModel)
	diags.Append(guardBefore(client, state)...)
	return diags
}

// guardBefore is guard for the generation before.
func guardBefore(client *api.Client, state plainModel) diag.Diagnostics {
	return guardSecret(client, path.Root("previous_secret"), state.PreviousSecret)
}
