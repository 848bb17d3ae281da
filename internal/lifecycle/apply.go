package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// refresh takes in what the server shows and returns the new state; nil where the token is gone and nothing of its series is left.
// The record holds the decision about it.
func (l life[M, P, R]) refresh(ctx context.Context, before P, record *rotation.Record, warning time.Duration) (P, diag.Diagnostics) {
	var diags diag.Diagnostics
	if isUnidentified(before) {
		return l.refreshUnidentified(ctx, before, record)
	}
	all, row, err := l.find(ctx, before, *record)
	hidden := asHidden(err)
	if err != nil && hidden == nil {
		// Others waited for the same answer, and one of them has shown it: the run has failed already.
		if !l.report.Shared(err) {
			diags.Append(l.report.Failure(system.Read, err))
		}
		return before, diags
	}
	now := l.server.Now()
	m := clone(before)
	isImport := record.Imported && before.Shared().Status.IsNull()
	l.dropHiddenExpired(m, record)
	switch remaining := l.remaining(all, m, *record); {
	case row != nil:
		l.takeRow(m, before, *row, record, isImport)
		l.noteWitnesses(all, m, record)
	case rotation.Expired(record.End(rotation.Instant(m.Shared().ExpiresAt)), now.Add(clockSlack)):
		// An expired token that the server no longer lists was not deleted by anybody.
		m.Shared().Status = types.StringValue(rotation.StatusExpired)
	case isImport:
		diags.AddAttributeError(at("id"), "No such "+l.report.Noun().Words,
			"None of the tokens that the provider can see has the id "+seriesID(m)+". Check the import ID, and that the provider is logged in as a user who can see the token.")
		return nil, diags
	case hidden != nil && m.Shared().Status.ValueString() != rotation.StatusMissing:
		diags.Append(l.keepHidden(m, *record, hidden))
	case hidden != nil && (m.Shared().HasPrevious() || len(record.Pending) > 0):
		// It was deleted, and what is left of its series cannot be.
	case remaining != "":
		// Without the resource nobody would ever revoke that one.
		m.Shared().Status = types.StringValue(rotation.StatusMissing)
		diags.Append(l.warnMissing(m, remaining))
	default:
		return nil, diags
	}
	diags.Append(l.warnExpired(m, row, *record, now)...)
	l.dropRevoked(ctx, all, m, record)
	created := rotation.Instant(m.Shared().CreatedAt)
	record.NoteSeen(created, now)
	m.Shared().SecretVersion = rotation.FillVersion(m.Shared().SecretVersion, *record.Minted(created))
	record.Decision = l.evaluate(m, *record, warning)
	m.Shared().Status, m.Shared().RotationDueAt = record.Status(m.Shared().Status), l.dueAt(m, *record)
	record.ForgetEarlier(knownIDs(m, *record)...)
	diags.Append(l.warnPrevious(all, m)...)
	for _, orphan := range l.orphans(all, m, *record) {
		diags.Append(l.warnOrphan(orphan))
	}
	return m, diags
}

// refreshUnidentified refreshes a state whose token nothing leads to; the tokens before it may still be told.
func (l life[M, P, R]) refreshUnidentified(ctx context.Context, before P, record *rotation.Record) (P, diag.Diagnostics) {
	var diags diag.Diagnostics
	diags.AddWarning("The id of a "+l.report.Noun().Words+" is not known", "When the token was minted, its id could not be found. "+adviceUnidentified(before))
	if len(knownIDs(before, *record)) == 0 {
		return before, diags
	}
	all, err := l.server.List(ctx)
	if err == nil && !l.isShown(all, before, *record) {
		err = l.isElses(all, *record, subject(before))
	}
	if err != nil {
		if !l.report.Shared(err) {
			diags.Append(l.report.Failure(system.Read, err))
		}
		return before, diags
	}
	m := clone(before)
	l.dropRevoked(ctx, all, m, record)
	record.PreviousDue = l.evaluate(m, *record, 0).PreviousDue
	return m, diags
}

// takeRow takes in a row. What the server has answered all along where it was asked for something else
// is no drift.
func (l life[M, P, R]) takeRow(m, before P, r R, record *rotation.Record, isImport bool) {
	row := l.server.Row(r)
	if isImport {
		if inferrer, ok := l.kind.(Inferrer[P, R]); ok {
			inferrer.Infer(m, r)
		}
		record.GrantedExpiry, record.Tenant, record.Login = row.Expiry, l.server.Tenant, l.server.login()
	}
	take(m, row)
	l.kind.FromAPI(m, r)
	record.Restore(m, before)
	rotation.KeepGiven(m, before, l.kind.Arguments().Fixed...)
	record.ExpiryMoved = record.GrantedExpiry != nil && !row.expiresAt(record.GrantedExpiry) && !rotation.Expired(record.GrantedExpiry, l.server.Now())
	if granted := record.GrantedExpiry; record.MintedAt != nil && row.Within > time.Minute && row.expiresAt(granted) && rotation.Expired(granted, l.server.Now()) {
		// The server tells the day only, of which this is the moment that was asked for. Of a token that was imported nobody knows more than the day.
		m.Shared().Status = types.StringValue(rotation.StatusExpired)
	}
}

