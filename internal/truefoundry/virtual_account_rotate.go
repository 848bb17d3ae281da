package truefoundry

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// rotate regenerates the token, and saves the new one and the previous one in the statement after the answer.
func (c *change) rotate(ctx context.Context, account api.ServiceAccount) error {
	now := c.client.Now()
	previous, err := c.previousToken(ctx, account, now)
	if err != nil {
		return err
	}
	c.client.TryUnit(c.record.GraceUnit)
	if c.plan.overlap() > 0 && account.JWTID == nil && account.JWTs == nil {
		// The row is that of an older model, and so is likely the unit. Minutes that such a plane ignores would end the previous token at
		// once, unnoticed; days are refused by a newer one.
		c.client.TryUnit(api.Days)
	}
	made, err := rotateToken(ctx, c.client, account, c.state.Token.ValueString(), c.plan.overlap())
	if err != nil {
		return err
	}
	older := c.state.Previous
	_ = rotation.KeepPlanned(c.state, &c.plan)
	encryptErr := c.state.storeSecret(c.encrypter, made.Token.Reveal())
	c.state.Previous = previous.until(now.Add(made.Grace))
	c.state.JWTID, c.state.ExpiresAt, c.state.Status = types.StringNull(), rotation.TimeText{}, types.StringValue(rotation.StatusActive)
	minted := c.client.Now()
	c.state.SecretVersion = rotation.NextVersion(c.state.SecretVersion, minted)
	c.record.Decision, c.record.SecretLost, c.record.FirstSeen = rotation.Decision{}, encryptErr != nil, nil
	c.record.issued = issued{At: minted, Bounded: !c.state.ExpirationDate.IsNull()}
	if !older.PreviousID.Equal(c.state.PreviousID) {
		c.record.AddPending(older.PreviousID.ValueString())
	}
	c.save(ctx)

	if older.PreviousID.IsNull() && rotation.Instant(older.PreviousRevokedAfter) != nil {
		c.resp.Diagnostics.AddWarning("An earlier token of a TrueFoundry virtual account still works",
			"The control plane does not show the ids of tokens, so that the last but one token of "+c.state.Name.ValueString()+" could not be revoked early. It works until "+older.PreviousRevokedAfter.ValueString()+".")
	}
	if err := c.readBack(ctx, account, made); err != nil {
		c.resp.Diagnostics.AddWarning("The new token of a TrueFoundry virtual account could not be read back",
			"The token of "+c.state.Name.ValueString()+" was regenerated and is in the state. The next refresh reads its id and when it expires: "+err.Error()+".")
	}
	return encryptErr
}

// outgoing is the token that gives way to the next one, and when it expires by itself.
type outgoing struct {
	rotation.Previous
	end *time.Time
}

// until is the previous token of a state while it works, up to the end of its grace period or to its own.
func (o *outgoing) until(at time.Time) rotation.Previous {
	if o == nil {
		return rotation.NoPrevious()
	}
	if o.end != nil && o.end.Before(at) {
		at = *o.end
	}
	previous := o.Previous
	previous.PreviousRevokedAfter = rotation.TimeValue(&at)
	return previous
}

