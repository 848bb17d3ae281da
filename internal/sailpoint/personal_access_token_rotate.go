package sailpoint

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// generations is what a rotation in place is made from.
type generations struct {
	client *api.Client
	sealer rotation.Sealer
	// plan is of the next generation, state of the current one; its secrets are held as the plan wants them already.
	plan, state personalAccessTokenModel
	record      rotation.Record
}

// rotate mints the next generation in place. Whatever fails before the answer leaves everything as it was; whatever fails after
// it finds the new state saved, and is owed until an apply succeeds.
func (r *personalAccessTokenResource) rotate(ctx context.Context, g generations, resp *resource.UpdateResponse) {
	if d := ownCredential(g.client, g.ending()...); d != nil {
		resp.Diagnostics.Append(d)
		return
	}
	// The login comes first: its answer tells the tenant's time, from which a lifetime is counted.
	if err := g.client.Ready(ctx); err != nil {
		resp.Diagnostics.Append(r.Failure(system.Update, err))
		return
	}
	want, diags := newPersonalAccessToken(ctx, g.plan)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	if g.plan.Name.IsUnknown() {
		want.Name = rotation.NextName(g.plan.NamePrefix.ValueString(), g.state.ID.ValueString())
	}
	all, err := g.sweep(ctx)
	if err != nil {
		resp.Diagnostics.Append(r.Failure(system.Update, err))
		return
	}
	current := byID(all, g.state.ID.ValueString())
	token, err := mint(ctx, g.client, want)
	if err != nil {
		advice := r.createAdvice(ctx, g.client, want, err)
		if len(advice) > 0 {
			advice = append(advice, "The token "+g.state.ID.ValueString()+" has not been touched.")
		}
		resp.Diagnostics.Append(r.Failure(system.Update, err, advice...))
		return
	}
	next, record, err := g.succeed(*token, current)
	resp.Diagnostics.Append(resp.State.Set(ctx, &next)...)
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("encrypt_secret_to"), "Unable to encrypt the secret", err.Error()+". Change rotation_triggers to have another one minted.")
	}
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), next.ID)...)
	record.AskedLifetime = want.Lifetime
	resp.Diagnostics.Append(remarkExpiry(token.RequestedExpiration, token.ExpirationDate)...)
	resp.Diagnostics.Append(r.settle(ctx, g.client, next, &record)...)
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	if current != nil && !g.cause().Ended() {
		resp.Diagnostics.Append(r.endPrevious(ctx, g.client, next.Previous, current.ExpirationDate)...)
	}
}

// cause is why the current generation gives way.
func (g generations) cause() rotation.Cause { return causeOf(g.plan, g.state, g.record, true) }

// ending are the ids of the generations whose end a rotation brings about or sets.
func (g generations) ending() []string {
	cause := g.cause()
	if !cause.Ended() {
		return g.state.generations(g.record)
	}
	ids := slices.Clone(g.record.Owed)
	if cause == rotation.CauseExpired {
		ids = append(ids, g.state.ID.ValueString())
	}
	return ids
}

// succeed puts a minted token in the place of the current generation, which is nil where a fresh list lacks it. The record owes
// the revocation of every generation that has no place any more.
func (g generations) succeed(token api.PersonalAccessToken, current *api.PersonalAccessToken) (personalAccessTokenModel, rotation.Record, error) {
	now := g.client.Now()
	end := g.record.End(rotation.Instant(g.state.ExpiresAt))
	if current != nil {
		end = current.ExpirationDate
	}
	overlap, _ := rotation.Duration(g.plan.Overlap)
	next := g.plan
	next.describe(token, token.ExpirationDate, now)
	next.promise(g.plan)
	previous, gone := g.state.Next(rotation.Generation{ID: g.state.ID, Secret: g.state.held()}, end, overlap, now, g.cause())
	next.Previous = previous
	held, err := g.sealer.Hold(token.Secret.Reveal())
	next.hold(held)

	var record rotation.Record
	record.Granted(rotation.Instant(g.plan.ExpiresAt), token.ExpirationDate)
	record.Owe(g.record.Owed...)
	record.Owe(gone...)
	return next, record, err
}

// sweep returns the list of the tokens, after it has deleted what an interrupted rotation has left. Nobody knows its secret; but if
// it has been used, somebody does.
func (g generations) sweep(ctx context.Context) ([]api.PersonalAccessToken, error) {
	all, err := g.client.List(ctx, api.Me)
	if err != nil {
		return nil, fmt.Errorf("nothing was created, because the tokens that exist could not be listed first: %w", err)
	}
	for _, t := range g.state.leftovers(all) {
		if isUsed(g.client, t) {
			return nil, fmt.Errorf("nothing was created, because the next generation of the token %s seems to exist: a token named %q, which is not in the state, and which has been used (%s). "+
				"So somebody has its secret, and it was not touched. Two runs may have rotated the token from one state. Find out who uses it, delete it, and apply again",
				g.state.ID.ValueString(), t.Name, describeAll([]api.PersonalAccessToken{t}))
		}
		if err := g.client.Delete(ctx, t.ID, t.Owner.ID); err != nil {
			return nil, fmt.Errorf("nothing was created, because the token %s, which an interrupted rotation has left behind under the name %q, could not be deleted: %w", t.ID, t.Name, err)
		}
	}
	return all, nil
}