// change brings a token that stays to its plan. A change that is refused keeps no earlier token alive, and a revocation that fails
// prevents no change.
func (l life[M, P, R]) change(ctx context.Context, s succession[P], to target) {
	updated, record := clone(s.state), s.record
	if s.plan.Shared().PreviousID.IsNull() {
		to.diags.Append(l.revokeOver(ctx, updated, &record)...)
		id := updated.Shared().PreviousID.ValueString()
		if id != "" && l.kind.IsOwnCredential(id, nil, l.secrets[id]) && !l.kind.IsOwnCredential(id, nil, "") {
			// Nothing but its secret tells that it is the provider's own; encrypted, it would not.
			updated.Shared().Previous = s.stored.Shared().Previous
		}
	}
	to.diags.Append(l.revokeReachable(ctx, updated, &record)...)
	var changed Change[R]
	var err error
	isRefused := false
	if changer, ok := l.kind.(Changer[P, R]); ok {
		var diags diag.Diagnostics
		changed, diags, err = changer.Change(ctx, s.state, s.plan, s.record)
		to.diags.Append(diags...)
		isRefused = diags.HasError()
	}
	result := updated
	if err == nil && !isRefused {
		// What was not sent is as planned, and what is not known as it was.
		result = clone(s.plan)
		rotation.FillUnknown(result, updated)
		result.Shared().Previous = updated.Shared().Previous
		setSecret(result, storedSecret(updated))
	}
	if changed.Row != nil {
		if record.Tenant == "" {
			record.Tenant, record.Login = l.server.Tenant, l.server.login()
		}
		row := l.server.Row(*changed.Row)
		take(result, row)
		l.kind.FromAPI(result, *changed.Row)
		if changed.MovedExpiry {
			record.AskedLifetime, record.AskedExpiry = askedLifetime(s.plan), isKnown(s.config.Shared().ExpiresAt)
			record.GrantedExpiry, record.ExpiryMoved = granted(row, changed.Requested), false
			to.diags.Append(l.warnExpiry(s.config, row, changed.Requested)...)
		}
	}
	switch {
	case rest.IsNotFound(err):
		to.diags.Append(l.report.Failure(to.verb, err, "The token was deleted outside Terraform after the plan was made. Plan again."))
	case err != nil:
		to.diags.Append(l.report.Failure(to.verb, err))
	case isRefused:
	default:
		if changed.Row != nil {
			// The row tells again what the server makes of the arguments; what it made of earlier ones is over.
			record.Normalized = nil
		}
		l.keepPlanned(result, s.plan, s.config, &record, s.record.Normalized, to.diags)
	}
	if result == updated || s.plan.Shared().RotationDueAt.IsUnknown() {
		result.Shared().RotationDueAt = l.dueAt(result, record)
	}
	record.Decision = l.evaluate(result, record, s.warning).Applied(result.Shared().Status)
	to.save(ctx, result, &record)
}

// encryptStored encrypts the secrets that a state stores in plain text where there are recipients now.
func encryptStored(m Model, encrypter encrypter) diag.Diagnostics {
	t := m.Shared()
	current, err := encrypter.EncryptStored(storedSecret(m))
	previous, errPrevious := encrypter.EncryptStored(rotation.StoredSecret{Plain: t.PreviousSecret, Encrypted: t.PreviousEncryptedSecret})
	if err := errors.Join(err, errPrevious); err != nil {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at("encrypt_secret_to"), "Unable to encrypt the secret", "Nothing was changed: "+err.Error()+". Check encrypt_secret_to.")}
	}
	setSecret(m, current)
	t.PreviousSecret, t.PreviousEncryptedSecret = previous.Plain, previous.Encrypted
	return nil
}

