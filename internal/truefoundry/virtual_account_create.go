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

// accountCreation is one planned virtual account on its way into the world.
type accountCreation struct {
	client   *api.Client
	name     string
	manifest api.Manifest
	// known are the ids of the accounts that existed already.
	known map[string]bool
	// save gets the account, as far as the answer shows it, and its token in the statement after the answer.
	save func(account *api.ServiceAccount, token rest.Secret)
}

// create puts the manifest and does not lose the token. The request is an upsert, so it is sent only for a name that is free; an
// answer without a token means that somebody else took the name in between. After a lost answer, a new account of
// that name that was created while the request was under way is this run's own.
func (c *accountCreation) create(ctx context.Context) (*api.ServiceAccount, error) {
	start := c.client.Now()
	for try := 1; ; try++ {
		account, token, err := c.client.CreateVirtualAccount(ctx, c.manifest)
		switch {
		case err == nil && !token.IsEmpty():
			c.save(account, token)
			if account == nil {
				return c.identify(ctx)
			}
			return account, nil
		case err == nil && try == 1:
			return nil, fmt.Errorf("somebody else created a virtual account named %q, id %s, at the same time. TrueFoundry's request to create one also changes one that exists, and so this run's manifest has replaced that account's. "+
				"Its token is unchanged, and nothing was added to the state. Tell its owner, and choose another name or import it", c.name, account.ID)
		case err == nil:
			// The request whose answer was lost has been carried out late.
		case !rest.MayHaveExecuted(err) && try == 1:
			return nil, err
		}
		recovered, problem := c.recover(ctx, start)
		switch {
		case recovered != nil || problem != nil:
			return recovered, problem
		case err == nil:
			return nil, fmt.Errorf("the answer to the creation of %q was lost, and it is not certain that the account that exists now, id %s, comes from this run. If it is yours, import it or delete it", c.name, account.ID)
		case !rest.MayHaveExecuted(err), try == mintTries:
			return nil, fmt.Errorf("the answer to the creation of %q was lost. Afterwards there was no such account; should one appear, delete it: %w", c.name, err)
		}
	}
}

// recover takes in the account that a lost answer has left behind; nil where there is none.
func (c *accountCreation) recover(ctx context.Context, start time.Time) (*api.ServiceAccount, error) {
	left, err := lookFor(ctx, c.client, c.client.ListVirtualAccountsAnew, c.name, c.known)
	if err != nil {
		return nil, fmt.Errorf("the answer to the creation of %q was lost, and it is not known whether the account exists, because the accounts could not be listed. "+
			"Look for an account of that name, created after %s, and delete it or import it: %w", c.name, rotation.Format(start), err)
	}
	if len(left) == 0 {
		return nil, nil //nolint:nilnil // nothing was made, and that is no error
	}
	account := left[0]
	if len(left) > 1 || !madeBetween(account, start, c.client.Now()) || !c.isOwn(account) {
		return nil, fmt.Errorf("the answer to the creation of %q was lost. An account of that name exists now that was not there before, but it is not certain that it comes from this run, so nothing was touched. "+
			"If it is yours, import it or delete it, and apply again: %s", c.name, describeAll(left))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTimeout)
	defer cancel()
	token, err := c.client.GetVirtualAccountToken(ctx, account.ID)
	regenerates := api.IsRefusal(err)
	if regenerates {
		token, err = c.client.RegenerateVirtualAccountToken(ctx, account.ID, 0)
		// The row is about the token that this has replaced.
		account.JWTID, account.JWTs = nil, nil
	}
	c.save(&account, token)
	if err != nil {
		return nil, fmt.Errorf("the answer to the creation of %q was lost. The account exists (%s) and is in the state, but its token could not be read: %w", c.name, describeAll(left), err)
	}
	if regenerates {
		if fresh, err := c.client.GetVirtualAccount(ctx, account.ID); err == nil {
			return fresh, nil
		}
	}
	return &account, nil
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
	const next = "Terraform marks the resource as tainted: the next apply looks the account up by its name, deletes it and creates another one"
	left, err := lookFor(ctx, c.client, c.client.ListVirtualAccountsAnew, c.name, c.known)
	if err != nil {
		return nil, fmt.Errorf("the account %q was created and is in the state, but its id could not be found, because the list failed. %s: %w", c.name, next, err)
	}
	if len(left) != 1 {
		return nil, fmt.Errorf("the account %q was created and is in the state, but its id could not be found: %d new accounts have that name. %s", c.name, len(left), next)
	}
	return &left[0], nil
}

// findAccount looks the account of a state up; nil when it is gone. The list may show only what the caller may see, so that the
// account is asked for by its id before it counts as gone.
func findAccount(ctx context.Context, client *api.Client, state virtualAccountModel) (*api.ServiceAccount, error) {
	all, err := client.ListVirtualAccounts(ctx)
	if err != nil {
		return nil, err
	}
	account, err := pick(all, state.ID, state.Name, state.CreatedAt)
	switch {
	case err != nil:
		return nil, err
	case account != nil:
		return withActiveToken(ctx, client, account, state)
	case state.ID.IsNull():
		if all, err = lookFor(ctx, client, client.ListVirtualAccountsAnew, state.Name.ValueString(), nil); err != nil {
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

// withActiveToken reads an account whose row names another active token than the state, and does not show it: lists may leave the
// issued tokens out, and nothing else tells when one ends.
func withActiveToken(ctx context.Context, client *api.Client, row *api.ServiceAccount, state virtualAccountModel) (*api.ServiceAccount, error) {
	if row.JWTs != nil || row.JWTID == nil || *row.JWTID == "" || *row.JWTID == state.JWTID.ValueString() {
		return row, nil
	}
	account, err := client.GetVirtualAccount(ctx, row.ID)
	if api.IsRefusal(err) {
		return row, nil
	}
	return account, err
}
