package lifecycle

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// A server may mint a token for an owner whose tokens it does not show to whoever asks for it. Such a token is known by a
// substitute for its id ([Server.StandIn]) until a list shows it, if one ever does. Nothing can revoke it meanwhile: it stays in the state until it
// has expired, and every plan says so.

// Hidden is what a [Doubter] says of a list that cannot show a token with the credential that the provider has: whether the token still
// exists will not be known before that changes.
type Hidden struct {
	// Reason says, as a sentence, why the list cannot show it.
	Reason string
	// Advice says what a person can do to have a token of a name revoked.
	Advice func(name string) string
}

func (h *Hidden) Error() string { return h.Reason }

func asHidden(err error) *Hidden {
	var hidden *Hidden
	if errors.As(err, &hidden) {
		return hidden
	}
	return nil
}

// isStandIn reports whether a state knows its token by a substitute for its id.
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
	record.Decision = l.evaluate(next, *record, s.warning).Applied(t.Status)
	t.RotationDueAt = l.dueAt(next, *record)
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
	called, consequence := t.ID.ValueString(), "Neither a rotation nor a destroy can revoke it: it works "+rotation.Until(record.End(rotation.Instant(t.ExpiresAt)))+". Use a short lifetime."
	if !l.isStandIn(m) {
		called, consequence = subject(m), "A destroy tries to revoke it by its id."
	}
	return diag.NewAttributeWarningDiagnostic(at("id"), "The provider cannot see a "+l.report.Noun().Words,
		"It cannot tell whether the token "+called+" was deleted outside Terraform. "+hidden.Reason+" "+consequence+" "+hidden.Advice(nameOf(m)))
}

// notRevoked is the error for a token that is to be revoked and that no list shows. People know it by its name.
func (l life[M, P, R]) notRevoked(called, name string, hidden *Hidden) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to revoke a "+l.report.Noun().Words,
		"The token "+called+" may still work, and the provider cannot revoke it. "+hidden.Reason+" "+hidden.Advice(name)+" Then remove the resource from the state with terraform state rm. Once the token has expired, applying again does that.")
}

// warnIrrevocable warns of a plan that is to revoke a token which no list shows: it fails when it is applied.
func (l life[M, P, R]) warnIrrevocable(state P, record rotation.Record) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(at("id"), "The replaced token cannot be revoked",
		"This plan replaces the token "+nameOf(state)+", but the provider cannot see that token, and so cannot revoke it. Applying this plan fails at that point. The token works "+
			rotation.Until(record.End(rotation.Instant(state.Shared().ExpiresAt)))+". Set overlap, so that tokens are rotated in place and the previous token is left to expire.")
}

// dropHiddenExpired forgets earlier tokens that no list shows and that have expired.
func (l life[M, P, R]) dropHiddenExpired(m P, record *rotation.Record) {
	for id := range record.Earlier {
		if !record.IsHidden(id) || !record.EarlierExpired(id, l.server.Now()) {
			continue
		}
		if m.Shared().PreviousID.ValueString() == id {
			m.Shared().Previous = rotation.NoPrevious()
		}
		record.DropPending(id)
	}
}

// rememberEarlier notes what is known of the token that gives way, where the server may not show it later, or does not now.
func (l life[M, P, R]) rememberEarlier(state P, record *rotation.Record, current *R, end *time.Time) {
	if l.server.StandIn == nil || state.Shared().ID.IsNull() {
		return
	}
	record.Remember(state.Shared().ID.ValueString(), rotation.Earlier{Name: nameOf(state), Expiry: end, Hidden: current == nil && l.isStandIn(state)})
}

// unhide forgets that tokens were hidden that a list shows now.
func (l life[M, P, R]) unhide(all []R, record *rotation.Record) {
	for id := range record.Earlier {
		if record.IsHidden(id) && l.server.find(all, id) != nil {
			record.Unhide(id)
		}
	}
}

// revokeOver revokes the previous token, whose overlap is over. One that no list shows joins those that are to be revoked: nobody should
// use it any more, although it may work.
func (l life[M, P, R]) revokeOver(ctx context.Context, m P, record *rotation.Record) diag.Diagnostics {
	var diags diag.Diagnostics
	id := m.Shared().PreviousID.ValueString()
	if !record.IsHidden(id) {
		diags = l.revokePrevious(ctx, m, record)
	}
	if !record.IsHidden(id) {
		return diags
	}
	record.AddPending(id)
	m.Shared().Previous = rotation.NoPrevious()
	return nil
}

// revokeReachable revokes what is pending but for what no list shows, which stays pending until it expires.
func (l life[M, P, R]) revokeReachable(ctx context.Context, m P, record *rotation.Record) diag.Diagnostics {
	l.dropHiddenExpired(m, record)
	var diags diag.Diagnostics
	for _, id := range slices.Clone(record.Pending) {
		var more diag.Diagnostics
		if !record.IsHidden(id) {
			more = l.revokeOne(ctx, m, id, record)
		}
		if record.IsHidden(id) {
			more = diag.Diagnostics{record.WarnHidden(id, l.report.Noun().Words, subject(m))}
		}
		diags.Append(more...)
	}
	return diags
}
