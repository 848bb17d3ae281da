package truefoundry

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// taken is a name under which an account exists.
type taken struct{ account api.ServiceAccount }

func (t *taken) Error() string {
	return "a virtual account named " + t.account.Name + " exists and has the id " + t.account.ID
}

// accountCreation is one planned virtual account on its way into the world.
type accountCreation struct {
	client   *api.Client
	name     string
	manifest api.Manifest
	// known are the ids of the accounts that were there before.
	known map[string]bool
	// keep gets the account, as far as the answer shows it, and its token in the statement after the answer.
	keep func(account *api.ServiceAccount, token rest.Secret)
}

// create puts the manifest and does not lose the token. The request is an upsert, so it is sent only for a name that is free; an
// answer without a token means that somebody else took the name in between. After a lost answer, an account of that name that
// was not there before and was made while the request was under way is this run's own.
func (c *accountCreation) create(ctx context.Context) error {
	before, err := c.client.ListVirtualAccountsRecently(ctx)
	if err != nil {
		return fmt.Errorf("nothing was created, because the accounts that exist could not be listed first: %w", err)
	}
	if left := named(before, c.name, nil); len(left) > 0 {
		return &taken{left[0]}
	}
	c.known = idsOf(before)
	start := c.client.Now()
	for try := 1; ; try++ {
		account, token, err := c.client.CreateVirtualAccount(ctx, c.manifest)
		switch {
		case err == nil && !token.IsEmpty():
			c.keep(account, token)
			return nil
		case err == nil && try == 1:
			return fmt.Errorf("somebody else created a virtual account named %q, id %s, at the same time. TrueFoundry's request to create one also changes one that exists, and so this run's manifest has replaced that account's. "+
				"Its token is unchanged, and nothing was taken into the state. Tell its owner, and choose another name or import it", c.name, account.ID)
		case err == nil:
			// The request whose answer was lost has been carried out late.
		case !rest.MayHaveExecuted(err) && try == 1:
			return err
		}
		recovered, problem := c.recover(ctx, start)
		switch {
		case problem != nil:
			return problem
		case recovered:
			return nil
		case err == nil:
			return fmt.Errorf("the answer to the creation of %q was lost, and the account that exists now does not come from this run for certain: id %s. If it is yours, import it or delete it", c.name, account.ID)
		case !rest.MayHaveExecuted(err), try == mintTries:
			return fmt.Errorf("the answer to the creation of %q was lost. Afterwards there was no such account; should one appear, delete it: %w", c.name, err)
		}
	}
}

// recover takes in the account that a lost answer has left behind, if there is one, and reports whether there was.
func (c *accountCreation) recover(ctx context.Context, start time.Time) (bool, error) {
	left, err := lookFor(ctx, c.client, c.client.ListVirtualAccountsAnew, c.name, c.known)
	if err != nil {
		return false, fmt.Errorf("the answer to the creation of %q was lost, and it is not known whether the account exists, because the accounts could not be listed. "+
			"Look for an account of that name, created after %s, and delete it or import it: %w", c.name, rotation.Format(start), err)
	}
	if len(left) == 0 {
		return false, nil
	}
	account := left[0]
	if len(left) > 1 || !madeBetween(account, start, c.client.Now()) || !c.isOwn(account) {
		return false, fmt.Errorf("the answer to the creation of %q was lost. An account of that name exists now that was not there before, but it is not certain that it comes from this run, so nothing was touched. "+
			"If it is yours, import it or delete it, and apply again: %s", c.name, describeAll(left))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTimeout)
	defer cancel()
	token, err := c.client.GetVirtualAccountToken(ctx, account.ID)
	regenerates := api.IsRefusal(err)
	if regenerates {
		token, err = c.client.RegenerateVirtualAccountToken(ctx, account.ID, 0)
		// What the row says about the active token holds no longer.
		account.JWTID, account.JWTs = nil, nil
	}
	c.keep(&account, token)
	if regenerates {
		if fresh, err := c.client.GetVirtualAccount(ctx, account.ID); err == nil {
			account = *fresh
		}
	}
	if err != nil {
		return false, fmt.Errorf("the answer to the creation of %q was lost. The account exists (%s) and is in the state, but its token could not be had: %w", c.name, describeAll(left), err)
	}
	return true, nil
}

// isOwn reports whether an account shows nothing that contradicts the manifest that was put.
func (c *accountCreation) isOwn(account api.ServiceAccount) bool {
	return !slices.ContainsFunc(manifestFields(), func(f manifestField) bool {
		want, _ := f.read(c.manifest)
		shown, err := f.read(account.Manifest)
		return err == nil && !want.IsNull() && !shown.IsNull() && !shown.Equal(want)
	})
}

// identify finds the account whose creation was answered with a token, but not with the account.
func (c *accountCreation) identify(ctx context.Context) (*api.ServiceAccount, error) {
	left, err := lookFor(ctx, c.client, c.client.ListVirtualAccountsAnew, c.name, c.known)
	if err != nil {
		return nil, fmt.Errorf("the account %q was created and is in the state, but its id could not be found, because the list failed: %w", c.name, err)
	}
	if len(left) != 1 {
		return nil, fmt.Errorf("the account %q was created and is in the state, but its id could not be found: %d new accounts have that name", c.name, len(left))
	}
	return &left[0], nil
}

// withActiveToken reads an account whose row names another active token than the state, and does not show it: lists may leave the
// issued tokens out, and nothing else tells when one ends.
func withActiveToken(ctx context.Context, client *api.Client, row api.ServiceAccount, state virtualAccountModel) (*api.ServiceAccount, error) {
	if row.JWTs != nil || row.JWTID == nil || *row.JWTID == "" || *row.JWTID == state.JWTID.ValueString() {
		return &row, nil
	}
	account, err := client.GetVirtualAccount(ctx, row.ID)
	if api.IsRefusal(err) {
		return &row, nil
	}
	return account, err
}

// findAccount looks the account of a state up. The list may show only what the caller may see, so that it is asked for by its id
// before it counts as gone.
func findAccount(ctx context.Context, client *api.Client, state virtualAccountModel) (*api.ServiceAccount, error) {
	all, err := client.ListVirtualAccounts(ctx)
	if err != nil {
		return nil, err
	}
	account, err := pick(all, state.ID, state.Name, state.CreatedAt)
	if account != nil || err != nil {
		return account, err
	}
	if state.ID.IsNull() {
		all, err = lookFor(ctx, client, client.ListVirtualAccountsAnew, state.Name.ValueString(), nil)
		if err != nil {
			return nil, err
		}
		return pick(all, state.ID, state.Name, state.CreatedAt)
	}
	account, err = client.GetVirtualAccount(ctx, state.ID.ValueString())
	if rest.IsNotFound(err) {
		return nil, nil //nolint:nilnil // it is gone, and that is no error
	}
	return account, err
}
