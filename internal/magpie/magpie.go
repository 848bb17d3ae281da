// Package magpie adds Silectis Magpie to the provider. Its one exported name is [System].
package magpie

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const (
	name  = "magpie"
	title = "Silectis Magpie"
)

// System is Silectis Magpie.
func System() system.System {
	return system.System{
		Name:      name,
		Title:     title,
		Variables: []string{envBaseURL, envAccessToken, envUsername, envPassword},
		Block:     block(),
		Connect:   connect,
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
	}
}
