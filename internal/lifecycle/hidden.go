package lifecycle

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// A server may mint a token for an owner whose tokens it does not show to whoever asks for it. Such a token is known by what stands in
// for its id ([Server.StandIn]) until a list shows it, if one ever does. Nothing can revoke it meanwhile: it stays in the state until it
// has expired, and every plan says so.

// Hidden is what a [Doubter] says of a list that cannot show a token with the credential that the provider has: whether the token still
// exists will not be known before that changes.
type Hidden struct {
	// Reason says, as a sentence, why the list cannot show it, and Advice what a person can do to have it revoked.
	Reason, Advice string
}

func (h *Hidden) Error() string { return h.Reason }

func asHidden(err error) *Hidden {
	var hidden *Hidden
	if errors.As(err, &hidden) {
		return hidden
	}
	return nil
}

// isStandIn reports whether a state knows its token by what stands in for its id.
func (l life[M, P, R]) isStandIn(m P) bool {
	standIn := l.kind.Server(m).StandIn
	return standIn != nil && !m.Shared().ID.IsNull() && m.Shared().ID.ValueString() == standIn(nameOf(m))
}

// standIn ends a mint whose token no list shows. That is no failure: a tainted resource would be minted again, and this token could not
// even be revoked.
func (l life[M, P, R]) standIn(ctx context.Context, s succession[P], next P, record *rotation.Record, answer Answer[R], err error, to target) {
	t := next.Shared()
	t.ID = types.StringValue(l.server.StandIn(nameOf(next)))
	record.GrantedExpiry = answer.Expiry
	all, _ := l.server.List(ctx)
	to.diags.Append(l.revokeReachable(ctx, next, record)...)
	l.keepPlanned(next, s.plan, s.config, record, s.record.Normalized, to.diags)
	record.Decision = l.evaluate(next, *record, s.warning)
	record.Due = false
	if hidden := asHidden(l.absenceUnproven(ctx, all, next, t.ID.ValueString())); hidden != nil {
		to.diags.Append(l.keepHidden(next, *record, hidden))
		return
	}
	to.diags.AddAttributeWarning(at("id"), "The id of the token is not known yet", "The token "+nameOf(next)+" works, but "+err.Error()+". The next refresh looks for it again.")
}

// keepHidden keeps a token that no list shows, and says what that means.
func (l life[M, P, R]) keepHidden(m P, record rotation.Record, hidden *Hidden) diag.Diagnostic {
	t := m.Shared()
	if t.ID.IsNull() {
		t.ID = types.StringValue(l.server.StandIn(nameOf(m)))
	}
	t.Status = types.StringValue(rotation.StatusActive)
	called, consequence := t.ID.ValueString(), "Neither a rotation nor a destruction can revoke it: it works "+rotation.Until(record.End(rotation.Instant(t.ExpiresAt)))+". Use a short lifetime."
	if !l.isStandIn(m) {
		called, consequence = subject(m), "A destruction tries to revoke it by its id."
	}
	return diag.NewAttributeWarningDiagnostic(at("id"), "The provider cannot see a "+l.report.Noun().Words,
		"It cannot tell whether the token "+called+" was deleted outside Terraform. "+hidden.Reason+" "+consequence+" "+hidden.Advice)
}

// notRevoked is the error for a token that is to be revoked and that no list shows.
func (l life[M, P, R]) notRevoked(id string, hidden *Hidden) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to revoke a "+l.report.Noun().Words,
		"The token "+id+" may still work, and the provider cannot revoke it. "+hidden.Reason+" "+hidden.Advice+" Then remove the resource from the state with terraform state rm. Once the token has expired, applying again does that.")
}

// warnIrrevocable warns of a plan that is to revoke a token which no list shows: it fails when it is applied.
func (l life[M, P, R]) warnIrrevocable(state P, record rotation.Record) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(at("id"), "The replaced token cannot be revoked",
		"This plan replaces the token "+nameOf(state)+", which the provider cannot see, so that it cannot revoke it. Applying this plan fails when it comes to that. The token works "+
			rotation.Until(record.End(rotation.Instant(state.Shared().ExpiresAt)))+". Set overlap to have tokens rotated in place, after which the previous one is left to expire.")
}

// dropHiddenExpired forgets earlier tokens that no list shows and that have expired.
func (l life[M, P, R]) dropHiddenExpired(m P, record *rotation.Record) {
	for id := range record.Hidden {
		if !record.HiddenExpired(id, l.server.Now()) {
			continue
		}
		if m.Shared().PreviousID.ValueString() == id {
			m.Shared().Previous = rotation.NoPrevious()
		}
		record.DropPending(id)
		record.Unhide(id)
	}
}

// hide notes that the token which gives way is one that no list shows.
func (l life[M, P, R]) hide(state P, record *rotation.Record, current *R) {
	if current == nil && l.isStandIn(state) {
		record.Hide(state.Shared().ID.ValueString(), record.End(rotation.Instant(state.Shared().ExpiresAt)))
	}
}

// unhide forgets that tokens were hidden that a list shows now.
func (l life[M, P, R]) unhide(all []R, record *rotation.Record) {
	for id := range record.Hidden {
		if l.server.find(all, id) != nil {
			record.Unhide(id)
		}
	}
}

// setAsidePrevious puts a previous token whose overlap is over, and that no list shows, among those that are to be revoked: nobody
// should use it any more, although it works.
func (l life[M, P, R]) setAsidePrevious(m P, record *rotation.Record) {
	id := m.Shared().PreviousID.ValueString()
	if !record.IsHidden(id) {
		return
	}
	record.AddPending(id)
	m.Shared().Previous = rotation.NoPrevious()
}

// revokeReachable revokes what is pending but for what no list shows, which stays pending until it expires.
func (l life[M, P, R]) revokeReachable(ctx context.Context, m P, record *rotation.Record) diag.Diagnostics {
	l.dropHiddenExpired(m, record)
	hidden := slices.DeleteFunc(slices.Clone(record.Pending), func(id string) bool { return !record.IsHidden(id) })
	for _, id := range hidden {
		record.DropPending(id)
	}
	diags := l.revokePending(ctx, m, record)
	for _, id := range hidden {
		record.AddPending(id)
		diags.AddWarning("The "+l.report.Noun().Words+" "+id+" still works",
			"It is a previous token of "+subject(m)+", and the provider cannot revoke it, because no list shows it. It works "+rotation.Until(record.Hidden[id])+", unless its owner deletes it.")
	}
	return diags
}
