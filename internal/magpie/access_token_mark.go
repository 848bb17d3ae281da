package magpie

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// markPrefix is how the description of a token begins whose rotation is under way.
const markPrefix = "terraform-provider-mint: rotation of "

// markOf is the description of a new token until the rotation that minted it is done. Tokens have no names: should the
// rotation be cut off, the next one of the same token knows its orphan by this text.
func markOf(m *plainModel) string {
	id := m.ID.ValueString()
	if id == "" {
		id = m.PreviousID.ValueString()
	}
	if id == "" {
		return ""
	}
	return markPrefix + id + " under way"
}

func isMark(text string) bool { return strings.HasPrefix(text, markPrefix) }

// shownText is the description that a list shows, nil if it shows none. A mark that could not be cleared is nobody's
// description.
func shownText(token api.AccessToken) *string {
	if token.Description != nil && isMark(*token.Description) {
		return new(string)
	}
	return token.Description
}

// orphans are the tokens of a list that a rotation of this token has marked and left behind: nobody knows their secrets.
func (m *plainModel) orphans(client *api.Client, all []api.AccessToken) []api.AccessToken {
	mark := markOf(m)
	var orphans []api.AccessToken
	for _, token := range all {
		if mark != "" && token.Description != nil && *token.Description == mark && !client.IsManaged(token.ID) {
			orphans = append(orphans, token)
		}
	}
	return orphans
}

// sweep deletes what an earlier rotation of the same token has left that was cut off after its token was marked: nobody knows
// its secret. It returns the tokens that are left.
func sweep(ctx context.Context, client *api.Client, state *plainModel) ([]api.AccessToken, error) {
	all, err := listBetweenMints(ctx, client, state.account())
	if err != nil {
		return nil, fmt.Errorf("nothing was minted, because the tokens that exist could not be listed first: %w", err)
	}
	orphans := state.orphans(client, all)
	for _, token := range orphans {
		if err := remove(ctx, client, state.account(), token.ID); err != nil {
			return nil, fmt.Errorf("nothing was minted, because the token that an interrupted rotation has left could not be deleted first: %w", err)
		}
	}
	return slices.DeleteFunc(all, func(t api.AccessToken) bool { return byID(orphans, t.ID) != nil }), nil
}

// warnStrays names what a rotation may have left that was cut off before its token was marked, or after it was done: nothing proves
// that, so it is left alone.
func warnStrays(client *api.Client, all []api.AccessToken, state *plainModel, plan plainModel) diag.Diagnostics {
	var diags diag.Diagnostics
	strays := slices.DeleteFunc(all, func(t api.AccessToken) bool { return client.IsManaged(t.ID) || !isStray(t, state, plan) })
	if len(strays) > 0 {
		// Terraform shows only the first of several warnings with one summary.
		diags.AddWarning("An interrupted rotation of the token "+state.ID.ValueString()+" may have left another one",
			"On the account"+ofAccount(state.serviceModel)+" there are tokens without a description, or with this resource's, that are newer than the token "+state.ID.ValueString()+": "+listed(strays)+
				". They may belong to other resources, also of this configuration, or to people, and are left alone. "+
				"If an earlier apply of this resource was killed, one may be left from it, and nobody knows its secret: delete what no Terraform state holds and nobody else made.")
	}
	return diags
}

// listBetweenMints lists while this run mints nothing for the account: what another resource of it has just minted would pass for
// a stray.
func listBetweenMints(ctx context.Context, client *api.Client, account api.Account) ([]api.AccessToken, error) {
	unlock, err := client.LockAccount(ctx, account)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return client.ListAnew(ctx, account)
}

// isStray reports a token that could be what a rotation has left. It bears the resource's description if the rotation was done, and
// Terraform never learnt of it.
func isStray(token api.AccessToken, state *plainModel, plan plainModel) bool {
	created := rotation.Instant(state.CreatedAt)
	if created == nil || token.Created.At == nil || !token.Created.At.After(*created) {
		return false
	}
	text := shownText(token)
	return text == nil || *text == "" || *text == state.Description.ValueString() || *text == plan.Description.ValueString()
}

// deleteOrphans deletes what a rotation that was cut off has left of a token that is being deleted. The run's list is recent: the
// deletion has just been read back. What could not be deleted is owed: its mark may name a generation that is forgotten by now.
func (m *plainModel) deleteOrphans(ctx context.Context, r objects, client *api.Client, record *rotation.Record) diag.Diagnostics {
	var diags diag.Diagnostics
	m.manage(client, *record)
	all, err := client.List(ctx, m.account())
	if err != nil {
		// Where nothing can be listed, the deletion itself has said so, or the account is gone.
		return diags
	}
	for _, token := range m.orphans(client, all) {
		if err := remove(ctx, client, m.account(), token.ID); err != nil {
			record.Owe(token.ID)
			diags.Append(unrevoked(r, system.Delete, token.ID, err))
		}
	}
	return diags
}
