package sailpoint

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// checkCreation refuses what the tenant would refuse, while it is still a plan.
func checkCreation(config personalAccessTokenModel, version api.Version) diag.Diagnostics {
	diags := checkMint(config, version)
	if config.Scope.IsNull() {
		diags.Append(warnOfAllRights())
	}
	lifetime, _ := rotation.Duration(config.Lifetime)
	diags.Append(rotation.CheckLead(config.Rotating, lifetime)...)
	return diags
}

// checkMint refuses what the tenant would refuse of a token that is minted for this or that reason.
func checkMint(config personalAccessTokenModel, version api.Version) diag.Diagnostics {
	diags := checkContract(config, version)
	none := config.Lifetime.IsNull() && config.ExpiresAt.IsNull() && !config.NeverExpires.IsUnknown() && !config.NeverExpires.ValueBool()
	if version.PatchesExpiry() && none {
		diags.Append(undecided(version))
	}
	if lifetime, ok := rotation.Duration(config.Lifetime); ok && !version.PatchesExpiry() && lifetime > sixMonthsMax {
		diags.AddAttributeWarning(path.Root("lifetime"), "The lifetime is longer than API version "+string(version)+" documents",
			"With "+string(version)+" a token ends after six months at the latest, so SailPoint will probably refuse to mint this one. Use api_version v1, v2026 or v2025 for longer lifetimes.")
	}
	return diags
}

func warnOfAllRights() diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("scope"), "The token will have all rights of its owner",
		"Without scope, SailPoint mints a token with "+scopeAll+". List the scopes that it needs.")
}

// widened says what a replacement without the argument scope does to the token's rights. Terraform shows what the first of its
// plans says about a replacement, which is the one that still knows the token: the one that creates the new token stays unheard.
func widened(config, state personalAccessTokenModel) diag.Diagnostic {
	if !config.Scope.IsNull() {
		return nil
	}
	if state.Scope.IsNull() || state.Scope.Equal(scopeValue([]string{scopeAll})) {
		return warnOfAllRights()
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("scope"), "The replacement would have more rights than the token",
		"The token is to be replaced, and has the scopes "+state.Scope.String()+". The configuration names none, so SailPoint would mint the new one with "+scopeAll+
			", all rights of its owner. Name the scopes that it needs; \""+scopeAll+"\" if that is meant.")
}

// unkept refuses a rotation in place that could not keep the scopes of the token, and warns of one that keeps all rights.
func unkept(config, state personalAccessTokenModel) diag.Diagnostic {
	switch {
	case !config.Scope.IsNull():
		return nil
	case state.Scope.IsNull() || state.Scope.Equal(scopeValue([]string{scopeAll})):
		return warnOfAllRights()
	case len(state.Scope.Elements()) == 0:
		return diag.NewAttributeErrorDiagnostic(path.Root("scope"), "The next generation would have more rights than the token",
			"The token is to be rotated, and has no scopes at all. The configuration names none, so SailPoint would mint the next one with "+scopeAll+
				", all rights of its owner. Name the scopes that it needs; \""+scopeAll+"\" if that is meant.")
	}
	return nil
}

func undecided(version api.Version) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("lifetime"), "How long the token lives is not said",
		`API version `+string(version)+` mints no token without a decision about its end. Set one of lifetime (such as "2160h"), expires_at (an RFC 3339 time) or never_expires = true.`)
}

// deniesNever reports a configuration that denies never_expires and says nothing else about the end.
func (m *personalAccessTokenModel) deniesNever() bool {
	return !m.NeverExpires.IsNull() && !m.NeverExpires.IsUnknown() && !m.NeverExpires.ValueBool() && m.Lifetime.IsNull() && m.ExpiresAt.IsNull()
}

func checkContract(config personalAccessTokenModel, version api.Version) diag.Diagnostics {
	var diags diag.Diagnostics
	if config.NeverExpires.ValueBool() && !version.PatchesExpiry() {
		diags.AddAttributeError(path.Root("never_expires"), "API version "+string(version)+" ends every token",
			"Tokens that never expire need api_version v1, v2026 or v2025. With "+string(version)+" a token ends after six months at the latest: set lifetime or expires_at, or neither for six months.")
	}
	return diags
}

// checkConnection tries the credentials while it is still a plan, so that a run that cannot mint ends with one error before it
// begins. A credential that has been reported is not reported again.
func (r *personalAccessTokenResource) checkConnection(ctx context.Context, client *api.Client, config personalAccessTokenModel) diag.Diagnostics {
	var diags diag.Diagnostics
	if err := client.Ready(ctx); err != nil {
		if !r.Shared(err) {
			diags.Append(r.Failure(system.Create, err))
		}
		return diags
	}
	if at := rotation.Instant(config.ExpiresAt); rotation.Expired(at, client.Now()) {
		diags.Append(rotation.InThePast(path.Root("expires_at"), *at))
	}
	return diags
}

// checkChange refuses an end that has passed: the tenant takes future ones only.
func checkChange(plan, state, config personalAccessTokenModel, version api.Version, now time.Time) diag.Diagnostics {
	diags := checkContract(config, version)
	if version.PatchesExpiry() && config.deniesNever() && state.ExpiresAt.IsNull() && !plan.ExpiresAt.IsUnknown() {
		diags.Append(undecided(version))
	}
	at := rotation.Instant(config.ExpiresAt)
	renewed := !plan.ExpiresAt.Equal(state.ExpiresAt) || plan.ID.IsUnknown()
	if renewed && rotation.Expired(at, now) {
		diags.Append(rotation.InThePast(path.Root("expires_at"), *at))
	}
	lifetime, ok := rotation.Duration(plan.Lifetime)
	created := rotation.Instant(state.CreatedAt)
	if !ok || created == nil || !plan.ExpiresAt.IsUnknown() || plan.ID.IsUnknown() || plan.Lifetime.Equal(state.Lifetime) {
		return diags
	}
	if end := created.Add(lifetime); rotation.Expired(&end, now) {
		diags.AddAttributeError(path.Root("lifetime"), "The token would be expired at once",
			"Counted from its creation at "+rotation.Format(*created)+", a lifetime of "+lifetime.String()+" has ended at "+rotation.Format(end)+
				". Choose a longer lifetime, or change rotation_triggers too, so that a new token is minted.")
	}
	return diags
}

func appendIf(diags *diag.Diagnostics, d diag.Diagnostic) {
	if d != nil {
		diags.Append(d)
	}
}
