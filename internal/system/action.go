package system

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
)

// ActionBase is embedded by every action.
type ActionBase[C any] struct {
	base[C]
	name string
}

// NewActionBase returns the base of an action, whose name follows the system's in the type name ("revoke_personal_access_tokens"). The noun is
// what it acts on.
func NewActionBase[C any](noun Noun, name string) ActionBase[C] {
	return ActionBase[C]{base[C]{noun: noun}, name}
}

// Metadata implements [action.Action].
func (b *ActionBase[C]) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.noun.System + "_" + b.name
}

// Configure implements [action.ActionWithConfigure].
func (b *ActionBase[C]) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	resp.Diagnostics.Append(b.configure(req.ProviderData)...)
}

// ModifyPlan implements [action.ActionWithModifyPlan]: a plan refuses what [ActionBase.Begin] would.
func (b *ActionBase[C]) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	resp.Diagnostics.Append(validate(ctx, req.Config)...)
}

// Begin is the first statement of an Invoke: it checks the configuration, now that all of it is known, fills the model from it and returns
// the client. Without a client the action is over.
func (b *ActionBase[C]) Begin(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse, model any) (C, bool) {
	resp.Diagnostics.Append(validate(ctx, req.Config)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, model)...)
	client, ok := b.Client(Applying, &resp.Diagnostics)
	return client, ok && !resp.Diagnostics.HasError()
}
