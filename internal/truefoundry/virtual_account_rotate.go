package truefoundry

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// rotate regenerates the token, and saves the new one and the previous one in the statement after the answer.
func (c *change) rotate(ctx context.Context, account api.ServiceAccount) error {
	previous, err := c.previousToken(account, c.client.Now())
	if err != nil {
		return err
	}
	secret, err := rotateToken(ctx, c.client, account, c.state.Token.ValueString(), c.plan.Overlap.ValueInt64())
	if err != nil {
		return err
	}
	older := c.state.Previous
	_ = rotation.KeepPlanned(c.state, &c.plan)
	encryptErr := c.state.storeSecret(c.encrypter, secret.Reveal())
	c.state.Previous = previous
	c.state.JWTID, c.state.ExpiresAt, c.state.Status = types.StringNull(), rotation.TimeText{}, types.StringValue(rotation.StatusActive)
	c.record.Decision, c.record.SecretLost = rotation.Decision{}, encryptErr != nil
	if !older.PreviousID.Equal(previous.PreviousID) {
		c.record.AddPending(older.PreviousID.ValueString())
	}
	c.save(ctx)

	if older.PreviousID.IsNull() && rotation.Instant(older.PreviousRevokedAfter) != nil {
		c.resp.Diagnostics.AddWarning("An earlier token of a TrueFoundry virtual account still works",
			"The control plane does not show the ids of tokens, so that the last but one token of "+c.state.Name.ValueString()+" could not be revoked early. It works until "+older.PreviousRevokedAfter.ValueString()+".")
	}
	if err := c.readBack(ctx, account); err != nil {
		c.resp.Diagnostics.AddWarning("The new token of a TrueFoundry virtual account could not be read back",
			"The token of "+c.state.Name.ValueString()+" was regenerated and is in the state. The next refresh reads its id and when it expires: "+err.Error()+".")
	}
	return encryptErr
}

// previousToken is what the previous token will be after a rotation: the active one, until its grace period is over or it expires. If
// somebody else has rotated meanwhile, the secret of the active token may be unknown: then it is the token of the state, as long as
// that works.
func (c *change) previousToken(account api.ServiceAccount, now time.Time) (rotation.Previous, error) {
	days := c.plan.Overlap.ValueInt64()
	if days == 0 || account.HasNoToken() || account.HasExpired(now) {
		return rotation.NoPrevious(), nil
	}
	active, _ := account.TokenEnd()
	id, end, secret, err := c.state.JWTID, active.Moment(), rotation.NoSecret(), error(nil)
	own, changed := account.IssuedJWT(id.ValueString()), c.state.tokenChanged(account)
	isGone := changed && (own == nil || rotation.Expired(own.Expiry, now))
	switch {
	case isGone:
		id = types.StringValue(*account.JWTID)
	case changed:
		end = own.Expiry
	}
	if !isGone && c.plan.storesToken() {
		secret, err = c.encrypter.EncryptStored(c.state.storedSecret())
	}
	until := now.AddDate(0, 0, int(days))
	if end != nil && end.Before(until) {
		until = *end
	}
	return rotation.Previous{PreviousID: id, PreviousSecret: secret.Plain, PreviousEncryptedSecret: secret.Encrypted, PreviousRevokedAfter: rotation.TimeValue(&until)}, err
}

// readBack reads what the account says about its new token; account is its row from before the rotation.
func (c *change) readBack(ctx context.Context, account api.ServiceAccount) error {
	after, err := c.client.GetVirtualAccount(ctx, account.ID)
	if err != nil {
		return err
	}
	if after.JWTID != nil && account.JWTID != nil && *after.JWTID == *account.JWTID {
		// This answer is older than the regeneration.
		after.JWTID, after.JWTs = nil, nil
	}
	now := c.client.Now()
	c.state.tokenFromAPI(*after, true, false, now)
	c.state.dropRevoked(*after, c.record, now)
	c.record.noteIssued(*after, *c.state, &now)
	return nil
}

// rotateToken gives an account a new token. After a lost answer, the id of the active token tells whether it happened; then the
// secret is read, or a new one is issued once more.
func rotateToken(ctx context.Context, client *api.Client, current api.ServiceAccount, stored string, graceDays int64) (rest.Secret, error) {
	secret, lost := client.RegenerateVirtualAccountToken(ctx, current.ID, graceDays)
	if lost == nil || !rest.MayHaveExecuted(lost) {
		return secret, lost
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTimeout)
	defer cancel()
	if current.JWTID == nil {
		return compareSecrets(ctx, client, current.ID, stored, lost)
	}
	after, err := waitForNewToken(ctx, client, current)
	if err != nil {
		return secret, fmt.Errorf("the answer to the regeneration was lost, and whether it happened is not known, because the account could not be read (%w). Apply again to regenerate once more: %w", err, lost)
	}
	if after == nil {
		return secret, fmt.Errorf("the answer to the regeneration was lost, and the token has not changed. Apply again: %w", lost)
	}
	secret, err = client.GetVirtualAccountToken(ctx, current.ID)
	if err != nil && !api.IsRefusal(err) {
		return secret, fmt.Errorf("the answer to the regeneration was lost. It has happened, but the new token could not be read. The next refresh tries again, and the next apply regenerates once more: %w", err)
	}
	if err == nil {
		return secret, nil
	}
	if secret, err = client.RegenerateVirtualAccountToken(ctx, current.ID, graceDays); err != nil {
		return secret, fmt.Errorf("the answer to the regeneration was lost. It has happened, and the new token is lost. Apply again to regenerate once more: %w", err)
	}
	if graceDays > 0 {
		// Nobody knows the token in between: it need not live through the grace period. That it may is no harm.
		_ = client.DeleteVirtualAccountJWT(ctx, current.ID, *after.JWTID)
	}
	return secret, nil
}

// waitForNewToken reads an account until its active token is another one, or for a while.
func waitForNewToken(ctx context.Context, client *api.Client, current api.ServiceAccount) (*api.ServiceAccount, error) {
	for _, delay := range rest.LookDelays() {
		if err := client.Sleep(ctx, delay); err != nil {
			return nil, err
		}
		after, err := client.GetVirtualAccount(ctx, current.ID)
		if err != nil {
			return nil, err
		}
		if after.JWTID != nil && *after.JWTID != "" && *after.JWTID != *current.JWTID {
			return after, nil
		}
	}
	return nil, nil //nolint:nilnil // it is the same token, and that is no error
}

// compareSecrets tells whether a regeneration has happened where the control plane shows no ids of tokens.
func compareSecrets(ctx context.Context, client *api.Client, id, stored string, lost error) (rest.Secret, error) {
	secret, err := client.GetVirtualAccountToken(ctx, id)
	switch {
	case err != nil:
		return rest.Secret{}, fmt.Errorf("the answer to the regeneration was lost, and whether it happened is not known, because the token cannot be read (%w). Apply again to regenerate once more: %w", err, lost)
	case stored == "" || secret.Reveal() == stored:
		return rest.Secret{}, fmt.Errorf("the answer to the regeneration was lost, and whether it happened is not known. Apply again to regenerate once more: %w", lost)
	}
	return secret, nil
}
