package truefoundry

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// creation is a planned virtual account on its way into the world.
type creation struct {
	client    *api.Client
	run       *system.Connection
	state     virtualAccountModel
	encrypter rotation.Encrypter
	resp      *resource.CreateResponse
	// sent counts the requests, and regenerated is set where the account's row is about an earlier token.
	sent        int
	regenerated bool
}

type accountAnswer = lifecycle.Answer[api.ServiceAccount]

// accountServer is where virtual accounts are listed.
func accountServer(client *api.Client) lifecycle.Server[api.ServiceAccount] {
	return lifecycle.Server[api.ServiceAccount]{
		Noun: "virtual account", Now: client.Now, Sleep: client.Sleep,
		Row: func(a api.ServiceAccount) lifecycle.Row {
			return lifecycle.Row{ID: a.ID, Name: a.Name, CreatedAt: a.CreatedAt}
		},
		List: client.RecentVirtualAccounts, Refresh: client.RefreshVirtualAccounts,
		Memo: client.MemoOfVirtualAccounts,
		// Two resources of one name in the same apply: the second must see the first's account.
		Lock: func(ctx context.Context, name string) (func(), error) {
			return client.LockName(ctx, virtualAccountNoun.Type, name)
		},
	}
}

// create puts the manifest under a name that is free, and does not lose the token.
func (c *creation) create(ctx context.Context) (*api.ServiceAccount, error) {
	name := c.state.Name.ValueString()
	manifest := c.state.manifest(name, true, nil)
	account, err := accountServer(c.client).Mint(ctx, lifecycle.Request[api.ServiceAccount]{
		Name: name,
		Send: func(ctx context.Context) (accountAnswer, error) { return c.send(ctx, name, manifest) },
		IsOwn: func(a api.ServiceAccount) bool {
			return !slices.ContainsFunc(manifestFields(), func(f manifestField) bool { return f.contradicts(a.Manifest, manifest) })
		},
		Adopt: c.adopt,
	}, func(answer accountAnswer) { c.save(ctx, answer) })
	if c.regenerated && err == nil {
		if fresh, err := c.client.GetVirtualAccount(ctx, account.ID); err == nil {
			return fresh, nil
		}
	}
	return account, err
}

// send puts the manifest, if the name is free. The request is an upsert: an answer without a token is about an account that existed.
func (c *creation) send(ctx context.Context, name string, manifest api.Manifest) (accountAnswer, error) {
	if c.sent++; c.sent == 1 {
		if err := c.checkFree(ctx, name); err != nil {
			return accountAnswer{}, err
		}
	}
	account, token, err := c.client.CreateVirtualAccount(ctx, manifest)
	answer := accountAnswer{Secret: token, Row: account}
	switch {
	case err != nil || !token.IsEmpty():
		return answer, err
	case c.sent > 1:
		return answer, fmt.Errorf("the answer to the creation of %q was lost, and it is not certain that the account that exists now, %s, comes from this run. If it is yours, import it or delete it", name, account.ID)
	}
	return answer, fmt.Errorf("somebody else created a virtual account named %q, id %s, at the same time. TrueFoundry has one request for creating and for changing an account, so the manifest of this run has replaced that account's manifest. Its token is unchanged, and nothing was added to the state. Tell its owner, and choose another name or import it", name, account.ID)
}

// checkFree refuses a name that is taken: by an account in the copy of the list that the mint has just compared with, or by one that only
// the whole tenant knows. What this process has just deleted may be known for a moment longer.
func (c *creation) checkFree(ctx context.Context, name string) error {
	accounts := accountServer(c.client)
	all, err := c.client.ListVirtualAccounts(ctx)
	exists := false
	if taken := accounts.Named(all, name); err == nil && len(taken) > 0 {
		return nameTaken(taken[0], c.run.Remembers(taken[0].ID))
	} else if err == nil {
		exists, err = c.client.VirtualAccountExists(ctx, name)
	}
	for _, delay := range rest.LookDelays() {
		if err != nil || !exists {
			return err
		}
		if err = c.client.Sleep(ctx, delay); err == nil {
			all, err = c.client.RefreshVirtualAccounts(ctx)
		}
		if taken := accounts.Named(all, name); err == nil && len(taken) > 0 {
			return nameTaken(taken[0], c.run.Remembers(taken[0].ID))
		} else if err == nil {
			exists, err = c.client.RefreshVirtualAccountExists(ctx, name)
		}
	}
	if err == nil && exists {
		err = nameHidden(name)
	}
	return err
}

