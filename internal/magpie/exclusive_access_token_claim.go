package magpie

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// claim refuses the plan of a second resource that owns the tokens of an account, whichever of the two is planned first, and warns of two
// that are both in the state already; the state is nil for one that is created. It is an error of the plan, because the apply could not
// know: there, Terraform asks the provider nothing about a resource that does not change. The second half of a replacement has no state,
// but the record of the first, which has been claimed.
func claim(client *api.Client, plan exclusiveModel, state *exclusiveModel, record rotation.Record) diag.Diagnostics {
	if client == nil || plan.UserName.IsUnknown() {
		return nil
	}
	user := plan.UserName.ValueString()
	// A mint and an import remember it. Without it the two halves of a replacement could not be told from two resources.
	hasRecord := record.Tenant != ""
	isContested, isShared := false, false
	switch {
	case (state == nil) == hasRecord:
		// Either the first half of a replacement has claimed, or there may be a second half that will.
	case state == nil || !plan.UserName.Equal(state.UserName):
		isContested = client.ClaimCreated(api.Account(user))
	default:
		isContested, isShared = client.ClaimKept(api.Account(user), state.ID.ValueString())
	}
	at, summary := path.Root("user_name"), "More than one resource owns the tokens of "+user
	const advice = "Keep one, and remove the others from the configuration. For several tokens side by side, use mint_magpie_service_account_access_token."
	switch {
	case isContested:
	case isShared:
		// No error: it would also keep them from being destroyed.
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, summary,
			"The state has more than one mint_magpie_service_account_exclusive_access_token for the service account "+user+". Whichever of them rotates next deletes the token of the others. "+advice)}
	default:
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, summary,
		"The configuration has more than one mint_magpie_service_account_exclusive_access_token for the service account "+user+". Each of them would delete the tokens of the others when it is created, and at every rotation. "+advice)}
}

// warnOfOthers warns of the tokens that a rotation deletes beside the resource's own; the state is nil for one that is created.
func (r *exclusiveResource) warnOfOthers(ctx context.Context, client *api.Client, plan exclusiveModel, state *exclusiveModel, record rotation.Record) diag.Diagnostics {
	at, user := path.Root("user_name"), plan.UserName.ValueString()
	const deletes = "Applying this plan calls Magpie's rotate endpoint, which deletes every token of the service account and mints a new one. "
	switch {
	case plan.UserName.IsUnknown():
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, "Other tokens of the service account may be deleted", deletes+"The provider cannot list them, because user_name is not known yet."+
			" The token of another mint_magpie_service_account_exclusive_access_token for the same account would be deleted, too.")}
	case client == nil:
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, "Other tokens of "+user+" may be deleted", deletes+"The provider cannot list them, because the provider's configuration is not known yet.")}
	}
	all, err := client.List(ctx, api.Account(user))
	switch {
	case isGone(err):
		if missing := noAccount(user); r.Connection().FirstNotice(missing.Summary()) {
			return diag.Diagnostics{missing}
		}
		return nil
	case err != nil:
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, "Other tokens of "+user+" may be deleted", deletes+"The provider cannot list them, because the tokens could not be listed: "+err.Error())}
	}
	own := client.Stored(api.Account(user))
	if state != nil {
		if token := state.pick(all, record); token != nil {
			own[token.ID] = true
		}
	}
	others := slices.DeleteFunc(slices.Clone(all), func(t api.AccessToken) bool {
		return own[t.ID] || rotation.Expired(t.Expires.At, client.Now())
	})
	if len(others) == 0 {
		return nil
	}
	// The account is in the summary, because Terraform shows only the first of several warnings with one summary.
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, "Other tokens of "+user+" will be deleted",
		deletes+"These tokens are not known to belong to this resource: "+listed(others)+". Whoever uses one of them loses access. To keep them, use mint_magpie_service_account_access_token instead.")}
}
