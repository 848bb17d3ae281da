package sailpoint

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
)

// remarkEnd warns of a token that is over, and of one that is not although it should be.
func (m *personalAccessTokenModel) remarkEnd(token api.PersonalAccessToken, record rotation.Record, now time.Time) diag.Diagnostics {
	var diags diag.Diagnostics
	named := "The token " + m.Name.ValueString() + " (" + m.ID.ValueString() + ") "
	switch {
	case m.Status.ValueString() == rotation.StatusExpired:
		ended := rotation.TimeValue(record.End(rotation.Instant(m.ExpiresAt))).ValueString()
		diags.AddWarning("SailPoint personal access token has expired", named+"ended at "+ended+". It is planned for "+m.successor()+".")
	case !m.Lifetime.IsNull() && record.Outlived(token.ExpirationDate, now):
		diags.AddAttributeWarning(path.Root("expires_at"), "SailPoint personal access token outlives its lifetime",
			named+"was to end at "+rotation.Format(*record.GrantedExpiry)+", and somebody has moved its end outside Terraform. An end in the past cannot be put back: change rotation_triggers to replace the token.")
	}
	return diags
}

// successor names what a token that has ended is planned for.
func (m *personalAccessTokenModel) successor() string {
	if m.Overlap.IsNull() {
		return "replacement"
	}
	return "rotation in place"
}

// remarkMissing warns of a token that is gone while another generation is alive.
func (m *personalAccessTokenModel) remarkMissing(survivor string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("id"), "SailPoint personal access token is missing",
		"The token "+m.Name.ValueString()+" ("+m.ID.ValueString()+") was deleted outside Terraform, but another generation of it, "+survivor+", is still alive. "+
			"So the resource stays in the state, and a new token is planned in place.")
}

// remarkPrevious warns of a generation before that the tenant does not end by itself although it could.
func (m *personalAccessTokenModel) remarkPrevious(version api.Version, all []api.PersonalAccessToken) diag.Diagnostics {
	until := rotation.Instant(m.PreviousRevokedAfter)
	previous := byID(all, m.PreviousID.ValueString())
	if !version.PatchesExpiry() || until == nil || previous == nil {
		return nil
	}
	if end := previous.ExpirationDate; end != nil && (end.Before(*until) || rotation.SameInstant(end, until)) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("previous_revoked_after"), "The token before outlives its overlap",
		"The token "+previous.ID+", the one before "+m.Name.ValueString()+", does not end by itself at "+rotation.Format(*until)+": it works until the first apply after that, which revokes it.")}
}

// remarkLeftover warns of a token that an interrupted rotation seems to have left behind.
func remarkLeftover(client *api.Client, t api.PersonalAccessToken) diag.Diagnostic {
	fate := "The next rotation of the resource deletes it, and so does its destruction."
	if isUsed(client, t) {
		fate = "It has been used, so somebody has its secret, and the provider does not touch it: find out who uses it, and delete it."
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("id"), "A SailPoint personal access token of an interrupted rotation",
		"The token "+t.ID+", named "+t.Name+" and created at "+rotation.Format(t.Created)+", has the name of the resource's next generation, but is not in the state. "+fate)
}

// remarkExpiry tells when the tenant gave a token another end than it was asked for.
func remarkExpiry(requested, granted *time.Time) diag.Diagnostics {
	if rotation.SameInstant(requested, granted) || requested == nil {
		return nil
	}
	end := "never"
	if granted != nil {
		end = "at " + rotation.Format(*granted)
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("expires_at"), "SailPoint gave the token another end",
		"The token was to end at "+rotation.Format(*requested)+", and ends "+end+".")}
}
