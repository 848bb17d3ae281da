package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// mintedSlack is how far the creation of a token without a known id may lie from the moment at which it was minted.
const mintedSlack = 5 * time.Minute

// find looks the token of a state up in the list, which it returns too. The row is nil only when a well-formed list of the right
// owner lacks the token; every doubt is an error.
func (l life[M, P, R]) find(ctx context.Context, m P, record rotation.Record) ([]R, *R, error) {
	all, err := l.server.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	row, err := l.pick(all, m)
	isYoung := l.isYoung(m, record)
	looks := isYoung && !l.isStandIn(m)
	for _, delay := range rest.LookDelays() {
		if row != nil || err != nil || !looks {
			break
		}
		if err = l.server.Sleep(ctx, delay); err != nil {
			return nil, nil, err
		}
		if all, err = l.server.Refresh(ctx); err != nil {
			return nil, nil, err
		}
		row, err = l.pick(all, m)
	}
	if row != nil || err != nil {
		return all, row, err
	}
	id := seriesID(m)
	if err := l.elsewhere(all, m, record); err != nil {
		return nil, nil, err
	}
	if err := l.absenceUnproven(ctx, all, m, id); err != nil {
		return all, nil, err
	}
	if isYoung {
		return nil, nil, NotShownYet(id)
	}
	return all, nil, nil
}

// elsewhere says that a list which shows no token of a series is that of another tenant or of somebody else.
func (l life[M, P, R]) elsewhere(all []R, m P, record rotation.Record) error {
	if l.isShown(all, m, record) {
		return nil
	}
	return l.isElses(all, record, seriesID(m))
}

// isElses says that a list which lacks a token is that of another tenant or of somebody else: by the login or, where that is not known, by
// the other tokens that the owner's list has shown.
func (l life[M, P, R]) isElses(all []R, record rotation.Record, id string) error {
	err := Elsewhere(record, l.server.Tenant, l.server.login(), id)
	isAnonymous := l.server.Anonymous && l.server.login() == "" && len(record.Witnesses) > 0
	if err != nil || !isAnonymous || l.server.showsAny(all, record.Witnesses) {
		return err
	}
	return fmt.Errorf("the list lacks the token %s, and each of the tokens that it showed beside it before (%s), so that it may be the list of another user. "+adviceElsewhere,
		id, strings.Join(record.Witnesses, ", "))
}

// isOwners reports whether a list is provably that of the tenant and the user for whom a token was minted: by the tenant and, where the list
// is the caller's own, by the login or by a token that the owner's list has shown. Nothing is known of that where Terraform replaces a tainted
// resource: it does not hand the record on.
func (l life[M, P, R]) isOwners(all []R, record rotation.Record) bool {
	switch {
	case record.Tenant != l.server.Tenant:
		return false
	case !l.server.Anonymous, record.Login != "" && record.Login == l.server.login():
		return true
	}
	return l.server.showsAny(all, record.Witnesses)
}

// rotatesElsewhere says why the provider does not see the token that gives way, where that is because it is somebody else, or elsewhere:
// the next token would be another owner's, and nobody would revoke this one. A refresh finds that, but a plan may have been made without.
// Where no login is known, a list that does not prove that the token is gone is taken for somebody else's.
func (l life[M, P, R]) rotatesElsewhere(ctx context.Context, all []R, current *R, s succession[P]) error {
	if current != nil || s.state.Shared().ID.IsNull() || l.isStandIn(s.state) {
		return nil
	}
	if err := l.elsewhere(all, s.state, s.record); err != nil || l.isShown(all, s.state, s.record) {
		return err
	}
	if err := l.absenceUnproven(ctx, all, s.state, seriesID(s.state)); asHidden(err) == nil {
		return err
	}
	return nil
}

// isSettling reports whether a moment, which may be none, is so close that lists may not show yet what was made then.
func (s Server[R]) isSettling(since *time.Time) bool {
	return since != nil && rest.IsSettling(*since, s.Now())
}

