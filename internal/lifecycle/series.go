package lifecycle

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// reporter is what a life needs of the object that it belongs to: words, and the one place that turns errors into diagnostics.
type reporter interface {
	Noun() system.Noun
	Failure(verb system.Verb, err error, advice ...string) diag.Diagnostic
	Shared(err error) bool
	Connection() *system.Connection
}

// life is one call's view of a token: its kind, its server, and where to report.
type life[M any, P ModelOf[M], R any] struct {
	kind   Kind[P, R]
	server Server[R]
	report reporter
	// guardrails are the provider block's policy.
	guardrails rotation.Guardrails
	// secrets are those that the state has in plain text when the call begins, by the tokens' ids; by them the provider's own token is
	// known also where the call encrypts them.
	secrets map[string]string
}

// secretsOf are the secrets that a state has in plain text, by the tokens' ids.
func secretsOf(m Model) map[string]string {
	t := m.Shared()
	return map[string]string{t.PreviousID.ValueString(): t.PreviousSecret.ValueString(), t.ID.ValueString(): m.SecretAttribute().ValueString()}
}

// A series is the tokens of one resource: the current one, the previous one during an overlap, those whose revocation is pending,
// and orphans, which a rotation has minted that was interrupted before Terraform could store it. They are revoked in the order
// previous, pending, orphans, current; none is kept alive because another could not be revoked.

// knownIDs are the ids that a state and its record name.
func knownIDs(m Model, record rotation.Record) []string {
	ids := []string{m.Shared().ID.ValueString(), m.Shared().PreviousID.ValueString()}
	return slices.DeleteFunc(append(ids, record.Pending...), func(id string) bool { return id == "" })
}

// orphans are the tokens of a list that only an interrupted rotation of this very token can have made. The arguments may have
// changed since, so a name tells its prefix by itself.
func (l life[M, P, R]) orphans(all []R, m P, record rotation.Record) []R {
	series, known := seriesID(m), knownIDs(m, record)
	if series == "" {
		return nil
	}
	var orphans []R
	if marker, marks := l.kind.(Marker[R]); marks {
		for _, r := range all {
			if marker.IsMarked(r, series) {
				orphans = append(orphans, r)
			}
		}
	} else {
		orphans = l.server.followers(all, series)
	}
	return slices.DeleteFunc(orphans, func(r R) bool {
		row := l.server.Row(r)
		return slices.ContainsFunc(known, func(id string) bool { return l.server.is(row, id) })
	})
}

// isOwn reports whether the provider is logged in with a token.
func (l life[M, P, R]) isOwn(all []R, id string) bool {
	return l.kind.IsOwnCredential(id, l.server.find(all, id), l.secrets[id])
}

// ownCredential is the error for the revocation of the token that the provider is logged in with.
func ownCredential(id string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at("id"), "The provider is logged in with this token",
		"Revoking the token "+id+" would cut off the provider in the middle of its work, so it was not touched. Configure the provider with another credential first and apply again, or forget the token with terraform state rm.")
}

// revoke ends one token, unless it is the provider's own. One that no list shows is over when it has expired, and is noted as hidden
// until then.
func (l life[M, P, R]) revoke(ctx context.Context, m P, id string, record *rotation.Record) diag.Diagnostics {
	var all []R
	if l.secrets[id] == "" {
		// The copy of the list is good enough to know the provider's own token by, and where there is none the id is.
		all, _ = l.server.List(ctx)
	}
	if l.isOwn(all, id) {
		return diag.Diagnostics{ownCredential(id)}
	}
	err := l.server.Delete(ctx, id)
	if hidden := asHidden(err); hidden != nil {
		if record.EarlierExpired(id, l.server.Now()) {
			return nil
		}
		record.Hide(id)
		return diag.Diagnostics{l.notRevoked(record.Call(id), cmp.Or(record.Earlier[id].Name, id), hidden)}
	}
	if err != nil {
		return diag.Diagnostics{l.report.Failure(system.Delete, fmt.Errorf("the token %s, a previous one of the token %s, could not be revoked, and may still work. It is not forgotten: run again to revoke it: %w", id, subject(m), err))}
	}
	return nil
}

// revokePrevious revokes the previous token, which stays in the state if that fails.
func (l life[M, P, R]) revokePrevious(ctx context.Context, m P, record *rotation.Record) diag.Diagnostics {
	if !m.Shared().HasPrevious() {
		return nil
	}
	diags := l.revoke(ctx, m, m.Shared().PreviousID.ValueString(), record)
	if !diags.HasError() {
		m.Shared().Previous = rotation.NoPrevious()
	}
	return diags
}

// revokePending revokes what earlier applies could not; what fails stays pending.
func (l life[M, P, R]) revokePending(ctx context.Context, m P, record *rotation.Record) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, id := range slices.Clone(record.Pending) {
		diags.Append(l.revokeOne(ctx, m, id, record)...)
	}
	return diags
}

// revokeOne revokes one token that is pending.
func (l life[M, P, R]) revokeOne(ctx context.Context, m P, id string, record *rotation.Record) diag.Diagnostics {
	diags := l.revoke(ctx, m, id, record)
	if !diags.HasError() {
		record.DropPending(id)
	}
	return diags
}

