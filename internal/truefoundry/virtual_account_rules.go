package truefoundry

import (
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// The rules of a configuration that the schema does not express.

// checkPolicy refuses rotate_before_expiry where it would rotate in every run, and it and rotate_after beside TrueFoundry's own rotation.
func checkPolicy(config virtualAccountModel) diag.Diagnostics {
	var diags diag.Diagnostics
	at := path.Root("rotate_before_expiry")
	if !config.RotateBeforeExpiry.IsNull() && isKnown(config.ExpirationDate) {
		diags.AddAttributeError(at, "The token would be rotated in every run",
			"With expiration_date every token of the account expires on the same day, a new one as soon as the previous one. "+
				"Remove "+at.String()+", and set a later expiration_date in time; or remove expiration_date.")
	}
	for name, value := range map[string]rotation.DurationText{"rotate_before_expiry": config.RotateBeforeExpiry, "rotate_after": config.RotateAfter} {
		at := path.Root(name)
		if !value.IsNull() && isKnown(config.AutoRotate) {
			diags.AddAttributeError(at, "TrueFoundry rotates the token by itself",
				"With auto_rotate the control plane rotates the token, and "+name+" would rotate it, too. Set one of the two.")
		}
		if !value.IsNull() && config.hasMapping() {
			diags.AddAttributeWarning(at, name+" has no effect",
				"TrueFoundry issues no new token for an account that has an identity_provider_mapping, so "+name+" does not rotate its token. Remove one of the two.")
		}
	}
	return diags
}

// overlapMax is the longest grace period of the vendor's API.
const overlapMax = 365 * 24 * time.Hour

// checkOverlap refuses a grace period that TrueFoundry does not grant.
func checkOverlap(overlap rotation.DurationText) diag.Diagnostics {
	var diags diag.Diagnostics
	if length, isSet := rotation.Duration(overlap); isSet && length > overlapMax {
		diags.AddAttributeError(path.Root("overlap"), "The overlap is too long",
			`Attribute overlap must not be longer than "365d", which is TrueFoundry's longest grace period, got "`+overlap.ValueString()+`".`)
	}
	return diags
}

// checkPermissions refuses an empty list, which TrueFoundry refuses, and which would revoke nothing.
func checkPermissions(permissions types.Set) diag.Diagnostics {
	var diags diag.Diagnostics
	if isKnown(permissions) && len(permissions.Elements()) == 0 {
		diags.AddAttributeError(path.Root(permissionsAttribute), "No permissions",
			"Attribute permissions must not be empty: TrueFoundry refuses an empty list. Remove the argument to leave the account's access as it is. "+
				"To take all access away, remove the account's role bindings in TrueFoundry, or destroy the account.")
	}
	return diags
}

// checkTarget refuses recipients that the kind of notification does not have, and the lack of those that it needs.
func checkTarget(target types.Object) diag.Diagnostics {
	var diags diag.Diagnostics
	kind, _ := target.Attributes()["type"].(types.String)
	if !isKnown(target) || !isKnown(kind) {
		return diags
	}
	at := path.Root("notification_target")
	for argument, wanted := range map[string]string{"to_emails": targetEmail, "channels": targetSlackBot} {
		value := target.Attributes()[argument]
		switch {
		case value.IsNull() && kind.ValueString() == wanted:
			diags.AddAttributeError(at.AtName(argument), "Missing recipients", `A notification target of the type "`+wanted+`" needs `+argument+".")
		case !value.IsNull() && kind.ValueString() != wanted:
			diags.AddAttributeError(at.AtName(argument), "Invalid recipients",
				"Only a notification target of the type \""+wanted+"\" has "+argument+", got \""+kind.ValueString()+"\".")
		}
	}
	return diags
}

// checkStore refuses a place for the token that is not one of the two.
func checkStore(store types.Object) diag.Diagnostics {
	var diags diag.Diagnostics
	if !isKnown(store) {
		return diags
	}
	given := store.Attributes()
	isSet := func(name string) bool { return !given[name].IsNull() }
	outside, group := slices.ContainsFunc(storePath(), isSet), slices.ContainsFunc(storeGroup(), isSet)
	form := storePath()
	if group {
		form = storeGroup()
	}
	at := path.Root("secret_store_config")
	if outside == group {
		diags.AddAttributeError(at, "Invalid secret store",
			"Attribute secret_store_config must have either integration_fqn and secret_path, for a secret store that is integrated with TrueFoundry, or secret_group and key, for one of TrueFoundry's own secret groups.")
		return diags
	}
	for _, name := range form {
		if !isSet(name) {
			diags.AddAttributeError(at.AtName(name), "Incomplete secret store", "Attribute secret_store_config must have both "+form[0]+" and "+form[1]+".")
		}
	}
	return diags
}

// storePath and storeGroup are the two forms of secret_store_config.
func storePath() []string { return []string{"integration_fqn", "secret_path"} }

func storeGroup() []string { return []string{"secret_group", "key"} }

// checkDay refuses what is no day of the calendar.
func checkDay(day types.String) diag.Diagnostics {
	var diags diag.Diagnostics
	if _, err := time.Parse(time.DateOnly, day.ValueString()); isKnown(day) && err != nil {
		diags.AddAttributeError(path.Root("expiration_date"), "Invalid day",
			`Attribute expiration_date must be a day in the form yyyy-mm-dd, such as "2030-01-31", got "`+day.ValueString()+`".`)
	}
	return diags
}