// showsAny reports whether a list shows a token with one of some ids.
func (s Server[R]) showsAny(all []R, ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return s.find(all, id) != nil })
}

// isShown reports whether a list shows any token of a series: then it is that of the right tenant.
func (l life[M, P, R]) isShown(all []R, m P, record rotation.Record) bool {
	return l.server.showsAny(all, knownIDs(m, record))
}

// isYoung reports whether a token is so young that a list may not show it yet. One that is known to be missing will not be.
func (l life[M, P, R]) isYoung(m P, record rotation.Record) bool {
	return m.Shared().Status.ValueString() != rotation.StatusMissing &&
		IsYoung(record, rotation.Instant(m.Shared().CreatedAt), rotation.Instant(m.Shared().ExpiresAt), l.server.Now())
}

// IsYoung reports whether a token, as a state and its record know it, is so young that a list may not show it yet. An expired one
// need not be shown.
func IsYoung(record rotation.Record, created, expires *time.Time, now time.Time) bool {
	minted := record.MintedAt
	if minted == nil {
		minted = created
	}
	return minted != nil && rest.IsSettling(*minted, now) && !rotation.Expired(record.End(expires), now)
}

// NotShownYet is the error for a young token that a list lacks.
func NotShownYet(id string) error {
	return fmt.Errorf("the token %s was minted a moment ago, and the list does not show it yet. Run again in two minutes: if the list still lacks it then, it was deleted outside Terraform", id)
}

// isUnidentified reports that nothing leads to the token of a state: its id could not be found when it was minted, and it has no name.
func isUnidentified(m Model) bool { return m.Shared().ID.IsNull() && namesOf(m) == nil }

// pick finds a state's token in a list.
func (l life[M, P, R]) pick(all []R, m P) (*R, error) {
	return l.server.Pick(all, m.Shared().ID.ValueString(), nameOf(m), rotation.Instant(m.Shared().CreatedAt))
}

// Pick finds a token in a list; nil where there is none. It goes by the id or, if the mint has left that open and it is empty, by the
// name and the moment at which the token was minted.
func (s Server[R]) Pick(all []R, id, name string, minted *time.Time) (*R, error) {
	if id != "" {
		return s.find(all, id), nil
	}
	left := s.Named(all, name)
	if len(left) == 0 {
		return nil, nil //nolint:nilnil // it is gone, and that is no error
	}
	created := s.Row(left[0]).CreatedAt
	if len(left) > 1 || minted == nil || created == nil || created.Sub(*minted).Abs() > mintedSlack {
		return nil, fmt.Errorf("the id of %q could not be found when it was created, and cannot be determined now: %s. If one of these is the token, delete it on the server; then remove the resource from the state with terraform state rm", name, s.describe(left))
	}
	return &left[0], nil
}

// adviceElsewhere says what to do about a list that cannot show a token.
const adviceElsewhere = "Configure the provider as before (several tenants or owners: one provider alias each), or forget the token with terraform state rm"

// Elsewhere says that a token which a list lacks was minted on another tenant or as somebody else; nil if it was not. An empty login
// is one that is not known.
func Elsewhere(record rotation.Record, tenant, login, id string) error {
	switch {
	case record.Tenant != "" && tenant != "" && record.Tenant != tenant:
		return fmt.Errorf("the token %s was minted on %s, but the provider is configured for %s, which does not know it. "+adviceElsewhere, id, record.Tenant, tenant)
	case record.Login != "" && login != "" && record.Login != login:
		return fmt.Errorf("the token %s was minted as %s, but the provider is logged in as %s, who cannot see it. "+adviceElsewhere, id, record.Login, login)
	}
	return nil
}

// absenceUnproven says why a list that lacks a token does not prove that it is gone.
func (l life[M, P, R]) absenceUnproven(ctx context.Context, all []R, m P, id string) error {
	if doubter, ok := l.kind.(Doubter[P, R]); ok {
		return doubter.AbsenceUnproven(ctx, all, m, id)
	}
	return nil
}
