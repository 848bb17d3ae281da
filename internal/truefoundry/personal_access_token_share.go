package truefoundry

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// share cuts lists of personal access tokens to those of one user, and to what a state knows by its id. It serves one reader; what is found out about the
// run's one list is shared with all readers: with thousands of them a walk through the list for each would cost more than everything else.
type share struct {
	kind personalAccessTokenKind
	// email is the user; empty for the caller. An administrator's list may show other users' tokens, which may have the same names.
	email string
	ids   []string
	// last is the part of a list that the reader has got last.
	last atomic.Pointer[part]
}

// part is what a list shows of one user's tokens.
type part struct {
	// rows are the list itself where it shows nobody else's; then memo is nil: the list has its own.
	rows []api.ServiceAccount
	memo *rest.Memo
}

// parts are what is remembered about a list.
type parts struct {
	kind personalAccessTokenKind
	// size is how long the list was when it was walked through.
	size int
	// caller is whose key the provider has; nil before anybody has asked.
	caller *string
	of     map[user]*part
}

// user is whose tokens a part has: surely those of an e-mail address, or those that may be the caller's.
type user struct {
	email    string
	isCaller bool
}

// partsKey is what parts are remembered by.
type partsKey struct{}

// has reports whether a token belongs to a part by itself.
func (u user) has(a api.ServiceAccount) bool {
	if u.isCaller {
		return u.email == "" || mayBelongTo(a, u.email)
	}
	return belongsTo(a, u.email)
}

// mayHave reports whether a token belongs to a part if a state knows it by its id.
func (u user) mayHave(a api.ServiceAccount) bool { return u.isCaller || mayBelongTo(a, u.email) }

// lister lists personal access tokens.
type lister func(context.Context) ([]api.ServiceAccount, error)

// of cuts what is listed. Who may not list anything is shown nothing of another user's.
func (s *share) of(list lister) lister {
	return func(ctx context.Context) ([]api.ServiceAccount, error) {
		all, err := list(ctx)
		switch {
		case s.email != "" && api.IsRefusal(err):
			return nil, nil
		case err != nil:
			return nil, err
		}
		return s.cut(all), nil
	}
}

// cut returns a list's part, which must not be changed.
func (s *share) cut(all []api.ServiceAccount) []api.ServiceAccount {
	memo := s.kind.client.MemoOfPersonalAccessTokens(all)
	whose, shown := s.kind.part(all, s.email, memo)
	isExtra := func(a api.ServiceAccount) bool {
		return slices.Contains(s.ids, a.ID) && !whose.has(a) && whose.mayHave(a)
	}
	hasExtra := false
	if memo == nil {
		hasExtra = slices.ContainsFunc(all, isExtra)
	} else {
		whole := lifecycle.Server[api.ServiceAccount]{Row: s.kind.row, Memo: s.kind.client.MemoOfPersonalAccessTokens}
		hasExtra = slices.ContainsFunc(s.ids, func(id string) bool {
			if id == "" {
				return false
			}
			row, _ := whole.Pick(all, id, "", nil)
			return row != nil && isExtra(*row)
		})
	}
	if hasExtra {
		return slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool { return !whose.has(a) && !isExtra(a) })
	}
	s.last.Store(shown)
	return shown.rows
}

// memo is what readers remember about a list's part.
func (s *share) memo(rows []api.ServiceAccount) *rest.Memo {
	last := s.last.Load()
	if last != nil && last.memo != nil && len(rows) > 0 && len(rows) == len(last.rows) && &rows[0] == &last.rows[0] {
		return last.memo
	}
	return s.kind.client.MemoOfPersonalAccessTokens(rows)
}

// part returns what a list shows of a user's tokens, of the caller's where the e-mail address is empty. It is found out once for a list that has a memo.
func (k personalAccessTokenKind) part(all []api.ServiceAccount, email string, memo *rest.Memo) (user, *part) {
	known := &parts{kind: k, size: len(all), of: map[user]*part{}}
	if memo == nil {
		return known.part(all, email)
	}
	memo.Lock()
	defer memo.Unlock()
	if earlier, ok := memo.Value(partsKey{}).(*parts); ok && earlier.size == len(all) {
		known = earlier
	}
	memo.Remember(partsKey{}, known)
	return known.part(all, email)
}

func (p *parts) part(all []api.ServiceAccount, email string) (user, *part) {
	whose := user{email: email}
	if email == "" {
		if p.caller == nil {
			caller := p.kind.caller(all)
			p.caller = &caller
		}
		whose = user{email: *p.caller, isCaller: true}
	}
	known := p.of[whose]
	if known == nil {
		known = &part{rows: slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool { return !whose.has(a) }), memo: &rest.Memo{}}
		p.of[whose] = known
	}
	if known.memo == nil || len(known.rows) == len(all) {
		known = &part{rows: all}
		p.of[whose] = known
	}
	return whose, known
}

// Replaced implements [rest.Follower].
func (p *parts) Replaced(int, api.ServiceAccount, api.ServiceAccount) {
	p.caller = nil
	clear(p.of)
}

// Removed implements [rest.Follower].
func (p *parts) Removed(_ int, was api.ServiceAccount) {
	p.size--
	if p.kind.IsOwnCredential("", &was, "") {
		p.caller = nil
	}
	for whose, known := range p.of {
		at := slices.IndexFunc(known.rows, func(a api.ServiceAccount) bool { return a.ID == was.ID })
		if known.memo == nil || at < 0 {
			continue
		}
		rows := slices.Concat(known.rows[:at], known.rows[at+1:])
		p.of[whose] = &part{rows: rows, memo: rest.Follow(known.memo, func(f rest.Follower[api.ServiceAccount]) { f.Removed(at, was) })}
	}
}