// previousToken is what the previous token will be after a rotation: the active one. If somebody else has rotated meanwhile, the secret
// of the active token may be unknown: then it is the token of the state, as long as that works. Without an overlap it is none.
func (c *change) previousToken(ctx context.Context, account api.ServiceAccount, now time.Time) (*outgoing, error) {
	if c.plan.overlap() == 0 || account.HasNoToken() || account.HasExpired(now) {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	active, _ := account.TokenEnd()
	id, end, stored := c.state.JWTID, active.Moment(), c.state.storedSecret()
	own, changed := account.IssuedJWT(id.ValueString()), c.state.tokenChanged(account)
	isGone := changed && (own == nil || rotation.Expired(own.Expiry, now))
	switch {
	case isGone:
		id = types.StringValue(*account.JWTID)
	case changed:
		end = own.Expiry
	}
	switch {
	case !c.plan.storesToken() || isGone:
		stored = rotation.NoSecret()
	case !c.state.storesToken() && !changed:
		// It has not been in the state so far, and later nobody can read it.
		secret, err := c.client.GetVirtualAccountToken(ctx, account.ID)
		if err != nil && !api.IsRefusal(err) {
			return nil, fmt.Errorf("nothing was regenerated, because the token that is to be the previous one could not be read first: %w", err)
		} else if err == nil {
			stored.Plain = types.StringValue(secret.Reveal())
		}
	}
	secret, err := c.encrypter.EncryptStored(stored)
	return &outgoing{end: end, Previous: rotation.Previous{PreviousID: id, PreviousSecret: secret.Plain, PreviousEncryptedSecret: secret.Encrypted}}, err
}

// readBack reads what the account says about its new token, and whether its previous one was kept; account is its row from before the
// rotation.
func (c *change) readBack(ctx context.Context, account api.ServiceAccount, made api.Regenerated) error {
	after, err := waitForNewToken(ctx, c.client, account)
	if err != nil {
		return err
	}
	if isSameToken(*after, account) {
		// This answer is older than the regeneration.
		after.JWTID, after.JWTs = nil, nil
	}
	now := c.client.Now()
	c.state.tokenFromAPI(*after, true, false, now)
	before := c.state.Previous
	c.state.dropRevoked(*after, c.record, now)
	c.record.noteIssued(*after, *c.state, &now)
	if rotation.Instant(before.PreviousRevokedAfter) != nil {
		c.compareGrace(before, account, *after, made)
	}
	return nil
}

// compareGrace puts into the state what the control plane made of the grace period, and warns where that is not what it was asked for.
func (c *change) compareGrace(asked rotation.Previous, before, after api.ServiceAccount, made api.Regenerated) {
	id, until := asked.PreviousID.ValueString(), rotation.Instant(asked.PreviousRevokedAfter)
	kept, was := after.IssuedJWT(id), before.IssuedJWT(id)
	// An expiry that has not moved says nothing about the grace period.
	isMoved := kept != nil && kept.Expiry != nil && (was == nil || !rotation.SameInstant(kept.Expiry, was.Expiry))
	const summary = "TrueFoundry did not grant the overlap"
	switch {
	case rotation.Instant(c.state.PreviousRevokedAfter) == nil:
		advice := "Ask whoever operates the control plane about its grace period."
		if c.record.GraceUnit = c.client.NotKept(made); c.record.GraceUnit != "" {
			advice = "Control planes of different ages take the overlap in minutes or in days, and this one seems to have ignored the unit: the next rotation of this account asks in " + c.record.GraceUnit + " first."
		}
		c.resp.Diagnostics.AddAttributeWarning(path.Root("overlap"), summary,
			"The previous token of "+c.state.subject()+" was to work until "+asked.PreviousRevokedAfter.ValueString()+", and the control plane revoked it when it issued the new one. "+
				"Whoever still uses the previous token needs the new one now. "+advice)
	case (id == "" || !showsTokens(after)) && !made.IsUnitProven:
		c.resp.Diagnostics.AddAttributeWarning(path.Root("overlap"), "The overlap could not be verified",
			"The previous token of "+c.state.subject()+" was to work until "+asked.PreviousRevokedAfter.ValueString()+", and the control plane does not show whether it kept it: "+
				"control planes of different ages take the overlap in minutes or in days, and some ignore a unit that they do not know. Send a request with the previous token: if it is refused, whoever still uses that token needs the new one now, and the next rotation will revoke the previous token at once, too.")
	case isMoved:
		c.state.PreviousRevokedAfter = rotation.TimeValue(kept.Expiry)
		if kept.Expiry.Sub(*until).Abs() > graceSlack {
			c.resp.Diagnostics.AddAttributeWarning(path.Root("overlap"), summary,
				"The previous token of "+c.state.subject()+" was to work until "+asked.PreviousRevokedAfter.ValueString()+", and works until "+c.state.PreviousRevokedAfter.ValueString()+" according to the control plane.")
		}
	}
}

// graceSlack is how far the end of a grace period may lie from what was asked for: planes may keep times to the minute.
const graceSlack = 2 * time.Minute

// rotateToken gives an account a new token. After a lost answer, the id of the active token tells whether it happened; then the
// secret is read, or a new one is issued once more.
func rotateToken(ctx context.Context, client *api.Client, current api.ServiceAccount, stored string, grace time.Duration) (api.Regenerated, error) {
	made, lost := client.RegenerateVirtualAccountToken(ctx, current.ID, grace)
	if lost == nil || !rest.MayHaveExecuted(lost) {
		return made, lost
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTimeout)
	defer cancel()
	if current.JWTID == nil {
		var err error
		made.Token, err = compareSecrets(ctx, client, current.ID, stored, lost)
		return made, err
	}
	after, err := waitForNewToken(ctx, client, current)
	if err != nil {
		return made, fmt.Errorf("the answer to the regeneration was lost, and whether it happened is not known, because the account could not be read (%w). Apply again to regenerate once more: %w", err, lost)
	}
	if isSameToken(*after, current) {
		return made, fmt.Errorf("the answer to the regeneration was lost, and the token has not changed. Apply again: %w", lost)
	}
	made.Token, err = client.GetVirtualAccountToken(ctx, current.ID)
	if err != nil && !api.IsRefusal(err) {
		return made, fmt.Errorf("the answer to the regeneration was lost. It has happened, but the new token could not be read. The next refresh tries again, and the next apply regenerates once more: %w", err)
	}
	if err == nil {
		return made, nil
	}
	if made, err = client.RegenerateVirtualAccountToken(ctx, current.ID, grace); err != nil {
		return made, fmt.Errorf("the answer to the regeneration was lost. It has happened, and the new token is lost. Apply again to regenerate once more: %w", err)
	}
	if grace > 0 {
		// Nobody knows the token in between: it need not live through the grace period. That it may is no harm.
		_, _ = client.DeleteVirtualAccountJWT(ctx, current.ID, *after.JWTID)
	}
	return made, nil
}

// waitForNewToken reads an account until its active token is another one, or for a while. Where it is still the same then, the row is
// older than the regeneration, or that has not happened.
func waitForNewToken(ctx context.Context, client *api.Client, current api.ServiceAccount) (*api.ServiceAccount, error) {
	var after *api.ServiceAccount
	for _, delay := range rest.LookDelays() {
		err := client.Sleep(ctx, delay)
		if err == nil {
			after, err = client.GetVirtualAccount(ctx, current.ID)
		}
		if err != nil || !isSameToken(*after, current) {
			return after, err
		}
	}
	return after, nil
}

// isSameToken reports whether two rows tell of the same active token, or the newer one of none.
func isSameToken(after, before api.ServiceAccount) bool {
	return before.JWTID != nil && (after.JWTID == nil || *after.JWTID == "" || *after.JWTID == *before.JWTID)
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
