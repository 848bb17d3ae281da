package sailpoint

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
)

const (
	// settling is how long after its creation a token that a list lacks is looked for again: whether a new token is in
	// the list at once is not documented.
	settling      = 2 * time.Minute
	settlingLooks = 2
	settlingPause = time.Second
)

// find looks the token of a state up in the list of the caller's tokens, which it returns too. The token is nil only when a
// well-formed list of the right identity lacks it; every doubt is an error.
func (r *personalAccessTokenResource) find(ctx context.Context, client *api.Client, state personalAccessTokenModel) ([]api.PersonalAccessToken, *api.PersonalAccessToken, error) {
	all, err := client.List(ctx, api.Me)
	if err != nil {
		return nil, nil, err
	}
	token := byID(all, state.ID.ValueString())
	for look := 0; token == nil && look < settlingLooks && isRecent(state, client.Now()); look++ {
		select {
		case <-time.After(settlingPause):
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
		if all, err = client.ListAnew(ctx, api.Me); err != nil {
			return nil, nil, err
		}
		token = byID(all, state.ID.ValueString())
	}
	if token != nil {
		return all, token, nil
	}
	if doubt := client.Doubt(all, state.ID.ValueString(), ownerID(state)); doubt != nil {
		return nil, nil, doubt
	}
	return all, nil, nil
}

// survivor returns another generation that is alive still: an earlier one, or what an interrupted rotation has left behind. It is
// empty when there is none.
func (m *personalAccessTokenModel) survivor(all []api.PersonalAccessToken, record rotation.Record, now time.Time) string {
	ids := append([]string{m.PreviousID.ValueString()}, record.Owed...)
	for _, t := range m.leftovers(all) {
		ids = append(ids, t.ID)
	}
	for _, id := range ids {
		if other := byID(all, id); other != nil && !rotation.Expired(other.ExpirationDate, now) {
			return id
		}
	}
	return ""
}

// forget drops earlier generations that a list lacks beyond doubt: somebody has revoked them already.
func (m *personalAccessTokenModel) forget(client *api.Client, all []api.PersonalAccessToken, record *rotation.Record) {
	isGone := func(id string) bool { return byID(all, id) == nil && client.Doubt(all, id, ownerID(*m)) == nil }
	if m.HasPrevious() && isGone(m.PreviousID.ValueString()) {
		m.Previous = rotation.NoPrevious()
	}
	for _, id := range slices.Clone(record.Owed) {
		if isGone(id) {
			record.Settle(id)
		}
	}
}

func byID(all []api.PersonalAccessToken, id string) *api.PersonalAccessToken {
	for i := range all {
		if all[i].ID == id {
			return &all[i]
		}
	}
	return nil
}

func isRecent(state personalAccessTokenModel, now time.Time) bool {
	created := rotation.Instant(state.CreatedAt)
	return created != nil && now.Sub(*created) < settling && !rotation.Expired(rotation.Instant(state.ExpiresAt), now)
}

func ownerID(state personalAccessTokenModel) string {
	if !isKnown(state.Owner) {
		return ""
	}
	id, _ := state.Owner.Attributes()["id"].(interface{ ValueString() string })
	if id == nil {
		return ""
	}
	return id.ValueString()
}

// infer fills in, after an import, the arguments that the token itself tells: they stay until the configuration says otherwise.
func (m *personalAccessTokenModel) infer(token api.PersonalAccessToken) {
	if prefix, ok := rotation.Prefix(token.Name); ok {
		m.NamePrefix = types.StringValue(prefix)
	}
	if d, ok := rotation.InferLifetime(token.Created, token.ExpirationDate); ok {
		m.Lifetime = timetypes.GoDuration{StringValue: basetypes.NewStringValue(d.String())}
	}
}
