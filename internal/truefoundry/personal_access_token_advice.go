package truefoundry

import (
	"context"
	"errors"
	"net/http"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// adviceAdministrator names the credential that creates tokens where a personal access token may not.
const adviceAdministrator = "set api_key to the key of a virtual account that has the role of a tenant administrator, and set user_email to the e-mail address of the token's owner"

// Advise implements [lifecycle.Adviser]. With which status a control plane refuses to have a personal access token create another one is
// not declared, so that advice about it stands beside the server's own message, and is only as certain as that.
func (k personalAccessTokenKind) Advise(ctx context.Context, _ lifecycle.Request[api.ServiceAccount], _ []api.ServiceAccount, err error) []string {
	var e *rest.Error
	if !errors.As(err, &e) {
		return nil
	}
	// The whole list, which may hold the key; that of another user's tokens does not.
	all, _ := k.client.ListPersonalAccessTokens(ctx)
	if e.Route == api.ForUserRoute {
		return k.adviseForUser(e.Status, all)
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
	default:
		return nil
	}
	switch k.client.KeyKind(all) {
	case api.KindVirtualAccount:
		return []string{"The provider uses the key of a virtual account, and such an account may not own personal access tokens. Set user_email to the e-mail address of the user who should own the token."}
	case api.KindPersonalAccessToken:
		return []string{"The provider's key is a personal access token, and newer control planes do not let one create personal access tokens. If that is the reason, " + adviceAdministrator + "."}
	}
	return []string{"Newer control planes do not let a personal access token create personal access tokens. If the provider's key is one, and that is the reason, " + adviceAdministrator + "."}
}

// adviseForUser is the next step for each status that the vendor declares for the creation of another user's token.
func (k personalAccessTokenKind) adviseForUser(status int, all []api.ServiceAccount) []string {
	const whoMay = "A token for another user requires the key of a tenant administrator, and newer control planes do not accept a personal access token for it: " + adviceKey
	switch status {
	case http.StatusBadRequest:
		advice := []string{"Check that user_email is the e-mail address of a user of this tenant, that the user is a member of team_name, and that the tenant allows tokens to live this long."}
		if k.client.KeyKind(all) != api.KindVirtualAccount {
			advice = append(advice, whoMay)
		}
		return advice
	case http.StatusUnauthorized, http.StatusForbidden:
		return []string{whoMay, "Check also that the owner is a member of team_name, if it is set."}
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return []string{"Check user_email: there may be no such user in this tenant. Older control planes cannot create tokens for other users at all: there, remove user_email, and set api_key to a key of the user."}
	case http.StatusConflict:
		return []string{"The user already has a token of this name, which TrueFoundry may not show to the provider. Set another name or another name_prefix. If an earlier apply was interrupted, it may have left the token behind, and nobody knows its secret: ask the user to delete it."}
	}
	return nil
}

const adviceKey = "set api_key to the key of a virtual account that has the role of a tenant administrator."
