package magpie

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// searchTimeout bounds the search for a new token's id. It goes on after an interrupt: the secret is in hand already.
const searchTimeout = 3 * time.Minute

// lookDelays are the pauses before each look at the list: a new token may be in it a little later.
func lookDelays() []time.Duration {
	return []time.Duration{0, 500 * time.Millisecond, time.Second, 2 * time.Second}
}

// uncertain is a token that exists and whose id could not be told.
type uncertain struct {
	leads
	text  string
	cause error
}

// leads are what is known about which token it could be.
type leads struct {
	// Known are the ids that were there before, and Candidates those that are new, if the list told.
	Known      []string `json:"known,omitempty"`
	Candidates []string `json:"candidates,omitempty"`
	// remembered is set where there are leads at all.
	remembered bool
}

func (u *uncertain) Error() string {
	if u.cause != nil {
		return u.text + ": " + u.cause.Error()
	}
	return u.text
}

func (u *uncertain) Unwrap() error { return u.cause }

// lostAnswer is a mint that may or may not have been carried out.
type lostAnswer struct {
	text, advice string
	cause        error
}

func (l *lostAnswer) Error() string { return l.text + ": " + l.cause.Error() }

func (l *lostAnswer) Unwrap() error { return l.cause }

// mint creates a token and finds its id, which the answer does not tell, by comparing the account's list before with the one
// after. keep gets the secret in the statement after the answer. Nobody else in this process mints for the account meanwhile;
// somebody elsewhere may, and then the id is not guessed.
func mint(ctx context.Context, client *api.Client, account api.Account, keep func(api.Minted)) (*api.AccessToken, error) {
	unlock, err := client.LockAccount(ctx, account)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := client.ListLately(ctx, account); err != nil {
		return nil, fmt.Errorf("nothing was created, because the tokens that exist could not be listed first: %w", err)
	}
	known := client.Seen(account)
	minted, err := client.Create(ctx, account)
	if err != nil {
		if rest.MayHaveExecuted(err) {
			return nil, reportLost(ctx, client, account, known, err)
		}
		return nil, err
	}
	keep(minted)
	token, err := identify(ctx, client, account, known, minted)
	if err == nil {
		client.Add(account, *token)
		client.Manage(token.ID)
	}
	return token, err
}

// identify finds the one token that is new, or the one with the id that the answer told after all.
func identify(ctx context.Context, client *api.Client, account api.Account, known map[string]bool, minted api.Minted) (*api.AccessToken, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), searchTimeout)
	defer cancel()
	doubt := &uncertain{leads: leads{Known: slices.Sorted(maps.Keys(known))}}
	var fresh []api.AccessToken
	several := false
	for look, delay := range lookDelays() {
		time.Sleep(delay)
		after, err := client.ListAnew(ctx, account)
		if err != nil {
			doubt.cause = err
			doubt.text = "the token was minted and its secret is in the state, but its id could not be found, because the list failed"
			if minted.ID != "" {
				doubt.text = fmt.Sprintf("the token was minted and its secret is in the state; the answer told the id %s, but the list, which must show it, failed", minted.ID)
			}
			return nil, doubt
		}
		last := fresh
		fresh = added(known, after)
		if token := byID(fresh, minted.ID); token != nil {
			return token, nil
		}
		learn(client, look, last, fresh)
		// Among several the minted one may yet be lacking: the candidates are complete only after all looks.
		several = several || len(fresh) > 1
		if minted.ID == "" && !several && isCertain(client, last, fresh, minted) {
			return &fresh[0], nil
		}
	}
	doubt.Candidates = idsOf(fresh)
	doubt.text = "the token was minted and its secret is in the state, but no new token appeared in the list"
	switch {
	case minted.ID != "":
		doubt.text = fmt.Sprintf("the token was minted and its secret is in the state, but the list does not show the id %s that the answer told. New in the list: %s", minted.ID, listed(fresh))
	case several:
		doubt.text = "the token was minted and its secret is in the state, but somebody else created tokens for the same account at the same time, so its id is not certain. It is one of: " + listed(fresh)
	}
	return nil, doubt
}

// mintingTime is how far a token's creation may lie from the time of the answer that brought it.
const mintingTime = time.Second

// learn takes note, from the first two looks after a mint, whether the server's lists show a new token at once.
func learn(client *api.Client, look int, last, fresh []api.AccessToken) {
	switch {
	case look == 0 && len(fresh) == 0, look == 1 && len(fresh) != len(last):
		client.NoteLists(false)
	case look == 1:
		client.NoteLists(true)
	}
}

// isCertain decides whether the one new token of a list is the minted one. A list that lags behind could show somebody else's,
// and not this one yet: so it must be alone at a second look, too, unless its time of creation fits and the lists of this run
// have been seen to show new tokens at once.
func isCertain(client *api.Client, last, fresh []api.AccessToken, minted api.Minted) bool {
	if len(fresh) != 1 {
		return false
	}
	if created := fresh[0].Created.At; created != nil && !minted.At.IsZero() && created.Sub(minted.At).Abs() <= mintingTime && client.ListsAreProven() {
		return true
	}
	return len(last) == 1 && last[0].ID == fresh[0].ID
}

// reportLost says what can be said about a mint whose answer was lost. Tokens have no names, so nothing proves that a new one in
// the list comes from this run: it is named, and left alone.
func reportLost(ctx context.Context, client *api.Client, account api.Account, known map[string]bool, lost error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), searchTimeout)
	defer cancel()
	for _, delay := range lookDelays() {
		time.Sleep(delay)
		after, err := client.ListAnew(ctx, account)
		if err != nil {
			return &lostAnswer{cause: lost, text: fmt.Sprintf("the answer to the creation was lost, and whether the token exists is not known, because the list failed too (%s). The account's tokens before were: %s",
				err.Error(), orNone(slices.Sorted(maps.Keys(known)))), advice: "Delete a token that is new and that nobody else made: nobody knows its secret. Then apply again."}
		}
		if fresh := added(known, after); len(fresh) > 0 {
			return &lostAnswer{
				cause: lost, text: "the answer to the creation was lost. New on the account since then, and possibly made by this run: " + listed(fresh),
				advice: "Delete what nobody else made: nobody knows its secret. Then apply again.",
			}
		}
	}
	return &lostAnswer{
		cause: lost, text: "the answer to the creation was lost. No new token is on the account so far",
		advice: "Apply again. Should a token appear that nobody else made, delete it: nobody knows its secret.",
	}
}

// added are the tokens that no list has shown before.
func added(known map[string]bool, after []api.AccessToken) []api.AccessToken {
	var fresh []api.AccessToken
	for _, t := range after {
		if !known[t.ID] {
			fresh = append(fresh, t)
		}
	}
	return fresh
}

func idsOf(tokens []api.AccessToken) []string {
	ids := make([]string, 0, len(tokens))
	for _, t := range tokens {
		ids = append(ids, t.ID)
	}
	slices.Sort(ids)
	return ids
}

func listed(tokens []api.AccessToken) string { return orNone(idsOf(tokens)) }

func orNone(ids []string) string {
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}

func byID(all []api.AccessToken, id string) *api.AccessToken {
	for i := range all {
		if all[i].ID == id {
			return &all[i]
		}
	}
	return nil
}
