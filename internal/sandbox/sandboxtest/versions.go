package sandboxtest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tokenmint/terraform-provider-mint/internal/engine"
)

// Ephemerals skips an acceptance test where Terraform has no ephemeral resources.
func Ephemerals() []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)}
}

// Identities skips an acceptance test where Terraform has no identities of resources.
func Identities() []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)}
}

// Queries skips an acceptance test where Terraform has no queries, for which list resources are.
func Queries() []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0), terraformAlone{"queries"}}
}

// Actions skips an acceptance test where Terraform has no actions.
func Actions() []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0), terraformAlone{"actions"}}
}

// terraformAlone skips a test on OpenTofu, whose version numbers say nothing about what it has of Terraform's later releases.
type terraformAlone struct{ lacks string }

// CheckTerraformVersion implements [tfversion.TerraformVersionCheck].
func (c terraformAlone) CheckTerraformVersion(
	ctx context.Context, _ tfversion.CheckTerraformVersionRequest, resp *tfversion.CheckTerraformVersionResponse,
) {
	path := engine.Installed()
	if path == "" {
		// The test library has fetched one, which is Terraform.
		return
	}
	is, err := engine.IsOpenTofu(ctx, path)
	if resp.Error = err; is {
		resp.Skip = "OpenTofu has no " + c.lacks
	}
}
