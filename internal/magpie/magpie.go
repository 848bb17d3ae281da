// Package magpie adds Silectis Magpie to the provider. Its one exported name is [System].
package magpie

import (
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const name = "magpie"

// System is Silectis Magpie.
func System() system.System {
	return system.System{
		Name:    name,
		Title:   "Silectis Magpie",
		Block:   block(),
		Connect: connect,
		Resources: []func() resource.Resource{
			newPersonalAccessTokenResource,
			newServiceAccountAccessTokenResource,
			newServiceAccountExclusiveAccessTokenResource,
		},
		DataSources: []func() datasource.DataSource{
			newPersonalAccessTokenDataSource,
			newPersonalAccessTokensDataSource,
			newServiceAccountAccessTokenDataSource,
			newServiceAccountAccessTokensDataSource,
		},
		EphemeralResources: []func() ephemeral.EphemeralResource{newPersonalAccessTokenEphemeral, newServiceAccountAccessTokenEphemeral},
		ListResources:      []func() list.ListResource{newPersonalAccessTokenList, newServiceAccountAccessTokenList},
		Actions:            []func() action.Action{newRevokePersonalAccessTokens, newRevokeServiceAccountAccessTokens, newDisableAccessTokens},
		Inventory:          []system.Inventory{personalInventory(), serviceInventory()},
	}
}

// block declares the arguments. A session token has no environment variable: it lasts too short a time to be kept in one.
func block() system.Block {
	return system.Block{
		Description: "Silectis Magpie. Set exactly one way to log in: `access_token`, `username` with `password`, or `session_token`. The provider logs in once per run, when a Magpie object first needs it. It never repeats a login that was refused, because Magpie locks an account after ten wrong passwords in a row.",
		BaseURL: system.Argument{
			Variable: "MAGPIE_BASE_URL", Description: "The organization's host, such as `https://acme.silect.is`.",
		},
		Arguments: []system.Argument{
			{
				Name: "access_token", Variable: "MAGPIE_ACCESS_TOKEN", Secret: true,
				Description: "An access token to log in with. To manage the tokens of service accounts, use an organization admin's.",
			},
			{
				Name: "username", Variable: "MAGPIE_USERNAME",
				Description: "The user name to log in with, usually an e-mail address.",
			},
			{Name: "password", Variable: "MAGPIE_PASSWORD", Secret: true, Description: "The password of the user in `username`."},
			{
				Name: "session_token", Secret: true,
				Description: "The token of an existing session, for organizations with single sign-on. When the session expires, the run fails, because the provider cannot renew it.",
			},
		},
		Logins: [][]string{{"access_token"}, {"username", "password"}, {"session_token"}},
	}
}

func connect(values system.Values) any {
	return api.New(api.Config{
		Credential: api.Credential{
			AccessToken: values.Secret("access_token"),
			Username:    values.Text("username"), Password: values.Secret("password"),
			SessionToken: values.Secret("session_token"),
		},
		HTTP: values.HTTP,
	})
}
