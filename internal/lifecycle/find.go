package lifecycle

import (
	"context"
	"fmt"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

const (
	// settling is how long after its creation a list may not show a token yet. The vendors do not document it.
	settling = 2 * time.Minute
	// mintedSlack is how far the creation of a token without a known id may lie from the moment at which it was minted.
	mintedSlack = 5 * time.Minute
)

// find looks the token of a state up in the list, which it returns too. The row is nil only when a well-formed list of the right
// owner lacks the token; every doubt is an error.
func (l life[M, P, R]) find(ctx context.Context, m P, record rotation.Record) ([]R, *R, error) {
	all, err := l.server.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	l.server.Login = l.login(m)
	row, err := l.pick(all, m)
	isYoung := l.isYoung(m, record)
	for _, delay := range rest.LookDelays() {
		if row != nil || err != nil || !isYoung {
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
	if m.Shared().ID.IsNull() && namesOf(m) == nil {
		return all, nil, nil
	}
	id := seriesID(m)
	if err := l.elsewhere(record, id); err != nil {
		return nil, nil, err
	}
	if err := l.absenceUnproven(ctx, all, m, id); err != nil {
		return nil, nil, err
	}
	if isYoung {
		return nil, nil, fmt.Errorf("the token %s was minted a moment ago, and the list does not show it yet. Run again in two minutes: if the list still lacks it then, it was deleted outside Terraform", id)
	}
	return all, nil, nil
}

// login is as whom the provider is logged in, which the first answer may have told.
func (l life[M, P, R]) login(m P) string { return l.kind.Server(m).Login }

// isYoung reports whether a token is so young that a list may not show it yet. An expired one need not be shown, and one that is known
// to be missing will not be.
func (l life[M, P, R]) isYoung(m P, record rotation.Record) bool {
	if m.Shared().Status.ValueString() == rotation.StatusMissing {
		return false
	}
	minted := record.MintedAt
	if minted == nil {
		minted = rotation.Instant(m.Shared().CreatedAt)
	}
	now := l.server.Now()
	return minted != nil && now.Sub(*minted) < settling && !rotation.Expired(record.End(rotation.Instant(m.Shared().ExpiresAt)), now)
}

// pick finds a state's token in a list: by its id, or by its name if the mint has left the id open.
func (l life[M, P, R]) pick(all []R, m P) (*R, error) {
	t := m.Shared()
	if !t.ID.IsNull() {
		return l.server.find(all, t.ID.ValueString()), nil
	}
	if namesOf(m) == nil {
		return nil, nil //nolint:nilnil // nothing leads to it, and the caller knows
	}
	left := l.server.fresh(all, nameOf(m), nil)
	if len(left) == 0 {
		return nil, nil //nolint:nilnil // it is gone, and that is no error
	}
	minted, created := rotation.Instant(t.CreatedAt), l.server.Row(left[0]).CreatedAt
	if len(left) > 1 || minted == nil || created == nil || created.Sub(*minted).Abs() > mintedSlack {
		return nil, fmt.Errorf("the id of %q could not be found when it was minted, and it cannot be told now: %s. "+
			"If one of these is it, delete it on the server; then remove the resource from the state with terraform state rm", nameOf(m), l.server.describe(left))
	}
	return &left[0], nil
}

// elsewhere says that a token was minted on another tenant or as somebody else, whose tokens this list does not hold.
func (l life[M, P, R]) elsewhere(record rotation.Record, id string) error {
	const advice = "Configure the provider as before (several tenants or owners: one provider alias each), or forget the token with terraform state rm"
	switch s := l.server; {
	case record.Tenant != "" && s.Tenant != "" && record.Tenant != s.Tenant:
		return fmt.Errorf("the token %s was minted on %s, but the provider is configured for %s, which does not know it. "+advice, id, record.Tenant, s.Tenant)
	case record.Login != "" && s.Login != "" && record.Login != s.Login:
		return fmt.Errorf("the token %s was minted as %s, but the provider is logged in as %s, who does not see it. "+advice, id, record.Login, s.Login)
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
