package magpie

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
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
	if err := checkOwnAccount(ctx, client, account, before); err != nil {
		return nil, err
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
			return nil, false, &lostAnswer{
				cause: lost, text: fmt.Sprintf("the answer to the rotation was lost, and whether it happened is not known, because the list failed too (%s)", err.Error()),
				advice: "If it happened, every earlier token of the account is dead. Apply again to rotate once more.",
			}
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
		if len(after) == 1 && minted.ID == "" && isCertain(client, last, fresh, minted) {
			return &fresh[0], nil
		}
	}
	doubt.Candidates = idsOf(fresh)
	doubt.text = "the account was rotated and the new secret is in the state, but the account does not have exactly one token, so the new one's id is not certain. New on the account: " + listed(fresh)
	return nil, doubt
}

// findOnly looks for the token of a state without an id, which comes from an import or from a rotation whose list failed: it is the
// only one of the account. A token that was there before the rotation is not it, but shows that the list lags behind.
func findOnly(ctx context.Context, client *api.Client, state exclusiveModel, hints leads) (*api.AccessToken, error) {
	all, err := client.List(ctx, state.account())
	for _, delay := range lookDelays() {
		if err != nil {
			return nil, err
		}
		admitted := slices.DeleteFunc(slices.Clone(all), func(t api.AccessToken) bool { return !hints.admit(t) })
		switch {
		case len(all) == 1 && len(admitted) == 1:
			return &all[0], nil
		case state.Token.IsNull() && state.EncryptedSecret.IsNull() && len(all) > 1:
			// There is no secret whose loss an error would mean.
			return nil, fmt.Errorf("the service account %s has %d tokens (%s), and which of them the resource should own cannot be told. Delete the others in Magpie first, or do not import: creating the resource deletes them all and mints a new one",
				state.UserName.ValueString(), len(all), listed(all))
		case len(all) > 0 && len(admitted) == len(all), !isSettling(client, rotation.Instant(state.CreatedAt)):
			return nil, nil //nolint:nilnil // none, or several of which the caller reminds
		}
		if err := pause(ctx, delay); err != nil {
			return nil, err
		}
		all, err = client.ListAnew(ctx, state.account())
	}
	return nil, err
}

// checkOwnAccount refuses to rotate the account whose access token the provider logs in with: that token would be deleted, too.
// Nothing tells whose it is but the lists: ids are unique, so the same id on both means the same account.
func checkOwnAccount(ctx context.Context, client *api.Client, account api.Account, before []api.AccessToken) error {
	if !client.UsesAccessToken() || len(before) == 0 {
		return nil
	}
	own, err := client.List(ctx, api.Own)
	if isRefused(err) {
		// The account's list is there, and one's own is not: they are not the same.
		return nil
	}
	if err != nil {
		return fmt.Errorf("nothing was rotated, because it cannot be told whether the provider logs in as this very account: %w", err)
	}
	if slices.ContainsFunc(before, func(t api.AccessToken) bool { return byID(own, t.ID) != nil }) {
		return fmt.Errorf("the provider logs in as the service account %s with one of its access tokens, which a rotation would delete. Nothing was rotated. Configure the provider with the credential of another organization admin", string(account))
	}
	return nil
}

// isRefused reports a well-formed refusal, which says that something is not allowed.
func isRefused(err error) bool {
	var e *rest.Error
	return errors.As(err, &e) && e.Kind == rest.Refused
}
