package truefoundry

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// change is an update on its way: state and record follow step by step.
type change struct {
	client *api.Client
	plan   virtualAccountModel
	// withPermissions is set where the configuration says something about permissions.
	withPermissions bool
	state           *virtualAccountModel
	record          *accountRecord
	encrypter       rotation.Encrypter
	resp            *resource.UpdateResponse
}

// save puts the state and the record into the answer.
func (c *change) save(ctx context.Context) {
	c.resp.Diagnostics.Append(rotation.WriteModel(ctx, c.state, c.resp.State.Schema, &c.resp.State.Raw)...)
	c.resp.Diagnostics.Append(c.resp.Identity.SetAttribute(ctx, path.Root("id"), c.state.ID)...)
	c.resp.Diagnostics.Append(c.record.save(ctx, c.resp.Private)...)
}

// apply changes what the plan asks for: the manifest, then the token, then the form of the secrets in the state.
func (c *change) apply(ctx context.Context, rotates bool) error {
	isChanged := c.plan.differs(c.state.manifestModel)
	if !rotates && !isChanged && (c.state.storesToken() || !c.plan.storesToken()) {
		return c.encryptStored()
	}
	// Read right before the change, so that keys which others have added meanwhile survive it.
	account, err := c.client.GetVirtualAccount(ctx, c.state.ID.ValueString())
	if err != nil {
		return err
	}
	day := c.state.ExpirationDate
	if isChanged {
		if account, err = c.putManifest(ctx, *account); err != nil {
			return err
		}
	}
	if rotates {
		err = c.rotate(ctx, *account)
	} else {
		err = c.readNewToken(ctx, *account, day.Equal(c.state.ExpirationDate))
	}
	if err != nil {
		return err
	}
	return c.encryptStored()
}

// putManifest brings an account to the planned manifest.
func (c *change) putManifest(ctx context.Context, current api.ServiceAccount) (*api.ServiceAccount, error) {
	account, token, err := c.client.UpdateVirtualAccount(ctx, c.plan.manifest(c.plan.Name.ValueString(), c.withPermissions, current.Manifest))
	if rest.MayHaveExecuted(err) {
		account, err = c.lookForChange(ctx, err)
	}
	switch {
	case err != nil:
		return nil, err
	case !token.IsEmpty() && (account == nil || account.ID != current.ID):
		return nil, c.undoCreation(ctx, account)
	case account == nil:
		return nil, errors.New("the manifest was changed, but the answer does not show the account. Plan again")
	case account.ID != current.ID:
		return nil, fmt.Errorf("the account %s was deleted outside Terraform while it was being changed, and another one of that name, id %s, exists now: "+
			"the manifest has replaced that account's. Tell its owner, and plan again", current.ID, account.ID)
	}
	c.resp.Diagnostics.Append(compare(c.sent(), &c.state.manifestModel, account.Manifest, &c.record.Record)...)
	c.state.manifestModel = c.plan.manifestModel
	return account, nil
}

// sent is what the planned manifest sends: permissions that the configuration leaves out are not.
func (c *change) sent() manifestModel {
	sent := c.plan.manifestModel
	for _, f := range manifestFields() {
		if f.attribute == permissionsAttribute && !c.withPermissions {
			sent.set(f, f.null())
		}
	}
	return sent
}

// lookForChange reads the account after a lost answer: a change that shows in every field has happened.
func (c *change) lookForChange(ctx context.Context, lost error) (*api.ServiceAccount, error) {
	account, err := c.client.GetVirtualAccount(context.WithoutCancel(ctx), c.state.ID.ValueString())
	if err == nil && account.Manifest != nil {
		var seen rotation.Record
		if compare(c.sent(), nil, account.Manifest, &seen); len(seen.Normalized) == 0 {
			return account, nil
		}
	}
	return nil, lost
}

// undoCreation deletes an account that an update has created by accident: the one to update was deleted in the same moment.
func (c *change) undoCreation(ctx context.Context, made *api.ServiceAccount) error {
	gone := "the account " + c.state.ID.ValueString() + " was deleted outside Terraform while it was being changed. TrueFoundry created a new one of the same name"
	if made == nil {
		return errors.New(gone + ". Delete it, and plan again")
	}
	if err := c.client.DeleteVirtualAccount(ctx, made.ID); err != nil {
		return fmt.Errorf("%s, id %s, which could not be deleted. Delete it, and plan again: %w", gone, made.ID, err)
	}
	return errors.New(gone + ", which was deleted again. Plan again")
}

// readNewToken reads the token that a change of the manifest may have had issued, or that is to be stored from now on.
func (c *change) readNewToken(ctx context.Context, account api.ServiceAccount, sameDay bool) error {
	m, before, stored := c.state, *c.state, c.state.StoreToken
	startsStoring := !m.storesToken()
	changed := m.tokenChanged(account) || account.JWTID == nil && c.plan.JWTID.IsUnknown()
	isStale, err := false, error(nil)
	m.StoreToken = c.plan.StoreToken
	if (startsStoring || changed) && (c.plan.Token.IsUnknown() || c.plan.EncryptedSecret.IsUnknown()) {
		why := ""
		switch {
		case startsStoring:
			why = "The token is to be stored in the state"
		case account.JWTID != nil:
			why = "The token has to be read again after the change"
		}
		more := diag.Diagnostics(nil)
		isStale, more, err = m.readToken(ctx, c.client, c.encrypter, account.ID, why)
		c.resp.Diagnostics.Append(more...)
	}
	m.tokenFromAPI(account, sameDay, isStale || err != nil, c.client.Now())
	if m.isReissued(before) {
		now := c.client.Now()
		m.SecretVersion, c.record.FirstSeen = rotation.NextVersion(before.SecretVersion, now), nil
		c.record.noteIssued(account, *m, &now)
	} else {
		c.record.noteIssued(account, *m, nil)
	}
	if err != nil {
		m.StoreToken = stored
		return fmt.Errorf("the account was changed, but its token could not be read: %w", err)
	}
	return nil
}

// encryptStored stores the secrets as the plan requires: not at all, encrypted, or as they are.
func (c *change) encryptStored() error {
	secret, previous := c.state.storedSecret(), c.state.previousSecret()
	for _, stored := range []*rotation.StoredSecret{&secret, &previous} {
		var err error
		switch {
		case !c.plan.storesToken():
			*stored = rotation.NoSecret()
		case !c.plan.EncryptSecretTo.Equal(c.state.EncryptSecretTo):
			if *stored, err = c.encrypter.EncryptStored(*stored); err != nil {
				return err
			}
		}
	}
	c.state.setSecret(secret)
	c.state.setPreviousSecret(previous)
	return nil
}
