package truefoundry

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// putManifest brings an account to a planned manifest and takes in what follows for its token.
func (m *virtualAccountModel) putManifest(ctx context.Context, client *api.Client, current api.ServiceAccount, plan virtualAccountModel, withPermissions bool) (api.ServiceAccount, echoes, diag.Diagnostics, error) {
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
func (m *virtualAccountModel) followToken(ctx context.Context, client *api.Client, account api.ServiceAccount, plan virtualAccountModel) (diag.Diagnostics, error) {
	var diags diag.Diagnostics
	wanted := plan.Token.IsUnknown() && !m.keeps()
	moved := m.hasMoved(account) || account.JWTID == nil && plan.JWTID.IsUnknown()
	held := m.StoreToken
	m.StoreToken = plan.StoreToken
	if !wanted && !moved || !plan.Token.IsUnknown() {
		return diags, nil
	}
	read, refusal, err := m.readToken(ctx, client, account.ID)
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

// rotateToken gives an account a new token. After a lost answer, the id of the active token tells whether it happened; then the
// secret is read, or a new one is issued once more.
func rotateToken(ctx context.Context, client *api.Client, before api.ServiceAccount, held string, graceDays int64) (rest.Secret, error) {
	secret, lost := client.RegenerateVirtualAccountToken(ctx, before.ID, graceDays)
	if lost == nil || !rest.MayHaveExecuted(lost) {
		return secret, lost
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTimeout)
	defer cancel()
	if before.JWTID == nil {
		return compareSecrets(ctx, client, before.ID, held, lost)
	}
	after, err := lookForMove(ctx, client, before)
	if err != nil {
		return secret, fmt.Errorf("the answer to the regeneration was lost, and whether it happened is not known, because the account could not be read (%w). Apply again to regenerate once more: %w", err, lost)
	}
	if after == nil {
		return secret, fmt.Errorf("the answer to the regeneration was lost, and the token is the one that it was. Nothing has changed; apply again: %w", lost)
	}
	secret, err = client.GetVirtualAccountToken(ctx, before.ID)
	if err != nil && !api.IsRefusal(err) {
		return secret, fmt.Errorf("the answer to the regeneration was lost. It has happened, but the new token could not be read. The next refresh tries again, and the next apply regenerates once more: %w", err)
	}
	if err == nil {
		return secret, nil
	}
	if secret, err = client.RegenerateVirtualAccountToken(ctx, before.ID, graceDays); err != nil {
		return secret, fmt.Errorf("the answer to the regeneration was lost. It has happened, and nobody knows the token. Apply again to regenerate once more: %w", err)
	}
	if graceDays > 0 {
		// Nobody knows the token in between: it need not live through the grace period. That it may is no harm.
		_ = client.DeleteVirtualAccountJWT(ctx, before.ID, *after.JWTID)
	}
	return secret, nil
}

// lookForMove reads an account until its active token is another one, or for a while.
func lookForMove(ctx context.Context, client *api.Client, before api.ServiceAccount) (*api.ServiceAccount, error) {
	for _, delay := range client.LookDelays() {
		if err := pause(ctx, delay); err != nil {
			return nil, err
		}
		after, err := client.GetVirtualAccount(ctx, before.ID)
		if err != nil {
			return nil, err
		}
		if after.JWTID != nil && *after.JWTID != "" && *after.JWTID != *before.JWTID {
			return after, nil
		}
	}
	return nil, nil //nolint:nilnil // it has not moved, and that is no error
}

// compareSecrets tells whether a regeneration has happened where the control plane shows no ids of tokens.
func compareSecrets(ctx context.Context, client *api.Client, id, held string, lost error) (rest.Secret, error) {
	secret, err := client.GetVirtualAccountToken(ctx, id)
	switch {
	case err != nil:
		return rest.Secret{}, fmt.Errorf("the answer to the regeneration was lost, and whether it happened cannot be told, because the token cannot be read (%w). Apply again to regenerate once more: %w", err, lost)
	case held == "" || secret.Reveal() == held:
		return rest.Secret{}, fmt.Errorf("the answer to the regeneration was lost, and it cannot be shown that it happened. Apply again to regenerate once more: %w", lost)
	}
	return secret, nil
}
