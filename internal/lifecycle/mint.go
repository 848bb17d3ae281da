package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

const (
	// mintTries bounds how often a mint is begun whose answer was lost.
	mintTries = 3
	// clockSlack is how far a token's creation may lie outside the time of the request that made it: answers tell the
	// server's time in whole seconds.
	clockSlack = 2 * time.Second
	// recoveryTimeout bounds the search for a token. It goes on after an interrupt, because a token that nobody knows is
	// worse than a run that ends later.
	recoveryTimeout = 3 * time.Minute
)

// Unidentified is a token that was minted, and whose secret is known, but whose id could not be found.
type Unidentified struct {
	// Candidates are the ids of the tokens that it could be.
	Candidates []string
	text       string
	cause      error
}

func (u *Unidentified) Error() string {
	if u.cause != nil {
		return u.text + ": " + u.cause.Error()
	}
	return u.text
}

func (u *Unidentified) Unwrap() error { return u.cause }

// Mint creates a token and does not lose it; keep gets the secret in the statement after the answer. It is the only place that
// recovers a lost answer.
//
// Where names are unique, they recover it: a token under the requested name that was not there before, made while the request was
// under way and to its letter, is this run's own. Nobody knows its secret, so it is deleted and the mint begins again under the
// same name; should the server complete the lost request after all, it finds the name taken. What cannot be proved to be this
// run's own is left alone and named in the error. Tokens without names prove nothing, and are only named.
func (s Server[R]) Mint(ctx context.Context, request Request[R], keep func(Answer[R])) (*R, error) {
	unlock, err := s.Lock(ctx, request.Name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if request.Name == "" && s.UnknownAt != nil && s.isSettling(s.UnknownAt()) {
		return nil, errUnsettled
	}
	before, err := s.listBefore(ctx, request.Name)
	if err != nil {
		return nil, fmt.Errorf("nothing was created, because the tokens that exist could not be listed first: %w", err)
	}
	known := s.known(before, request.Name)
	ctx, withdraw := s.announce(ctx)
	defer withdraw()
	// Before all tries: what an earlier try has made that a lagging list shows late is as much this run's own.
	start := s.Now()
	for try := 1; ; try++ {
		answer, err := request.Send(ctx)
		if err == nil {
			answer.before, answer.known = before, known.nameless
			keep(answer)
			if answer.Row != nil {
				return answer.Row, nil
			}
			return s.identify(ctx, request, known.has, answer)
		}
		lost := rest.MayHaveExecuted(err)
		if !lost && try == 1 {
			return nil, err
		}
		if request.Name == "" {
			return nil, s.lostNameless(ctx, known.nameless, err)
		}
		orphan, problem := s.ownOrphan(ctx, request, known.has, start)
		if orphan != nil && request.Adopt != nil {
			answer, err := request.Adopt(context.WithoutCancel(ctx), *orphan)
			keep(answer)
			return answer.Row, err
		}
		if orphan != nil {
			problem = s.deleteOrphan(ctx, request, *orphan)
		}
		switch {
		case problem != nil:
			return nil, problem
		case orphan != nil && ctx.Err() != nil:
			return nil, fmt.Errorf("the run was interrupted while %q was created. The %s that this left behind was deleted: %w", request.Name, s.noun(), err)
		case !lost && orphan == nil && s.isTaken(ctx, request.Name):
			return nil, err
		case !lost && orphan == nil:
			return nil, &lostEarlier{fmt.Sprintf("the answer to an earlier request for %q was lost, and the list does not show yet what that request may have created. "+
				"If a token of that name appears that was created after %s, delete it, because nobody knows its secret. Then apply again", request.Name, rotation.Format(start)), err}
		case try == mintTries:
			return nil, fmt.Errorf("the answer to the creation of %q was lost %d times. Afterwards there was no such %s; if one appears, delete it, because nobody knows its secret: %w",
				request.Name, try, s.noun(), err)
		}
	}
}

// listBefore is the list before a mint. A name tells a new token from an old one by itself; without one everything hangs on what the list
// has shown just before.
func (s Server[R]) listBefore(ctx context.Context, name string) ([]R, error) {
	if name != "" {
		return s.List(ctx)
	}
	return s.Recent(ctx)
}

// announce says that a mint is about to be sent, where others wait for that.
func (s Server[R]) announce(ctx context.Context) (announced context.Context, withdraw func()) {
	if s.Announce == nil {
		return ctx, func() {}
	}
	return s.Announce(ctx)
}

var errUnsettled = errors.New("nothing was minted: an earlier request of this run, for the same account, may have created a token that the list does not show yet, and the provider could mistake that token for the new one. Apply again in two minutes")

// isTaken reports whether the newest list shows a token of a name.
func (s Server[R]) isTaken(ctx context.Context, name string) bool {
	all, _ := s.List(ctx)
	return len(s.Named(all, name)) > 0
}

// lostEarlier is a refusal that an earlier request is the likely reason of, whose answer was lost.
type lostEarlier struct {
	text    string
	refused error
}

func (l *lostEarlier) Error() string { return l.text + ": " + l.refused.Error() }

func (l *lostEarlier) Unwrap() error { return l.refused }

// known are the ids that do not belong to a token that is about to be minted.
type known struct {
	has func(id string) bool
	// nameless are all of them where the token has no name, and nothing else tells it from others.
	nameless map[string]bool
}

func (s Server[R]) known(before []R, name string) known {
	if name != "" && s.Seen == nil {
		return known{has: func(id string) bool { return s.byID(before, id) != nil }}
	}
	var ids map[string]bool
	if s.Seen != nil {
		ids = s.Seen()
	}
	if ids == nil {
		ids = make(map[string]bool, len(before))
	}
	for _, row := range before {
		ids[s.Row(row).ID] = true
	}
	return known{has: isIn(ids), nameless: ids}
}

func isIn(ids map[string]bool) func(id string) bool {
	return func(id string) bool { return ids[id] }
}

// fresh are the tokens of a list that were not known before and have a name.
func (s Server[R]) fresh(all []R, name string, isKnown func(id string) bool) []R {
	return slices.DeleteFunc(s.Named(all, name), func(r R) bool { return isKnown(s.Row(r).ID) })
}

// taken are the tokens of a list that have a name already; none where the list shows tokens of several owners, and so does not tell whether
// the name is taken.
func (s Server[R]) taken(all []R, name string) []R {
	owner := ""
	for _, r := range all {
		switch told := s.Row(r).Owner; {
		case owner == "":
			owner = told
		case told != "" && !strings.EqualFold(told, owner):
			return nil
		}
	}
	return s.Named(all, name)
}

// look looks for new tokens of a name until enough says that it has seen enough, or for as long as a list may lag.
func (s Server[R]) look(ctx context.Context, name string, isKnown func(id string) bool, enough func(fresh []R) bool) ([]R, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTimeout)
	defer cancel()
	var fresh []R
	for _, delay := range rest.LookDelays() {
		if err := s.Sleep(ctx, delay); err != nil {
			return nil, err
		}
		all, err := s.Refresh(ctx)
		if err != nil {
			return nil, err
		}
		if fresh = s.fresh(all, name, isKnown); enough(fresh) {
			break
		}
	}
	return fresh, nil
}

