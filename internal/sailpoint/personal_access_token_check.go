package sailpoint

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
)

// Check implements [lifecycle.Checker]: it refuses what the tenant would refuse, while it is still a plan.
func (k personalAccessTokenKind) Check(p lifecycle.Planning[*personalAccessTokenModel], action rotation.Action) diag.Diagnostics {
	version, config := k.version(), p.Config
	var diags diag.Diagnostics
	if action != rotation.Keep || !p.State.ExpiresAt.IsNull() {
		diags = checkContract(config, version)
	}
	isUndecided := version.PatchesExpiry() && config.Lifetime.IsNull() && config.ExpiresAt.IsNull()
	switch {
	case action == rotation.Create:
		diags.Append(checkMint(config, version, isUndecided)...)
		if config.Scope.IsNull() {
			diags.Append(warnOfAllRights())
		}
	case action == rotation.Replace:
		diags.Append(checkReplacement(config, p.State)...)
	case action == rotation.RotateInPlace:
		diags.Append(checkMint(config, version, isUndecided)...)
		diags.Append(checkNext(config, p.State)...)
	case isUndecided && deniesNever(config) && p.State.ExpiresAt.IsNull() && !p.Plan.ExpiresAt.IsUnknown():
		diags.Append(undecided(version))
	}
	return diags
}

// checkMint refuses what the tenant would refuse of a token that is minted for whatever reason.
func checkMint(config *personalAccessTokenModel, version api.Version, isUndecided bool) diag.Diagnostics {
	var diags diag.Diagnostics
	if isUndecided && !config.NeverExpires.IsUnknown() && !config.NeverExpires.ValueBool() {
		diags.Append(undecided(version))
	}
	if lifetime, ok := rotation.Duration(config.Lifetime); ok && !version.PatchesExpiry() && lifetime > sixMonthsMax {
		diags.AddAttributeWarning(path.Root("lifetime"), "The lifetime is longer than API version "+string(version)+" documents",
			"With "+string(version)+" a token expires after six months at the latest, so SailPoint will probably refuse to mint this one. Use api_version v1, v2026 or v2025 for longer lifetimes.")
	}
	return diags
}

func warnOfAllRights() diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("scope"), "The token will have all rights of its owner",
		"Without scope, SailPoint mints a token with "+scopeAll+". List the scopes that it requires.")
}

// moreRights refuses a new token that would have more rights than the one it follows.
func moreRights(token string) diag.Diagnostics {
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("scope"), "The new token would have more rights than the previous one",
		"The token that is "+token+". The configuration sets no scope, so SailPoint would mint the new token with "+scopeAll+
			", all rights of its owner. Set scope to what the token requires, or to [\""+scopeAll+"\"] if that is intended.")}
}

// checkReplacement says what a replacement without the argument scope does to the token's rights. Terraform shows what the first
// of its plans says about a replacement, which is the one that still knows the token.
func checkReplacement(config, state *personalAccessTokenModel) diag.Diagnostics {
	switch {
	case !config.Scope.IsNull():
		return nil
	case state.hasAllRights():
		return diag.Diagnostics{warnOfAllRights()}
	}
	return moreRights("replaced has the scopes " + state.Scope.String())
}

// checkNext refuses a rotation in place that could not keep the scopes of the token, and warns of one that keeps all rights.
func checkNext(config, state *personalAccessTokenModel) diag.Diagnostics {
	switch {
	case !config.Scope.IsNull():
		return nil
	case state.hasAllRights():
		return diag.Diagnostics{warnOfAllRights()}
	case len(state.Scope.Elements()) == 0:
		return moreRights("rotated has no scopes at all")
	}
	return nil
}

func undecided(version api.Version) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("lifetime"), "How long the token lives is not set",
		`API version `+string(version)+` mints no token without a decision about its expiry. Set one of lifetime (such as "2160h"), expires_at (an RFC 3339 time) or never_expires = true.`)
}

// deniesNever reports a configuration that says never_expires = false.
func deniesNever(config *personalAccessTokenModel) bool {
	return !config.NeverExpires.IsNull() && !config.NeverExpires.IsUnknown() && !config.NeverExpires.ValueBool()
}

func checkContract(config *personalAccessTokenModel, version api.Version) diag.Diagnostics {
	var diags diag.Diagnostics
	if config.NeverExpires.ValueBool() && !version.PatchesExpiry() {
		diags.AddAttributeError(path.Root("never_expires"), "With API version "+string(version)+" every token expires",
			"Tokens that never expire require api_version v1, v2026 or v2025. With "+string(version)+" a token expires after six months at the latest: set lifetime or expires_at, or neither for six months.")
	}
	return diags
}
