// Package sailpoint adds SailPoint Identity Security Cloud to the provider. Its one exported name is [System].
package sailpoint

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const (
	name  = "sailpoint"
	title = "SailPoint Identity Security Cloud"
)

// System is SailPoint Identity Security Cloud.
func System() system.System {
	return system.System{
		Name:      name,
		Title:     title,
		Variables: []string{envBaseURL, envClientID, envClientSecret},
		Block:     block(),
		Connect:   connect,
		Resources: []func() resource.Resource{
			newPersonalAccessTokenResource,
		},
		DataSources: []func() datasource.DataSource{
			newPersonalAccessTokenDataSource,
			newPersonalAccessTokensDataSource,
		},
	}
}