func isAny[R any](fresh []R) bool { return len(fresh) > 0 }

// noteUnknown remembers that there may be a token now that no list has shown: until lists must have done so, no other is minted whose id only
// a list can tell.
func (s Server[R]) noteUnknown() {
	if s.NoteUnknown != nil {
		s.NoteUnknown(s.Now())
	}
}

// ownOrphan finds the token that a lost answer has left behind; nil where there is none.
func (s Server[R]) ownOrphan(ctx context.Context, request Request[R], isKnown func(id string) bool, start time.Time) (*R, error) {
	left, err := s.look(ctx, request.Name, isKnown, isAny)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer to the creation of %q was lost, and whether the %s exists is not known, because the %[2]ss could not be listed. "+
			"Look for a %[2]s of that name, created after %[3]s, and delete it: nobody knows its secret: %[4]w", request.Name, s.noun(), rotation.Format(start), err)
	case len(left) == 0:
		return nil, nil //nolint:nilnil // nothing was made, and that is no error
	case len(left) > 1 || !s.isMadeBetween(left[0], start, s.Now()) || !request.IsOwn(left[0]):
		return nil, fmt.Errorf("the answer to the creation of %q was lost. A %s of that name exists now that was not there before, but it is not certain that it comes from this run, so nothing was touched. "+
			"If it is yours, delete it, because nobody knows its secret, and apply again: %s", request.Name, s.noun(), s.describe(left))
	}
	return &left[0], nil
}

func (s Server[R]) deleteOrphan(ctx context.Context, request Request[R], orphan R) error {
	if err := s.Delete(context.WithoutCancel(ctx), s.Row(orphan).ID); err != nil {
		return fmt.Errorf("the answer to the creation of %q was lost, and the token that it left behind could not be deleted. Delete it, because nobody knows its secret: %s: %w",
			request.Name, s.describe([]R{orphan}), err)
	}
	return nil
}

