package truefoundry

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// rotate regenerates the token, and saves the new one and the one before in the statement after the answer.
func (c *change) rotate(ctx context.Context, account api.ServiceAccount) error {
	former, err := c.former(account, c.client.Now())
	if err != nil {
		return err
	}
	secret, err := rotateToken(ctx, c.client, account, c.state.Token.ValueString(), c.plan.Overlap.ValueInt64())
	if err != nil {
		return err
	}
	older := c.state.Previous
	c.state.keepPlanned(c.plan)
	sealing := c.state.keep(c.sealer, secret.Reveal())
	c.state.Previous = former
	c.state.JWTID, c.state.ExpiresAt = types.StringNull(), timetypes.NewRFC3339Null()
	c.record.Verdict = rotation.Verdict{}
	if !older.PreviousID.Equal(former.PreviousID) {
		c.record.Owe(older.PreviousID.ValueString())
	}
	c.save(ctx)

	if older.PreviousID.IsNull() && rotation.Instant(older.PreviousRevokedAfter) != nil {
		c.resp.Diagnostics.AddWarning("An earlier token of a TrueFoundry virtual account lives on",
			"The control plane does not tell the ids of tokens, so that the generation before last of "+c.state.Name.ValueString()+" could not be ended early. It works until "+older.PreviousRevokedAfter.ValueString()+".")
	}
	if err := c.readBack(ctx, account); err != nil {
		c.resp.Diagnostics.AddWarning("The new token of a TrueFoundry virtual account could not be read back",
			"The token of "+c.state.Name.ValueString()+" was regenerated and is in the state. Its id and its end are taken in with the next refresh: "+err.Error()+".")
	}
	return sealing
}

// former is the previous generation after a rotation: the token that was active, for its grace period, but not beyond its end. Where
// another one has become active meanwhile, whose secret nobody may know, it is the token of the state, as long as that works.
func (c *change) former(account api.ServiceAccount, now time.Time) (rotation.Previous, error) {
	days := c.plan.Overlap.ValueInt64()
	if days == 0 || account.HasNoToken() || account.HasExpired(now) {
		return rotation.NoPrevious(), nil
	}
	active, _ := account.TokenEnd()
	id, end, held, err := c.state.JWTID, active.Moment(), rotation.NoSecret(), error(nil)
	own, hasMoved := account.IssuedJWT(id.ValueString()), c.state.hasMoved(account)
	isGone := hasMoved && (own == nil || rotation.Expired(own.Expiry, now))
	switch {
	case isGone:
		id = types.StringValue(*account.JWTID)
	case hasMoved:
		end = own.Expiry
	}
	if !isGone && c.plan.keeps() {
		held, err = c.sealer.Reseal(c.state.held())
	}
	until := now.AddDate(0, 0, int(days))
	if end != nil && end.Before(until) {
		until = *end
	}
	return rotation.Previous{PreviousID: id, PreviousSecret: held.Plain, PreviousEncryptedSecret: held.Sealed, PreviousRevokedAfter: rotation.TimeValue(&until)}, err
}

// readBack takes in what the account tells about its new token; account is how it was before.
func (c *change) readBack(ctx context.Context, account api.ServiceAccount) error {
	after, err := c.client.GetVirtualAccount(ctx, account.ID)
	if err != nil {
		return err
	}
	if after.JWTID != nil && account.JWTID != nil && *after.JWTID == *account.JWTID {
		// An answer from before the regeneration says nothing about the new token.
		after.JWTID, after.JWTs = nil, nil
	}
	now := c.client.Now()
	c.state.describeToken(*after, true, false, now)
	c.state.forgetEnded(*after, c.record, now)
	c.record.noteIssued(*after, *c.state, &now)
	return nil
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
