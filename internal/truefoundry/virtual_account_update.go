package truefoundry

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// putManifest brings an account to a planned manifest and takes in what follows for its token.
func (m *virtualAccountModel) putManifest(ctx context.Context, client *api.Client, current api.ServiceAccount, plan virtualAccountModel, withPermissions bool) (api.ServiceAccount, normalized, diag.Diagnostics, error) {
	manifest := plan.manifest(plan.Name.ValueString(), withPermissions, current.Manifest)
	account, token, err := client.UpdateVirtualAccount(ctx, manifest)
	if rest.MayHaveExecuted(err) {
		account, err = lookForChange(ctx, client, current.ID, plan, err)
	}
	if err != nil {
		return current, nil, nil, err
	}
	if !token.IsEmpty() && (account == nil || account.ID != current.ID) {
		return current, nil, nil, undoCreation(ctx, client, account, current)
	}
	if account != nil && account.ID != current.ID {
		return current, nil, nil, fmt.Errorf("the account %s was deleted outside Terraform while it was being changed, and another one of that name, id %s, exists now: "+
			"the manifest has replaced that account's. Tell its owner, and plan again", current.ID, account.ID)
	}
	if account == nil {
		return current, nil, nil, errors.New("the manifest was changed, but the answer does not show the account. Plan again")
	}
	noted, diags := compare(plan.manifestModel, &m.manifestModel, account.Manifest)
	m.manifestModel = plan.manifestModel
	return *account, noted, diags, nil
}

// lookForChange reads the account after a lost answer: a change that shows in every field has happened.
func lookForChange(ctx context.Context, client *api.Client, id string, plan virtualAccountModel, lost error) (*api.ServiceAccount, error) {
	account, err := client.GetVirtualAccount(context.WithoutCancel(ctx), id)
	if err == nil && account.Manifest != nil {
		if unlike, _ := compare(plan.manifestModel, nil, account.Manifest); len(unlike) == 0 {
			return account, nil
		}
	}
	return nil, lost
}

// undoCreation ends an account that an update has made by accident: the one that it meant was deleted in the same moment.
func undoCreation(ctx context.Context, client *api.Client, made *api.ServiceAccount, meant api.ServiceAccount) error {
	const gone = "the account %s was deleted outside Terraform while it was being changed. TrueFoundry made a new one of the same name"
	if made == nil {
		return fmt.Errorf(gone+". Delete it, and plan again", meant.ID)
	}
	if err := client.DeleteVirtualAccount(ctx, made.ID); err != nil {
		return fmt.Errorf(gone+", id %s, which could not be deleted. Delete it, and plan again: %w", meant.ID, made.ID, err)
	}
	return fmt.Errorf(gone+", which was deleted again. Plan again", meant.ID)
}

// followToken takes in the token that a change of the manifest may have had issued, or that is wanted in the state from now on.
func (c *change) followToken(ctx context.Context, client *api.Client, account api.ServiceAccount) (diag.Diagnostics, error) {
	var diags diag.Diagnostics
	m := c.state
	mayRead := c.plan.Token.IsUnknown() || c.plan.EncryptedSecret.IsUnknown()
	wanted := mayRead && !m.keeps()
	moved := m.hasMoved(account) || account.JWTID == nil && c.plan.JWTID.IsUnknown()
	held := m.StoreToken
	m.StoreToken = c.plan.StoreToken
	if !wanted && !moved || !mayRead {
		return diags, nil
	}
	read, refusal, err := m.readToken(ctx, client, c.sealer, account.ID)
	switch {
	case err != nil:
		m.StoreToken = held
		return diags, fmt.Errorf("the account was changed, but its token could not be read: %w", err)
	case !read && account.JWTID != nil:
		diags.Append(m.warnUnread("The token has to be read again after the change", refusal))
	case !read && wanted:
		diags.Append(m.warnUnread("The token is wanted in the state", refusal))
	}
	return diags, nil
}

// reseal brings the secrets of the state into the form that the plan wants.
func (c *change) reseal() error {
	if !c.plan.keeps() {
		c.state.hold(rotation.NoSecret())
		c.state.PreviousSecret, c.state.PreviousEncryptedSecret = types.StringNull(), types.StringNull()
		return nil
	}
	if c.plan.EncryptSecretTo.Equal(c.state.EncryptSecretTo) {
		return nil
	}
	held, err := c.sealer.Reseal(c.state.held())
	if err != nil {
		return err
	}
	former, err := c.sealer.Reseal(rotation.Held{Plain: c.state.PreviousSecret, Sealed: c.state.PreviousEncryptedSecret})
	if err != nil {
		return err
	}
	c.state.hold(held)
	c.state.PreviousSecret, c.state.PreviousEncryptedSecret = former.Plain, former.Sealed
	return nil
}
