package truefoundry

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// checkName warns of a name that another account has, while it is still a plan; the creation refuses it. An error in the plan that
// Terraform makes again while it applies would keep a replaced account from being put back. It asks for the one list that all objects
// share, which also tries the key, and then whether the tenant has an account that the list does not show.
func (r *virtualAccountResource) checkName(ctx context.Context, client *api.Client, plan virtualAccountModel) diag.Diagnostics {
	var diags diag.Diagnostics
	name, at := plan.Name.ValueString(), path.Root("name")
	isPlannedAgain := name != "" && r.Connection().Count("name "+name, 1) > 1
	all, err := client.ListVirtualAccounts(ctx)
	exists, left := false, named(all, name)
	if err == nil && len(left) == 0 && name != "" && !isPlannedAgain && r.Connection().Count("names asked for while planning", 1) <= namesAskedFor {
		exists, err = client.VirtualAccountExists(ctx, name)
	}
	switch {
	case err != nil:
		if !r.Shared(err) {
			diags.Append(r.Failure(system.Create, err))
		}
	case isPlannedAgain:
		diags.AddAttributeWarning(at, "Two TrueFoundry virtual accounts have one name",
			fmt.Sprintf("Two resources of this configuration create a virtual account named %q, and TrueFoundry allows only one account of a name. Applying this plan creates one of them and fails for the other. Give them different names.", name))
	case len(left) > 0 && !r.Connection().Remembers(left[0].ID):
		// An account that is in a state will be gone: its replacement is being planned.
		diags.AddAttributeWarning(at, nameIsTaken, nameTaken(left[0], false).Error()+". Applying this plan fails.")
	case exists:
		diags.AddAttributeWarning(at, nameIsTaken, nameHidden(name).Error()+". Applying this plan fails.")
	}
	return diags
}

// namesAskedFor is how many names a run asks the whole tenant for while it plans.
const namesAskedFor = 5

const nameIsTaken = "The name is taken by another TrueFoundry virtual account"

// nameTaken is about an account that exists; isManaged is set where a resource of this run has it in its state.
func nameTaken(account api.ServiceAccount, isManaged bool) error {
	advice := "Choose another name, or, if no other resource manages the one that exists, import it: terraform import <the resource's address> " + account.ID
	if isManaged {
		advice = "Another resource of this configuration manages it. Choose another name for one of the two"
	}
	return fmt.Errorf("%q is the name of a virtual account that exists, with the id %s. Creating it again would take it over. %s. "+
		"If this plan is to replace that account, remove create_before_destroy, because TrueFoundry allows only one account of a name", account.Name, account.ID, advice)
}

// nameHidden is about an account that exists and that the list does not show.
func nameHidden(name string) error {
	return fmt.Errorf("%q is the name of a virtual account in the tenant that the provider's key cannot see. Creating it again would take it over. Choose another name, or use the key of a user who can see that account and import it", name)
}
