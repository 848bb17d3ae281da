package sailpoint

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
)

// Check implements [lifecycle.Checker]: it says what the tenant would make of a plan, while it is still one.
func (k personalAccessTokenKind) Check(_ context.Context, p lifecycle.Planning[*personalAccessTokenModel], action rotation.Action) diag.Diagnostics {
	config, state := p.Config, p.State
	var diags diag.Diagnostics
	if action != rotation.Keep || !state.ExpiresAt.IsNull() {
		diags = k.checkContract(config)
	}
	switch {
	case action == rotation.Keep:
		if k.isUndecided(config) && deniesNever(config) && state.ExpiresAt.IsNull() && !p.Plan.ExpiresAt.IsUnknown() {
			diags.Append(undecided(k.version()))
		}
		if overlap := p.Plan.Overlap; overlap.IsNull() && widens(config, state) {
			diags.Append(warnOfReplacement(state))
		}
		return diags
	case action == rotation.Create && k.isUndecided(config):
		diags.Append(undecided(k.version()))
	}
	if lifetime, ok := rotation.Duration(config.Lifetime); ok && !k.version().PatchesExpiry() && lifetime > sixMonthsMax {
		diags.AddAttributeWarning(path.Root("lifetime"), "The lifetime is longer than API version "+string(k.version())+" documents",
			"With "+string(k.version())+" a token expires after six months at the latest, so SailPoint will probably refuse to mint this one. For longer lifetimes set api_version to v1, v2026 or v2025.")
	}
	// Terraform shows what the first plan of a replacement says, which is the one that still knows the token.
	if config.Scope.IsNull() && (state == nil || state.hasAllRights()) {
		diags.AddAttributeWarning(path.Root("scope"), "The token will have all rights of its owner",
			"Without scope, SailPoint mints a token with "+scopeAll+", all rights of its owner. Set scope to the scopes that the token requires.")
	}
	return diags
}

// Refuse implements [lifecycle.Refuser]: nobody decides about the next token's expiry, or about rights that the previous token does not have.
func (k personalAccessTokenKind) Refuse(config, state *personalAccessTokenModel, action rotation.Action) diag.Diagnostics {
	var diags diag.Diagnostics
	if k.isUndecided(config) {
		diags.Append(undecided(k.version()))
	}
	has := "the scopes " + state.Scope.String()
	if len(state.Scope.Elements()) == 0 {
		// There is nothing that a rotation in place could keep.
		has = "no scopes at all"
	} else if action == rotation.RotateInPlace {
		return diags
	}
	if widens(config, state) {
		diags.AddAttributeError(path.Root("scope"), "The new token would have more rights than the previous one",
			"The previous token has "+has+". The configuration sets no scope, so SailPoint would mint the new token with "+scopeAll+
				", all rights of its owner. Set scope to what the token requires, or to [\""+scopeAll+"\"] if that is intended.")
	}
	return diags
}

// widens reports that a token which is minted with a configuration would have more rights than the state's.
func widens(config, state *personalAccessTokenModel) bool {
	return config.Scope.IsNull() && !state.hasAllRights()
}

// warnOfReplacement warns while the token is kept: a replacement that Terraform is told to make looks like a creation.
func warnOfReplacement(state *personalAccessTokenModel) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("scope"), "A replacement would have more rights than the token",
		"The token "+state.Name.ValueString()+" has the scopes "+state.Scope.String()+", which it keeps although the configuration sets no scope. A replacement would get "+scopeAll+
			", all rights of its owner. The provider refuses the replacements that it plans itself, such as that of an expired token, but not one that Terraform is told to make (terraform apply -replace, replace_triggered_by). "+
			"Set scope to what the token requires.")
}

// isUndecided reports a configuration with which no token can be minted, because it does not say when that would expire.
func (k personalAccessTokenKind) isUndecided(config *personalAccessTokenModel) bool {
	return k.version().PatchesExpiry() && config.Lifetime.IsNull() && config.ExpiresAt.IsNull() && !config.NeverExpires.IsUnknown() && !config.NeverExpires.ValueBool()
}

func undecided(version api.Version) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("lifetime"), "How long the token lives is not set",
		`API version `+string(version)+` mints no token without a decision about its expiry. Set one of lifetime (such as "90d"), expires_at (an RFC 3339 time) or never_expires = true.`)
}

// deniesNever reports a configuration that says never_expires = false.
func deniesNever(config *personalAccessTokenModel) bool {
	return !config.NeverExpires.IsNull() && !config.NeverExpires.IsUnknown() && !config.NeverExpires.ValueBool()
}

func (k personalAccessTokenKind) checkContract(config *personalAccessTokenModel) diag.Diagnostics {
	var diags diag.Diagnostics
	version := k.version()
	if config.NeverExpires.ValueBool() && !version.PatchesExpiry() {
		diags.AddAttributeError(path.Root("never_expires"), "With API version "+string(version)+" every token expires",
			"Tokens that never expire require api_version v1, v2026 or v2025. With "+string(version)+" a token expires after six months at the latest: set lifetime or expires_at, or leave out both for six months.")
	}
	return diags
}
