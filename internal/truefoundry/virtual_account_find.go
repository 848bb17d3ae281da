package truefoundry

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// Objects that are about an account which exists name it by its id or its name.

// accountKey is how such an object names the account.
type accountKey struct {
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`
}

// accountKeyRules hold a configuration to exactly one of the two.
func accountKeyRules() []validator.String {
	return []validator.String{stringvalidator.LengthAtLeast(1), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))}
}

const (
	accountIDArgument   = "The account's id. Exactly one of `id` and `name` must be set."
	accountNameArgument = "The account's name."
)

// find reads the account as it is now: the run's one list may be older than its active token.
func (k accountKey) find(ctx context.Context, client *api.Client) (*api.ServiceAccount, diag.Diagnostic, error) {
	id := k.ID.ValueString()
	if k.ID.IsNull() {
		all, err := client.ListVirtualAccounts(ctx)
		if err != nil {
			return nil, nil, err
		}
		left := named(all, k.Name.ValueString())
		if len(left) != 1 {
			return nil, diag.NewAttributeErrorDiagnostic(path.Root("name"), "No such "+virtualAccountNoun.Words,
				fmt.Sprintf("None of the %d virtual accounts that the provider's key can see is named %q.", len(all), k.Name.ValueString())), nil
		}
		id = left[0].ID
	}
	account, err := client.GetVirtualAccount(ctx, id)
	if rest.IsNotFound(err) {
		return nil, diag.NewAttributeErrorDiagnostic(path.Root(k.argument()), "No such "+virtualAccountNoun.Words,
			fmt.Sprintf("There is no virtual account with the id %q that the provider's key can see. Check the id, and that the key may manage the account.", id)), nil
	}
	return account, nil, err
}

// argument is the one of the two that names the account.
func (k accountKey) argument() string {
	if k.ID.IsNull() {
		return "name"
	}
	return "id"
}

// called names an account for a message.
func called(account *api.ServiceAccount) string { return account.Name + " (" + account.ID + ")" }

// isActive reports whether an issued token is the active one of an account.
func isActive(account *api.ServiceAccount, jwtID string) bool {
	return account.JWTID != nil && *account.JWTID == jwtID
}