// noun is what messages call what is minted.
func (s Server[R]) noun() string { return cmp.Or(s.Noun, "token") }

func (s Server[R]) isMadeBetween(r R, start, end time.Time) bool {
	created := s.Row(r).CreatedAt
	return created != nil && !created.Before(start.Add(-clockSlack)) && !created.After(end.Add(clockSlack))
}

// lostNameless says what can be said about a lost answer where tokens have no names.
func (s Server[R]) lostNameless(ctx context.Context, known map[string]bool, lost error) error {
	left, err := s.look(ctx, "", isIn(known), isAny)
	if len(left) == 0 {
		s.noteUnknown()
	}
	switch {
	case err != nil:
		return fmt.Errorf("the answer to the creation was lost, and whether the token exists is not known, because the list failed too (%s). Before the request, the account had these tokens: %s. Delete a token that is new and that nobody else created, because nobody knows its secret. "+adviceUnknown+": %w", err.Error(), orNone(slices.Sorted(maps.Keys(known))), lost)
	case len(left) > 0:
		return fmt.Errorf("the answer to the creation was lost. New on the account since then, and possibly created by this run: %s. Delete the token that nobody else created, because nobody knows its secret. "+adviceUnknown+": %w", s.describe(left), lost)
	}
	return fmt.Errorf("the answer to the creation was lost. The account has no new token so far; if one appears that nobody else created, delete it, because nobody knows its secret. "+adviceUnknown+": %w", lost)
}

// identify finds the token that has just been minted where the answer does not describe it: by its id if the answer told that, by
// its name, or else as the one new token of the list. A list that lags could show somebody else's new token and not this one yet;
// so without a name it must be the only one in two looks in a row. Nor may another mint begin between the two, so that they share a look: its
// token would be a second new one, and nothing would tell it any more from one that the first look has shown in place of somebody else's.
func (s Server[R]) identify(ctx context.Context, request Request[R], isKnown func(id string) bool, answer Answer[R]) (*R, error) {
	several, isConfirmed := false, false
	var last string
	isFound := func(fresh []R) bool {
		switch {
		case answer.ID != "":
			return s.find(fresh, answer.ID) != nil
		case request.Name != "":
			return len(fresh) > 0
		case len(fresh) != 1 || several:
			several, last = several || len(fresh) > 1, ""
			return false
		}
		id := s.Row(fresh[0]).ID
		isConfirmed = id == last
		last = id
		return isConfirmed
	}
	fresh, err := s.look(ctx, request.Name, isKnown, isFound)
	doubt := &Unidentified{text: "the " + s.noun() + " was created, but its id could not be found", cause: err}
	for _, row := range fresh {
		doubt.Candidates = append(doubt.Candidates, s.Row(row).ID)
	}
	switch {
	case err != nil && answer.ID != "":
		doubt.Candidates = []string{answer.ID}
		doubt.text = fmt.Sprintf("the token was minted, and the answer names the id %s, which could not be verified, because the list failed", answer.ID)
	case err != nil:
		doubt.text += ", because the list failed"
	case answer.ID != "":
		if row := s.find(fresh, answer.ID); row != nil {
			return row, nil
		}
		doubt.text += fmt.Sprintf(": the answer names the id %s, but the list does not show it. New in the list: %s", answer.ID, s.describe(fresh))
	case len(fresh) == 0:
		doubt.text += ": no new " + s.noun() + " has appeared in the list"
	case len(fresh) == 1 && (request.Name != "" || isConfirmed):
		return &fresh[0], nil
	case len(fresh) == 1 && !several:
		doubt.text += ": a new token has appeared only in the last list, and could be somebody else's: " + s.describe(fresh)
	default:
		doubt.text += ": tokens were created for the same account at the same time. It is one of: " + s.describe(fresh)
		return nil, doubt
	}
	s.noteUnknown()
	return nil, doubt
}

// describe names tokens for a message.
func (s Server[R]) describe(rows []R) string {
	lines := make([]string, 0, len(rows))
	for _, r := range rows {
		row := s.Row(r)
		line := row.ID
		if row.CreatedAt != nil {
			line += ", created " + rotation.Format(*row.CreatedAt)
		}
		lines = append(lines, line)
	}
	return orNone(lines)
}

func orNone(texts []string) string {
	if len(texts) == 0 {
		return "none"
	}
	return strings.Join(texts, "; ")
}
