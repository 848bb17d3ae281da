// Package sailpoint adds SailPoint Identity Security Cloud to the provider. Its one exported name is [System].
package sailpoint

import (
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const name = "sailpoint"

// System is SailPoint Identity Security Cloud.
func System() system.System {
	return system.System{
		Name:    name,
		Title:   "SailPoint Identity Security Cloud",
		Block:   block(),
		Connect: connect,
		Resources: []func() resource.Resource{
			newPersonalAccessTokenResource,
		},
		DataSources: []func() datasource.DataSource{
			newPersonalAccessTokenDataSource,
			newPersonalAccessTokensDataSource,
		},
		EphemeralResources: []func() ephemeral.EphemeralResource{newPersonalAccessTokenEphemeral},
		ListResources:      []func() list.ListResource{newPersonalAccessTokenList},
		Actions:            []func() action.Action{newRevokePersonalAccessTokens, newExpirePersonalAccessTokens},
		Inventory:          []system.Inventory{inventory()},
	}
}

// block declares the arguments. The environment variables are those of the vendor's own tools.
func block() system.Block {
	return system.Block{
		Description: "SailPoint Identity Security Cloud. The provider authenticates with a personal access token of the identity whose tokens it manages, because a personal access token always belongs to the identity that creates it.",
		BaseURL: system.Argument{
			Variable: "SAIL_BASE_URL", Description: "The tenant's API host, such as `https://acme.api.identitynow.com`.",
		},
		Arguments: []system.Argument{
			{
				Name: "client_id", Variable: "SAIL_CLIENT_ID",
				Description: "The id of the personal access token that the provider authenticates with.",
			},
			{Name: "client_secret", Variable: "SAIL_CLIENT_SECRET", Secret: true, Description: "The secret of the personal access token that the provider authenticates with."},
			{
				Name: "api_version", Default: string(api.V1), OneOf: api.Versions(),
				Description: "The version of the API: `v1`, `v2026`, `v2025`, `v2024`, `v3` or `beta`. Default `v1`. With `v2024`, `v3` and `beta` every token expires after six months at the latest, its expiry cannot be changed, and `never_expires` is not available.",
			},
		},
	}
}

func connect(values system.Values) any {
	return api.New(api.Config{
		ClientID: values.Text("client_id"), ClientSecret: values.Secret("client_secret"),
		Version: api.Version(values.Text("api_version")), HTTP: values.HTTP,
	})
}