// clearWay deletes the orphans of an interrupted rotation before the next one: nobody knows their secrets. One that is used is
// somebody's, and stops the rotation.
func (l life[M, P, R]) clearWay(ctx context.Context, m P, orphans []R) error {
	for _, orphan := range orphans {
		row := l.server.Row(orphan)
		found := fmt.Sprintf("nothing was created, because an interrupted rotation of %s has left another token behind: %s", subject(m), l.server.describe([]R{orphan}))
		switch {
		case l.kind.IsOwnCredential(row.ID, &orphan, ""):
			return fmt.Errorf("%s. The provider is logged in with it, so it was not touched. Configure the provider with another credential, and apply again", found)
		case row.Used:
			return fmt.Errorf("%s. It is in use, so somebody has its secret, and it was not touched. Two runs may have rotated the token from the same state. Find out who uses it, delete it, and apply again", found)
		}
		if err := l.server.Delete(ctx, row.ID); err != nil {
			return fmt.Errorf("%s. It could not be deleted first: %w", found, err)
		}
	}
	return nil
}

// deleteOrphans deletes the orphans of a token that is being deleted: only its id leads to them. One that cannot be deleted is
// pending from then on; one that is used is only named.
func (l life[M, P, R]) deleteOrphans(ctx context.Context, all []R, m P, record *rotation.Record) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, orphan := range l.orphans(all, m, *record) {
		row := l.server.Row(orphan)
		if row.Used || l.kind.IsOwnCredential(row.ID, &orphan, "") {
			diags.Append(l.warnOrphan(orphan))
			continue
		}
		if err := l.server.Delete(ctx, row.ID); err != nil {
			record.AddPending(row.ID)
			if l.server.StandIn != nil {
				record.Remember(row.ID, rotation.Earlier{Name: row.Name, Expiry: row.Expiry})
			}
			diags.Append(l.report.Failure(system.Delete, fmt.Errorf("the token %s, which an interrupted rotation has left behind, could not be deleted: %w", row.ID, err)))
		}
	}
	return diags
}

// deleteCurrent deletes the current token. One that no list shows is over when it has expired.
func (l life[M, P, R]) deleteCurrent(ctx context.Context, m P, record rotation.Record) diag.Diagnostics {
	id := m.Shared().ID.ValueString()
	err := l.server.Delete(ctx, id)
	hidden := asHidden(err)
	switch {
	case hidden != nil && rotation.Expired(record.End(rotation.Instant(m.Shared().ExpiresAt)), l.server.Now()):
	case hidden != nil:
		return diag.Diagnostics{l.notRevoked(subject(m), cmp.Or(nameOf(m), id), hidden)}
	case err != nil:
		return diag.Diagnostics{l.report.Failure(system.Delete, err)}
	}
	// If another token of the series is left, the resource stays for its sake.
	m.Shared().Status = types.StringValue(rotation.StatusMissing)
	return nil
}

// remaining returns a token of the series beside the current one that is alive; empty when there is none.
func (l life[M, P, R]) remaining(all []R, m P, record rotation.Record) string {
	ids := append([]string{m.Shared().PreviousID.ValueString()}, record.Pending...)
	for _, orphan := range l.orphans(all, m, record) {
		ids = append(ids, l.server.Row(orphan).ID)
	}
	for _, id := range ids {
		if l.server.isAlive(all, id) {
			return id
		}
	}
	return ""
}

// dropRevoked forgets earlier generations that are gone beyond doubt: somebody has revoked them already. For a while after a mint a list
// that lacks one proves nothing.
func (l life[M, P, R]) dropRevoked(ctx context.Context, all []R, m P, record *rotation.Record) {
	if l.server.isSettling(record.MintedAt) || l.server.isSettling(record.UnknownAt) {
		return
	}
	isGone := func(id string) bool {
		return l.server.find(all, id) == nil && (record.EarlierExpired(id, l.server.Now()) || l.absenceUnproven(ctx, all, m, id) == nil)
	}
	l.unhide(all, record)
	l.dropHiddenExpired(m, record)
	if m.Shared().HasPrevious() && isGone(m.Shared().PreviousID.ValueString()) {
		m.Shared().Previous = rotation.NoPrevious()
	}
	for _, id := range slices.Clone(record.Pending) {
		if isGone(id) {
			record.DropPending(id)
		}
	}
}

// endPrevious has the server expire the previous token after the overlap, should no apply come then. Where that fails, the first
// apply after the overlap revokes it all the same.
func (l life[M, P, R]) endPrevious(ctx context.Context, m P, previous *R) diag.Diagnostics {
	ender, ok := l.kind.(Ender)
	t := m.Shared()
	until := rotation.Instant(t.PreviousRevokedAfter)
	if !ok || !ender.Ends() || until == nil || previous == nil {
		return nil
	}
	if row := l.server.Row(*previous); row.Expired || row.Expiry != nil && !row.Expiry.After(*until) {
		return nil
	}
	id := t.PreviousID.ValueString()
	err := ender.EndAt(ctx, id, *until)
	if err == nil || rest.IsNotFound(err) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at("previous_revoked_after"), "The previous token does not expire by itself",
		"The expiry of the token "+id+" could not be set to "+rotation.Format(*until)+". It works until the first apply after that time, which revokes it. "+l.report.Failure(system.Update, err).Detail())}
}
