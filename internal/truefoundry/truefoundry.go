// Package truefoundry adds TrueFoundry to the provider. Its one exported name is [System].
package truefoundry

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const (
	name  = "truefoundry"
	title = "TrueFoundry"
)

// System is TrueFoundry.
func System() system.System { return patient(lookDelays()) }

// patient is the system with its pauses.
func patient(delays []time.Duration) system.System {
	return system.System{
		Name:      name,
		Title:     title,
		Variables: []string{envBaseURL, envAPIKey},
		Block:     block(),
		Connect: func(ctx context.Context, block types.Object, settings system.Settings) system.Connection {
			return connect(ctx, block, settings, delays)
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
	}
}