// leftovers are tokens under a name that only the next generation of this very token gets, and that are not in its state: a rotation
// was interrupted after the mint. The arguments may have changed since, so the prefix is the one that the name itself tells.
func (m *personalAccessTokenModel) leftovers(all []api.PersonalAccessToken) []api.PersonalAccessToken {
	var left []api.PersonalAccessToken
	for _, t := range all {
		if rotation.IsNextName(t.Name, m.ID.ValueString()) && t.ID != m.PreviousID.ValueString() {
			left = append(left, t)
		}
	}
	return left
}

// isUsed reports whether somebody has a token's secret.
func isUsed(client *api.Client, t api.PersonalAccessToken) bool {
	return t.LastUsed != nil || t.ID == client.ClientID()
}

// deleteLast deletes the current generation, and before it what an interrupted rotation has left behind: only the id of the current one
// tells which tokens these are. One that cannot be deleted is owed from then on.
func (r *personalAccessTokenResource) deleteLast(ctx context.Context, client *api.Client, state *personalAccessTokenModel, record *rotation.Record) diag.Diagnostics {
	id := state.ID.ValueString()
	all, err := client.List(ctx, api.Me)
	if err != nil {
		return diag.Diagnostics{r.Failure(system.Delete, fmt.Errorf("the token %s was not deleted, because the tokens could not be listed, and so an interrupted rotation may have left another one behind that only this one leads to: %w", id, err))}
	}
	var diags diag.Diagnostics
	for _, t := range state.leftovers(all) {
		if isUsed(client, t) {
			diags.Append(remarkLeftover(client, t))
		} else if err := client.Delete(ctx, t.ID, t.Owner.ID); err != nil {
			record.Owe(t.ID)
			diags.Append(r.Failure(system.Delete, fmt.Errorf("the token %s, which an interrupted rotation has left behind under the name %q, could not be deleted: %w", t.ID, t.Name, err)))
		}
	}
	if err := client.Delete(ctx, id, ownerID(*state)); err != nil {
		diags.Append(r.Failure(system.Delete, err))
	} else {
		state.Status = types.StringValue(rotation.StatusMissing)
	}
	return diags
}

// settle revokes what is owed, and keeps owing what cannot be revoked.
func (r *personalAccessTokenResource) settle(ctx context.Context, client *api.Client, state personalAccessTokenModel, record *rotation.Record) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, id := range slices.Clone(record.Owed) {
		more := r.revoke(ctx, client, state, id)
		if !more.HasError() {
			record.Settle(id)
		}
		diags.Append(more...)
	}
	return diags
}

// revokePrevious revokes the generation before, which stays in the state if that fails.
func (r *personalAccessTokenResource) revokePrevious(ctx context.Context, client *api.Client, state *personalAccessTokenModel) diag.Diagnostics {
	diags := r.revoke(ctx, client, *state, state.PreviousID.ValueString())
	if !diags.HasError() {
		state.Previous = rotation.NoPrevious()
	}
	return diags
}

func (r *personalAccessTokenResource) revoke(ctx context.Context, client *api.Client, state personalAccessTokenModel, id string) diag.Diagnostics {
	if d := ownCredential(client, id); d != nil {
		return diag.Diagnostics{d}
	}
	if err := client.Delete(ctx, id, ownerID(state)); err != nil {
		return diag.Diagnostics{r.Failure(system.Delete, fmt.Errorf("the token %s, an earlier generation of %s, could not be revoked, and may still work. It is not forgotten: apply again to revoke it: %w",
			id, state.Name.ValueString(), err))}
	}
	return nil
}

// endPrevious has the tenant end the generation before after the overlap, should no apply come then. Where that fails, the first
// apply after the overlap revokes it all the same.
func (r *personalAccessTokenResource) endPrevious(ctx context.Context, client *api.Client, previous rotation.Previous, end *time.Time) diag.Diagnostics {
	until := rotation.Instant(previous.PreviousRevokedAfter)
	if !client.Version().PatchesExpiry() || until == nil || end != nil && !end.After(*until) {
		return nil
	}
	id := previous.PreviousID.ValueString()
	if _, err := client.Patch(ctx, id, api.Changes{Expiry: &api.Expiry{At: until}}); err != nil {
		failure := r.Failure(system.Update, err)
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("previous_revoked_after"), "The token before does not end by itself",
			"The token "+id+" could not be told to end at "+rotation.Format(*until)+": it works until the first apply after that, which revokes it. "+failure.Detail())}
	}
	return nil
}
