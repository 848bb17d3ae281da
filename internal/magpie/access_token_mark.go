package magpie

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// markPrefix is how the description of a token begins whose rotation is under way.
const markPrefix = "terraform-provider-mint: "

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
	return markPrefix + "rotation of " + id + " under way"
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

// sweep deletes what an earlier rotation of the same token has left that was cut off after its token was marked: nobody knows
// its secret. What was cut off before that cannot be proved: it is named, and left alone.
func sweep(ctx context.Context, client *api.Client, state *plainModel, record rotation.Record) (diag.Diagnostics, error) {
	var diags diag.Diagnostics
	all, err := client.ListAnew(ctx, state.account())
	if err != nil {
		return diags, fmt.Errorf("nothing was minted, because the tokens that exist could not be listed first: %w", err)
	}
	state.manage(client, record)
	mark := markOf(state)
	var strays []api.AccessToken
	for _, token := range all {
		switch {
		case client.IsManaged(token.ID):
		case mark != "" && token.Description != nil && *token.Description == mark:
			if err := remove(ctx, client, state.account(), token.ID); err != nil {
				return diags, fmt.Errorf("nothing was minted, because the token that an interrupted rotation has left could not be deleted first: %w", err)
			}
		case isStray(token, state):
			strays = append(strays, token)
		}
	}
	if len(strays) > 0 {
		diags.AddWarning("An interrupted rotation may have left a token",
			"On the account"+ofAccount(state.serviceModel)+" there are tokens without a description that are newer than the token "+state.ID.ValueString()+": "+listed(strays)+
				". They may belong to other resources or people, and are left alone. If an earlier apply of this resource was killed, one may be left from it, and nobody knows its secret: delete those that nobody else made.")
	}
	return diags, nil
}

func isStray(token api.AccessToken, state *plainModel) bool {
	created := rotation.Instant(state.CreatedAt)
	if created == nil || token.Created.At == nil || !token.Created.At.After(*created) {
		return false
	}
	text := shownText(token)
	return text == nil || *text == ""
}
