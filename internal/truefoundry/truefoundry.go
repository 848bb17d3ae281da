// Package truefoundry adds TrueFoundry to the provider. Its one exported name is [System].
package truefoundry

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const (
	name  = "truefoundry"
	title = "TrueFoundry"
)

// System is TrueFoundry.
func System() system.System {
	return system.System{
		Name:      name,
		Title:     title,
		Variables: []string{envBaseURL, envAPIKey},
		Block:     block(),
		Connect:   connect,
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
	}
}