// delete revokes all tokens of a series, in their order. The state and the record keep what could not be revoked. Nothing is sent
// if one of them is the token that the provider is logged in with, or belongs to another tenant.
func (l life[M, P, R]) delete(ctx context.Context, m P, record *rotation.Record) diag.Diagnostics {
	all, err := l.server.List(ctx)
	l.dropHiddenExpired(m, record)
	known := knownIDs(m, *record)
	for _, id := range known {
		if l.isOwn(all, id) {
			return diag.Diagnostics{ownCredential(id)}
		}
	}
	row, _ := l.pick(all, m)
	if row != nil && !isUnidentified(m) && l.kind.IsOwnCredential(l.server.Row(*row).ID, row, m.SecretAttribute().ValueString()) {
		return diag.Diagnostics{ownCredential(l.server.Row(*row).ID)}
	}
	if (row == nil || isUnidentified(m)) && !l.isShown(all, m, *record) {
		// Asked there, the server would not know the tokens, which would pass for deleted.
		elses := Elsewhere(*record, l.server.Tenant, l.server.login(), subject(m))
		if err == nil {
			elses = l.isElses(all, *record, subject(m))
		}
		if elses != nil {
			return diag.Diagnostics{l.report.Failure(system.Delete, elses)}
		}
	}
	diags := l.revokePrevious(ctx, m, record)
	diags.Append(l.revokePending(ctx, m, record)...)
	if err != nil {
		return append(diags, l.report.Failure(system.Delete, fmt.Errorf("the token %s was not deleted, because the tokens could not be listed. An interrupted rotation may have left another token behind, which can be found only through this one: %w", subject(m), err)))
	}
	if m.Shared().ID.IsNull() {
		isGone, more := l.identifyDeleted(ctx, all, m, *record, known)
		diags.Append(more...)
		switch {
		case more.HasError():
			return diags
		case isGone && !l.isOwners(all, *record) && !rotation.Expired(record.End(rotation.Instant(m.Shared().ExpiresAt)), l.server.Now()):
			return append(diags, diag.NewErrorDiagnostic("Unable to delete "+l.report.Noun().Words, unidentified+". No list shows a token that it could be"+mintedAt(m)+", but nothing proves that it was minted for the user whose tokens the provider lists. "+
				"If the provider was logged in otherwise then, configure it as before. Otherwise find out whether the token still exists, and delete it on the server if it does; then remove the resource from the state with terraform state rm."))
		case isGone:
			// Its name may still lead to an orphan.
			return append(diags, l.deleteOrphans(ctx, all, m, record)...)
		}
	}
	diags.Append(l.deleteOrphans(ctx, all, m, record)...)
	return append(diags, l.deleteCurrent(ctx, m, *record)...)
}

// identifyDeleted finds the id of a token that is to be deleted and could not be identified when it was minted, or reports that it
// is gone. It is none of those that are known.
func (l life[M, P, R]) identifyDeleted(ctx context.Context, all []R, m P, record rotation.Record, known []string) (bool, diag.Diagnostics) {
	if isUnidentified(m) {
		record.Known = append(known, record.Known...)
		return l.nameCandidates(ctx, all, m, record)
	}
	_, row, err := l.find(ctx, m, record)
	if hidden := asHidden(err); hidden != nil {
		return false, diag.Diagnostics{l.notRevoked(nameOf(m), nameOf(m), hidden)}
	}
	if err != nil {
		return false, diag.Diagnostics{l.report.Failure(system.Delete, err)}
	}
	if row == nil {
		return true, nil
	}
	id := l.server.Row(*row).ID
	if l.kind.IsOwnCredential(id, row, m.SecretAttribute().ValueString()) {
		return false, diag.Diagnostics{ownCredential(id)}
	}
	m.Shared().ID = types.StringValue(id)
	return false, nil
}

// mintedAt tells of a token without an id what is known of it.
func mintedAt(m Model) string {
	text := ""
	if name := nameOf(m); name != "" {
		text += " (" + name + ")"
	}
	if minted := rotation.Instant(m.Shared().CreatedAt); minted != nil {
		text += ", minted at " + rotation.Format(*minted)
	}
	return text
}

// anyZone is longer than the zones of the world lie apart: a list's times may be local ones that do not say so.
const anyZone = 30 * time.Hour

// nameCandidates names what a token could be that nothing leads to, or reports that it is gone. Only the time of its creation speaks
// for one, which proves nothing.
func (l life[M, P, R]) nameCandidates(ctx context.Context, all []R, m P, record rotation.Record) (bool, diag.Diagnostics) {
	minted, isYoung := rotation.Instant(m.Shared().CreatedAt), l.isYoung(m, record)
	isOther := func(r R) bool {
		row := l.server.Row(r)
		return slices.Contains(record.Known, row.ID) || row.CreatedAt != nil && minted != nil && row.CreatedAt.Sub(*minted).Abs() >= anyZone
	}
	candidates := slices.DeleteFunc(slices.Clone(all), isOther)
	for _, delay := range rest.LookDelays() {
		if len(candidates) > 0 || !isYoung {
			break
		}
		err := l.server.Sleep(ctx, delay)
		if err == nil {
			all, err = l.server.Refresh(ctx)
		}
		if err != nil {
			return false, diag.Diagnostics{l.report.Failure(system.Delete, err)}
		}
		candidates = slices.DeleteFunc(slices.Clone(all), isOther)
	}
	summary := "Unable to delete " + l.report.Noun().Words
	switch named := l.server.describe(candidates); {
	case len(candidates) == 0 && isYoung:
		return false, diag.Diagnostics{diag.NewErrorDiagnostic(summary, unidentified+", and the list does not show it yet. Apply again in two minutes.")}
	case len(candidates) == 0:
		return true, nil
	case isYoung:
		return false, diag.Diagnostics{diag.NewErrorDiagnostic(summary, unidentified+", so the provider could delete somebody else's token. It is one of: "+named+", or one that the list does not show yet. "+adviceCandidates)}
	default:
		return false, diag.Diagnostics{diag.NewErrorDiagnostic(summary, unidentified+", so the provider could delete somebody else's token. It is one of: "+named+". "+adviceCandidates)}
	}
}

// unidentified begins what is said of a token whose id is not known.
const unidentified = "When the token was minted, its id could not be found"

const adviceCandidates = "Find out which one it is and delete it on the server; then remove the resource from the state with terraform state rm."
