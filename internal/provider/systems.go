package provider

import (
	"github.com/tokenmint/terraform-provider-mint/internal/magpie"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry"
)

// systems is the one list of what this provider speaks to. To add a system: write its folder beside internal/sailpoint, with
// one exported function System, and add its line here. The provider block, the registration, the documentation and the
// conformance tests follow by themselves.
func systems() []system.System {
	return []system.System{
		sailpoint.System(),
		magpie.System(),
		truefoundry.System(),
	}
}
