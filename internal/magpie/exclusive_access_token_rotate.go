package magpie

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// rotateTries bounds how often a rotation is begun whose answer was lost.
const rotateTries = 3

// rotate makes the account have one token, and finds its id. Its answer may be lost: when the list then shows that the tokens
// from before have made way for a new one, the rotation has happened and nobody knows the secret, so it is done once more, which
// deletes that token too. Without that proof nothing is repeated: a rotation that is still under way would kill the next one's
// token.
func rotate(ctx context.Context, client *api.Client, account api.Account, keep func(api.Minted)) (*api.AccessToken, error) {
	unlock, err := client.LockAccount(ctx, account)
	if err != nil {
		return nil, err
	}
	defer unlock()
	before, err := client.ListLately(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("nothing was rotated, because the tokens that exist could not be listed first: %w", err)
	}
	for try := 1; ; try++ {
		known := client.Seen(account)
		minted, err := client.Rotate(ctx, account)
		if err == nil {
			keep(minted)
			return only(ctx, client, account, known, minted)
		}
		if !rest.MayHaveExecuted(err) {
			return nil, err
		}
		after, happened, problem := hasRotated(ctx, client, account, before, err)
		if problem != nil {
			return nil, problem
		}
		if !happened || try == rotateTries {
			return nil, lostRotation(before, after, happened, err)
		}
		before = after
	}
}

// hasRotated looks whether a rotation happened whose answer was lost, and returns what the account has now.
func hasRotated(ctx context.Context, client *api.Client, account api.Account, before []api.AccessToken, lost error) ([]api.AccessToken, bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), searchTimeout)
	defer cancel()
	var after []api.AccessToken
	for _, delay := range lookDelays() {
		time.Sleep(delay)
		var err error
		if after, err = client.ListAnew(ctx, account); err != nil {
			return nil, false, &lostAnswer{cause: lost, text: fmt.Sprintf("the answer to the rotation was lost, and whether it happened is not known, because the list failed too (%s)", err.Error()),
				advice: "If it happened, every earlier token of the account is dead. Apply again to rotate once more."}
		}
		replaced := !slices.ContainsFunc(before, func(t api.AccessToken) bool { return byID(after, t.ID) != nil })
		if replaced && len(before) > 0 && len(after) > 0 {
			return after, true, nil
		}
	}
	return after, false, nil
}

func lostRotation(before, after []api.AccessToken, happened bool, lost error) error {
	answer := &lostAnswer{cause: lost, advice: "Apply again to rotate once more."}
	fresh := slices.DeleteFunc(slices.Clone(after), func(t api.AccessToken) bool { return byID(before, t.ID) != nil })
	switch {
	case happened:
		answer.text = fmt.Sprintf("the answer to the rotation was lost %d times. The account has tokens whose secret nobody knows (%s)", rotateTries, listed(after))
	case len(fresh) > 0:
		answer.text = "the answer to the rotation was lost, and whether it happened is not certain. New on the account since then: " + listed(fresh)
	default:
		answer.text = "the answer to the rotation was lost. The account's tokens are as they were"
	}
	return answer
}

// only finds the account's one token after a rotation. A list that still shows the tokens from before lags behind; one that
// shows several new ones means that somebody else creates tokens for the account.
func only(ctx context.Context, client *api.Client, account api.Account, known map[string]bool, minted api.Minted) (*api.AccessToken, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), searchTimeout)
	defer cancel()
	doubt := &uncertain{leads: leads{Known: slices.Sorted(maps.Keys(known))}}
	var fresh []api.AccessToken
	for _, delay := range lookDelays() {
		time.Sleep(delay)
		after, err := client.ListAnew(ctx, account)
		if err != nil {
			doubt.cause = err
			doubt.text = "the account was rotated and the new secret is in the state, but the new token's id could not be found, because the list failed"
			return nil, doubt
		}
		last := fresh
		fresh = added(known, after)
		if token := byID(fresh, minted.ID); token != nil {
			return token, nil
		}
		if len(after) == 1 && minted.ID == "" && isCertain(last, fresh, minted) {
			return &fresh[0], nil
		}
	}
	doubt.Candidates = idsOf(fresh)
	doubt.text = "the account was rotated and the new secret is in the state, but the account does not have exactly one token, so the new one's id is not certain. New on the account: " + listed(fresh)
	return nil, doubt
}
