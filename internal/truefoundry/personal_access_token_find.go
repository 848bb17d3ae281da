package truefoundry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

const (
	// settling is how long after its creation an object that a list lacks is looked for again: whether a new one is in
	// the list at once is not documented.
	settling = 2 * time.Minute
	// mintedSlack is how far the creation of a token without a known id may lie from the moment at which it was minted.
	mintedSlack = 5 * time.Minute
)

func byID(all []api.ServiceAccount, id string) *api.ServiceAccount {
	at := slices.IndexFunc(all, func(a api.ServiceAccount) bool { return id != "" && a.ID == id })
	if at < 0 {
		return nil
	}
	return &all[at]
}

// named returns those of a name that were not known before.
func named(all []api.ServiceAccount, name string, known map[string]bool) []api.ServiceAccount {
	return slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool { return a.Name != name || known[a.ID] })
}

func idsOf(all []api.ServiceAccount) map[string]bool {
	ids := map[string]bool{}
	for _, a := range all {
		ids[a.ID] = true
	}
	return ids
}

// describeAll names objects for a message.
func describeAll(all []api.ServiceAccount) string {
	lines := make([]string, 0, len(all))
	for _, a := range all {
		line := "id " + a.ID
		if a.CreatedAt != nil {
			line += ", created " + rotation.Format(*a.CreatedAt)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

// pick finds a state's object in a list: by its id, or by its name if a mint has left the id open.
func pick(all []api.ServiceAccount, id, name types.String, created timetypes.RFC3339) (*api.ServiceAccount, error) {
	if !id.IsNull() {
		return byID(all, id.ValueString()), nil
	}
	left := named(all, name.ValueString(), nil)
	minted := rotation.Instant(created)
	if len(left) == 0 {
		return nil, nil //nolint:nilnil // it is gone, and that is no error
	}
	if len(left) > 1 || minted == nil || left[0].CreatedAt == nil || left[0].CreatedAt.Sub(*minted).Abs() > mintedSlack {
		return nil, fmt.Errorf("the id of %q could not be told when it was created, and it cannot be told now: %s. "+
			"If one of these is it, delete it on TrueFoundry; then remove the resource from the state with terraform state rm", name.ValueString(), describeAll(left))
	}
	return &left[0], nil
}

// findToken looks the token of a state up. It returns nil only when a well-formed list of the right user lacks the token; every
// doubt is an error.
func findToken(ctx context.Context, client *api.Client, state personalAccessTokenModel) (*api.ServiceAccount, error) {
	all, err := client.ListPersonalAccessTokens(ctx)
	if err != nil {
		return nil, err
	}
	token, err := pick(all, state.ID, state.Name, state.CreatedAt)
	if token != nil || err != nil {
		return token, err
	}
	created := rotation.Instant(state.CreatedAt)
	for _, delay := range client.LookDelays() {
		if created == nil || client.Now().Sub(*created) > settling || rotation.Expired(rotation.Instant(state.ExpiresAt), client.Now()) {
			break
		}
		if err := pause(ctx, delay); err != nil {
			return nil, err
		}
		if all, err = client.ListPersonalAccessTokensAnew(ctx); err != nil {
			return nil, err
		}
		if token, err = pick(all, state.ID, state.Name, state.CreatedAt); token != nil || err != nil {
			return token, err
		}
	}
	return nil, ofAnotherUser(all, state)
}

// ofAnotherUser tells a list that cannot hold the token from one that lacks it: the list is always that of the caller. That of the
// token's owner is never empty, because the key itself stands in it.
func ofAnotherUser(all []api.ServiceAccount, state personalAccessTokenModel) error {
	creator := subjectID(state.CreatedBy)
	isCreators := func(a api.ServiceAccount) bool { return a.CreatedBy.ID == "" || a.CreatedBy.ID == creator }
	if creator == "" || slices.ContainsFunc(all, isCreators) {
		return nil
	}
	return fmt.Errorf("the token %s was created by %s, but the provider has the key of somebody else, who cannot see it: nothing in the list was created by them. "+
		"Give the provider a key of the token's owner (several owners: one provider alias each), or forget the token with terraform state rm", state.ID.ValueString(), creator)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inferable is how exact a lifetime must be to be taken for one: it was rounded up to a minute, and a request takes its time.
const inferable = 90 * time.Second

// infer fills in, after an import, the arguments that the token itself tells: they stay until the configuration says otherwise.
func (m *personalAccessTokenModel) infer(token api.ServiceAccount) {
	if prefix, ok := rotation.Prefix(token.Name); ok {
		m.NamePrefix = types.StringValue(prefix)
	}
	end := token.End()
	if end == nil || end.Day || token.CreatedAt == nil {
		return
	}
	exact := end.At.Sub(*token.CreatedAt)
	if whole := exact.Round(time.Hour); whole > 0 && (exact-whole).Abs() <= inferable {
		m.Lifetime = timetypes.NewGoDurationValue(whole)
	}
}

// importID finds the id that an import names: an id first, then a name.
func importID(all []api.ServiceAccount, text string, noun system.Noun) (string, diag.Diagnostic) {
	if account := byID(all, text); account != nil {
		return account.ID, nil
	}
	left := named(all, text, nil)
	switch len(left) {
	case 0:
		return "", diag.NewErrorDiagnostic("No such "+noun.Words,
			fmt.Sprintf("Among the %d that the provider's key can see, none has the id or the name %q.", len(all), text))
	case 1:
		return left[0].ID, nil
	}
	return "", diag.NewErrorDiagnostic("Several "+noun.Words+"s have this name",
		fmt.Sprintf("The name %q is shared: %s. Import by the id instead.", text, describeAll(left)))
}
