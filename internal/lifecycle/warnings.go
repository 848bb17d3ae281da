package lifecycle

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// warn passes on what every call of the kind should say.
func (l life[M, P, R]) warn(diags *diag.Diagnostics) {
	if warner, ok := l.kind.(Warner); ok {
		warner.Warn(diags)
	}
}

// warnExpired warns of a token that has expired, and of one that has not although it should have.
func (l life[M, P, R]) warnExpired(m P, row *R, record rotation.Record, now time.Time) diag.Diagnostics {
	var diags diag.Diagnostics
	names, words := namesOf(m), l.report.Noun().Words
	switch {
	case m.Shared().Status.ValueString() == rotation.StatusExpired:
		expiry := ""
		if ended := record.End(rotation.Instant(m.Shared().ExpiresAt)); ended != nil {
			expiry = " at " + rotation.Format(*ended)
		}
		diags.AddWarning(words+" has expired", "The token "+subject(m)+" expired"+expiry+". It is planned for "+successor(m)+".")
	case names != nil && !names.Lifetime.IsNull() && row != nil && record.Outlived(l.server.Row(*row).Expiry, now):
		diags.AddAttributeWarning(at("expires_at"), words+" outlives its lifetime",
			"The token "+subject(m)+" was to expire at "+rotation.Format(*record.GrantedExpiry)+", and somebody has moved its expiry outside Terraform. An expiry in the past cannot be set again: replace the token (terraform apply -replace) to revoke it.")
	}
	return diags
}

// successor names what a token that has expired is planned for.
func successor(m Model) string {
	if m.Shared().Overlap.IsNull() {
		return "replacement"
	}
	return "rotation in place"
}

// warnMissing warns of a token that is gone while another one of its series is alive.
func (l life[M, P, R]) warnMissing(m P, remaining string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(at("id"), l.report.Noun().Words+" is missing",
		"The token "+subject(m)+" no longer exists, but another token of the same resource, "+remaining+", is still alive. "+
			"So the resource stays in the state, and unless it is destroyed a new token is planned in place.")
}

// warnPrevious warns of a previous token that the server does not expire by itself although it could.
func (l life[M, P, R]) warnPrevious(all []R, m P) diag.Diagnostics {
	ender, ok := l.kind.(Ender)
	until := rotation.Instant(m.Shared().PreviousRevokedAfter)
	previous := l.server.find(all, m.Shared().PreviousID.ValueString())
	if !ok || !ender.Ends() || until == nil || previous == nil {
		return nil
	}
	if row := l.server.Row(*previous); row.Expiry != nil && (row.Expiry.Before(*until) || row.expiresAt(until)) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at("previous_revoked_after"), "The previous token does not expire by itself",
		"The token "+m.Shared().PreviousID.ValueString()+", the previous one of "+subject(m)+", does not expire by itself at "+rotation.Format(*until)+": it works until the first apply after that time, which revokes it.")}
}

// warnOrphan warns of a token that an interrupted rotation has left behind.
func (l life[M, P, R]) warnOrphan(orphan R) diag.Diagnostic {
	row := l.server.Row(orphan)
	outcome := "The next rotation of the resource deletes it, and so does its destruction."
	switch {
	case l.kind.IsOwnCredential(row.ID, &orphan, ""):
		outcome = "The provider is logged in with it, and does not touch it: configure the provider with another credential."
	case row.Used:
		outcome = "It is in use, so somebody has its secret, and the provider does not touch it: find out who uses it, and delete it."
	}
	// Terraform shows only the first of several warnings with one summary, and each id matters.
	return diag.NewAttributeWarningDiagnostic(at("id"), "An interrupted rotation has left the token "+row.ID+" behind",
		"A rotation of this resource has minted a token that is not in the state: "+l.server.describe([]R{orphan})+". "+outcome)
}
