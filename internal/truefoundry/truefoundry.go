// Package truefoundry adds TrueFoundry to the provider. Its one exported name is [System].
package truefoundry

import (
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

const name = "truefoundry"

// System is TrueFoundry.
func System() system.System {
	return system.System{
		Name:  name,
		Title: "TrueFoundry",
		Block: block(),
		Connect: func(values system.Values) any {
			return api.New(api.Config{APIKey: values.Secret("api_key"), HTTP: values.HTTP})
		},
		Resources: []func() resource.Resource{
			newPersonalAccessTokenResource,
			newVirtualAccountResource,
		},
		DataSources: []func() datasource.DataSource{
			newPersonalAccessTokenDataSource,
			newPersonalAccessTokensDataSource,
			newVirtualAccountDataSource,
			newVirtualAccountsDataSource,
		},
		EphemeralResources: []func() ephemeral.EphemeralResource{newPersonalAccessTokenEphemeral, newVirtualAccountTokenEphemeral},
		ListResources:      []func() list.ListResource{newPersonalAccessTokenList, newVirtualAccountList},
		Actions: []func() action.Action{
			newRevokePersonalAccessTokens,
			newRevokeUserPersonalAccessTokens,
			newSyncVirtualAccountToken,
			newRevokeVirtualAccountToken,
		},
		Inventory: []system.Inventory{personalAccessTokenInventory(), virtualAccountInventory()},
	}
}

// block declares the arguments. The environment variables are those of the vendor's command line.
func block() system.Block {
	return system.Block{
		Description: "TrueFoundry. Personal access tokens belong to the user whose key the provider uses, unless `user_email` names another user. Virtual accounts require a tenant administrator's key, or one with a role that may manage them.",
		BaseURL: system.Argument{
			Variable: "TFY_HOST", Description: "The control plane's host, such as `https://acme.truefoundry.cloud`, not the gateway's.",
		},
		Arguments: []system.Argument{
			{Name: "api_key", Variable: "TFY_API_KEY", Secret: true, Description: "A personal access token, or the token of a virtual account. Newer control planes do not let a personal access token create personal access tokens. For those, use the token of a virtual account that has the role of a tenant administrator."},
		},
	}
}
