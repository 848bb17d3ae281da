package magpie

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// rotate mints the next generation in place, keeps the one before for the overlap, and revokes what has no place any more. The
// description comes last: until then it says whose the new token is, should this be cut off.
func (r *accessTokenResource) rotate(ctx context.Context, client *api.Client, state, plan plainModel, record rotation.Record, resp *resource.UpdateResponse) {
	sealer, more := rotation.NewSealer(ctx, plan.EncryptSecretTo)
	resp.Diagnostics.Append(more...)
	before := state
	// What is in plain still becomes the generation before, or stays it: encrypted, if that is asked for by now.
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(before.reseal(ctx, plan)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	// First of all: what rotates at the same time must not take them for strays.
	state.manage(client, record)
	all, err := sweep(ctx, client, &state)
	if err != nil {
		resp.Diagnostics.Append(failure(&r.ResourceBase, system.Update, err))
		return
	}
	next, minted := plan, false
	token, err := mint(ctx, client, state.account(), func(answer api.Minted) {
		minted = true
		resp.Diagnostics.Append(next.succeed(before, plan, answer, sealer, &record, client)...)
		resp.Diagnostics.Append(next.save(ctx, &resp.State, r.service)...)
		resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	})
	marked := false
	if err == nil {
		marked = state.mark(ctx, client, token)
		next.describe(*token, client.Now())
		next.manage(client, record)
		resp.Diagnostics.Append(next.save(ctx, &resp.State, r.service)...)
	} else {
		resp.Diagnostics.Append(failure(&r.ResourceBase, system.Update, err))
		if !minted {
			return
		}
		resp.Diagnostics.Append(rememberLeads(ctx, resp.Private, err)...)
	}
	resp.Diagnostics.Append(r.identify(ctx, resp.Identity, next.serviceModel)...)
	resp.Diagnostics.Append(next.revokeOwed(ctx, &r.ResourceBase, client, &record, system.Update)...)
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	resp.Diagnostics.Append(warnStrays(client, all, &state, plan)...)
	if err == nil {
		resp.Diagnostics.Append(next.complete(ctx, &r.ResourceBase, client, plan, *token, marked)...)
		resp.Diagnostics.Append(next.save(ctx, &resp.State, r.service)...)
	}
}

// succeed is the state in the moment of the answer: the new secret, and the generation before. Nothing of the description and
// the switch has been sent yet.
func (m *plainModel) succeed(state, plan plainModel, minted api.Minted, sealer rotation.Sealer, record *rotation.Record, client *api.Client) diag.Diagnostics {
	cause := rotation.CauseOf(plan.Rotating, state.Rotating, state.Status, *record)
	overlap, _ := rotation.Duration(plan.Overlap)
	var owed []string
	m.Previous, owed = state.Next(state.generation(), rotation.Instant(state.ExpiresAt), overlap, client.Now(), cause, record.PreviousDue)
	record.Verdict = rotation.Verdict{}
	record.Owe(owed...)
	m.Description, m.Disabled = types.StringNull(), types.BoolValue(false)
	return m.unidentified(minted, sealer)
}

// mark marks the token that follows this one as one whose rotation is under way, and reports whether it may bear the mark now.
// Without it the rotation goes on: it only matters if that is cut off.
func (m *plainModel) mark(ctx context.Context, client *api.Client, next *api.AccessToken) bool {
	text := markOf(m)
	if text == "" {
		return false
	}
	err := client.SetDescription(ctx, next.ID, text)
	return err == nil || rest.MayHaveExecuted(err)
}

// complete brings the new token, which may be marked, to the plan: the switch first, and the description last.
func (m *plainModel) complete(ctx context.Context, r objects, client *api.Client, plan plainModel, token api.AccessToken, marked bool) diag.Diagnostics {
	switching, describing := plan.accessTokenModel, plan.accessTokenModel
	switching.Description, describing.Disabled = types.StringUnknown(), types.BoolUnknown()
	settled, diags, err := settle(ctx, client, m.account(), token, accessTokenModel{}, switching)
	switch {
	case err != nil:
	case plan.Description.ValueString() != "" || !marked:
		var more diag.Diagnostics
		settled, more, err = settle(ctx, client, m.account(), *settled, accessTokenModel{}, describing)
		diags.Append(more...)
	default:
		diags.Append(unmark(ctx, client, *settled)...)
		client.Add(m.account(), *settled)
	}
	m.settled(*settled, plan.accessTokenModel, err, client.Now())
	if err != nil {
		diags.Append(failure(r, system.Update, err))
	}
	diags.Append(m.warnLead()...)
	return diags
}

// unmark clears a mark. An organization that cannot clear texts keeps it, and nothing comes of that.
func unmark(ctx context.Context, client *api.Client, token api.AccessToken) diag.Diagnostics {
	err := client.SetDescription(ctx, token.ID, "")
	if err == nil {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("description"), "A description could not be cleared",
		"The description of the token "+token.ID+" still says that a rotation is under way, which is done ("+err.Error()+"). It does no harm. Set description to replace it.")}
}