// adopt gets the token of this run's own account, whose answer was lost.
func (c *creation) adopt(ctx context.Context, account api.ServiceAccount) (accountAnswer, error) {
	token, err := c.client.GetVirtualAccountToken(ctx, account.ID)
	if api.IsRefusal(err) {
		made, refused := c.client.RegenerateVirtualAccountToken(ctx, account.ID, 0)
		token, err = made.Token, refused
		account.JWTID, account.JWTs, c.regenerated = nil, nil, true
	}
	if err != nil {
		err = fmt.Errorf("the answer to the creation of %q was lost. The account exists and is in the state, with the id %s, but its token could not be read: %w", account.Name, account.ID, err)
	}
	return accountAnswer{Secret: token, Row: &account}, err
}

// save stores the account, as far as the answer shows it, and its token.
func (c *creation) save(ctx context.Context, answer accountAnswer) {
	err := c.state.storeSecret(c.encrypter, answer.Secret.Reveal())
	now := c.client.Now()
	c.state.SecretVersion = rotation.NextVersion(types.Int64Null(), now)
	rotation.NullUnknown(ctx, &c.state)
	c.state.CreatedAt, c.state.Status = rotation.TimeValue(&now), types.StringValue(rotation.StatusActive)
	if answer.Row != nil {
		c.state.fromAPI(*answer.Row)
	}
	c.resp.Diagnostics.Append(rotation.WriteModel(ctx, &c.state, c.resp.State.Schema, &c.resp.State.Raw)...)
	c.resp.Diagnostics.Append(c.resp.Identity.SetAttribute(ctx, path.Root("id"), c.state.ID)...)
	record := &accountRecord{Record: rotation.Record{Tenant: c.client.Tenant()}}
	c.resp.Diagnostics.Append(record.save(ctx, c.resp.Private)...)
	if err != nil {
		c.resp.Diagnostics.AddAttributeError(path.Root("encrypt_secret_to"), "Unable to encrypt the secret", err.Error()+".")
	}
}

// findAccount looks the account of a state up; nil when it is gone. The list may show only what the caller may see, so that the
// account is asked for by its id before it counts as gone.
func findAccount(ctx context.Context, client *api.Client, state virtualAccountModel, record rotation.Record) (*api.ServiceAccount, error) {
	all, err := client.ListVirtualAccounts(ctx)
	if err != nil {
		return nil, err
	}
	account, err := accountServer(client).Pick(all, state.ID.ValueString(), state.Name.ValueString(), rotation.Instant(state.CreatedAt))
	switch {
	case err != nil:
		return nil, err
	case account != nil:
		return withActiveToken(ctx, client, account, state)
	case !state.ID.IsNull():
		if account, err = client.GetVirtualAccount(ctx, state.ID.ValueString()); !rest.IsNotFound(err) {
			return account, err
		}
	}
	what := "of the account " + state.subject()
	if err := lifecycle.Elsewhere(record, client.Tenant(), "", what); err != nil {
		return nil, err
	}
	if lifecycle.IsYoung(record, rotation.Instant(state.CreatedAt), nil, client.Now()) {
		return nil, lifecycle.NotShownYet(what)
	}
	return nil, nil //nolint:nilnil // it is gone, and that is no error
}

// withActiveToken reads an account whose row names another active token than the state: lists may leave the issued tokens out, and nothing
// else tells when one ends; and a list that lags names the previous token, which is not the active one any more.
func withActiveToken(ctx context.Context, client *api.Client, row *api.ServiceAccount, state virtualAccountModel) (*api.ServiceAccount, error) {
	if row.JWTID == nil || *row.JWTID == "" || *row.JWTID == state.JWTID.ValueString() {
		return row, nil
	}
	account, err := client.GetVirtualAccount(ctx, row.ID)
	if api.IsRefusal(err) {
		return row, nil
	}
	return account, err
}
