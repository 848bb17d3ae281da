package truefoundry

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// ValidateConfig implements [resource.ResourceWithValidateConfig].
func (r *virtualAccountResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config virtualAccountModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(checkTarget(config.NotificationTarget)...)
		resp.Diagnostics.Append(checkPolicy(config)...)
	}
}

// checkPolicy refuses rotate_before_expiry where it would rotate in every run, or beside TrueFoundry's own rotation.
func checkPolicy(config virtualAccountModel) diag.Diagnostics {
	var diags diag.Diagnostics
	at := path.Root("rotate_before_expiry")
	if !config.RotateBeforeExpiry.IsNull() && isKnown(config.ExpirationDate) {
		diags.AddAttributeError(at, "The token would be rotated in every run",
			"With expiration_date every token of the account ends on the same day, so that a new one would be as near its end as the one before. "+
				"Leave out "+at.String()+", and set a later expiration_date in time; or leave out expiration_date.")
	}
	if !config.RotateBeforeExpiry.IsNull() && isKnown(config.AutoRotate) {
		diags.AddAttributeError(at, "TrueFoundry rotates the token by itself",
			"With auto_rotate the control plane rotates the token, and "+at.String()+" would rotate it, too. Set one of the two.")
	}
	return diags
}

// ModifyPlan implements [resource.ResourceWithModifyPlan].
func (r *virtualAccountResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, connected := r.Planner(&resp.Diagnostics)
	var config, plan, state virtualAccountModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		if connected {
			client.Remember(state.ID.ValueString())
		}
	}
	if req.Plan.Raw.IsNull() {
		if connected && !resp.Diagnostics.HasError() {
			appendIf(&resp.Diagnostics, ownAccount(client, state))
		}
		return
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		plan.Permissions = config.Permissions
		plan.hold(plan.planMint())
		plan.Previous = rotation.NoPrevious()
		if connected {
			resp.Diagnostics.Append(r.checkCreation(ctx, client, plan)...)
		}
	} else {
		record, diags := loadAccountRecord(ctx, req.Private)
		resp.Diagnostics.Append(diags...)
		rotates, diags := plan.settleChange(config, state, record.Record)
		resp.Diagnostics.Append(diags...)
		resp.Diagnostics.Append(rotation.CheckLead(plan.Rotating, record.expectedLife(state))...)
		if connected && (rotates || !plan.Name.Equal(state.Name)) {
			appendIf(&resp.Diagnostics, ownAccount(client, state))
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// settleChange completes the plan of an account that exists, and reports whether its token is regenerated.
func (m *virtualAccountModel) settleChange(config, state virtualAccountModel, record rotation.Record) (bool, diag.Diagnostics) {
	m.ID, m.CreatedBy, m.CreatedAt = state.ID, state.CreatedBy, state.CreatedAt
	m.JWTID, m.ExpiresAt, m.Status = state.JWTID, state.ExpiresAt, state.Status
	m.Permissions = config.Permissions
	if config.Permissions.IsNull() && record.Imported {
		m.Permissions = state.Permissions
	}
	rotates := m.rotates(state, record)
	// A changed day may have a new token issued: a signed token holds its own end.
	mayMint := rotates || !m.ExpirationDate.Equal(state.ExpirationDate) || !m.manifestModel.TokenType.Equal(state.manifestModel.TokenType)
	if mayMint {
		m.JWTID, m.Status, m.ExpiresAt = types.StringUnknown(), types.StringUnknown(), timetypes.NewRFC3339Unknown()
	}
	diags := m.settleSecret(state, rotates, mayMint)
	if rotates {
		m.Previous = m.planFormer()
		if !m.cause(state, record).IsCertain(m.Rotating) {
			// The token stays if the argument turns out as it was.
			planned := m.held()
			_ = m.settleSecret(state, false, true)
			m.hold(rotation.EitherHeld(planned, m.held()))
			m.Previous = m.Previous.Either(m.planKept(state, record))
		}
		return rotates, diags
	}
	m.Previous = m.planKept(state, record)
	diags.Append(m.remarks(state, record)...)
	return rotates, diags
}

// checkCreation refuses what an apply would refuse, while it is still a plan. It asks for the one list that all objects share,
// which also tries the key.
func (r *virtualAccountResource) checkCreation(ctx context.Context, client *api.Client, plan virtualAccountModel) diag.Diagnostics {
	var diags diag.Diagnostics
	all, err := client.ListVirtualAccounts(ctx)
	if err != nil {
		if !r.Shared(err) {
			diags.Append(r.Failure(system.Create, err))
		}
		return diags
	}
	if plan.Name.IsUnknown() {
		return diags
	}
	// An account that stands in the state will be gone: its replacement is being planned.
	if left := named(all, plan.Name.ValueString(), nil); len(left) > 0 && !client.Remembers(left[0].ID) {
		diags.Append(nameTaken(left[0]))
	}
	return diags
}

func nameTaken(account api.ServiceAccount) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("name"), "The name is taken by another TrueFoundry virtual account",
		fmt.Sprintf("A virtual account named %q exists and has the id %s. Creating it again would take it over, so nothing was changed. Choose another name, or manage the one that exists: "+
			"terraform import <the resource's address> %s", account.Name, account.ID, account.ID))
}
