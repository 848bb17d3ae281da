package truefoundry

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// tokenUpdate is an update on its way.
type tokenUpdate struct {
	client      *api.Client
	plan, state personalAccessTokenModel
	record      rotation.Record
	sealer      rotation.Sealer
	resp        *resource.UpdateResponse
}

// save puts a state and its record into the answer.
func (u *tokenUpdate) save(ctx context.Context, state *personalAccessTokenModel, record *rotation.Record) {
	u.resp.Diagnostics.Append(u.resp.State.Set(ctx, state)...)
	u.resp.Diagnostics.Append(record.Save(ctx, u.resp.Private)...)
	if !state.ID.IsNull() {
		u.resp.Diagnostics.Append(u.resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	}
}

// cause is why the plan rotates the token, as ModifyPlan has decided from the same state and record.
func (u *tokenUpdate) cause() rotation.Cause {
	cause := rotation.CauseOf(u.plan.Rotating, u.state.Rotating, u.state.Status, u.record.Verdict)
	if cause == rotation.CauseNone {
		return rotation.CauseChanged
	}
	return cause
}

// rotate mints the next generation in place, saves both generations in the statement after the answer, and only then revokes what
// has no place any more. Until the answer nothing changes, neither in the state nor on the server.
func (r *personalAccessTokenResource) rotate(ctx context.Context, u *tokenUpdate) {
	overlap, _ := rotation.Duration(u.plan.Overlap)
	if err := u.state.reseal(u.sealer, u.plan); err != nil {
		u.resp.Diagnostics.Append(r.Failure(system.Update, err))
		return
	}
	end, cause, before := u.state.knownEnd(u.record), u.cause(), u.state.kept(u.record)
	m, err := u.prepareNext(ctx)
	if err != nil {
		u.resp.Diagnostics.Append(r.Failure(system.Update, err))
		return
	}
	secret, err := m.mintNext(ctx, u.state.kin(u.record))
	if err != nil {
		u.resp.Diagnostics.Append(r.Failure(system.Update, err, r.createAdvice(ctx, m, err)...))
		return
	}
	held, err := u.sealer.Hold(secret.Reveal())
	if err != nil {
		u.resp.Diagnostics.Append(r.Failure(system.Update, fmt.Errorf("%w. The token of the state works on, and the next apply deletes the new one, %q", err, m.want.Name)))
		return
	}
	next, record := u.plan, rotation.Record{Owed: u.record.Owed}
	asked, _ := rotation.Duration(u.plan.Lifetime)
	record.AskedLifetime = asked
	former, dropped := before.Next(u.state.current(), end, overlap, u.client.Now(), cause)
	if !before.HasPrevious() {
		record.Owe(u.state.PreviousID.ValueString())
	}
	record.Owe(dropped...)
	next.Previous = former
	next.unidentified(m.want.Name, held, m.want.ExpiresAt, u.client.Now())
	u.save(ctx, &next, &record)

	token, err := m.identify(ctx)
	if err != nil {
		u.resp.Diagnostics.Append(r.Failure(system.Update, err, "The next refresh looks it up by its name. The token before is in the state, too, and works on."))
		return
	}
	next.describe(*token, token.End(), u.client.Now())
	remark(u.plan, *token, &u.resp.Diagnostics)
	owed := record.Owed
	record = granted(u.plan, m.want.ExpiresAt, token.End(), &u.resp.Diagnostics)
	record.Owed = owed
	next.promise(u.plan)
	u.save(ctx, &next, &record)
	u.resp.Diagnostics.Append(r.settle(ctx, u.client, next, &record)...)
	u.save(ctx, &next, &record)
}

// prepareNext lists what is there, and clears away what a rotation that was cut off has left behind: only the current token leads to
// it, and a name with another prefix is not in the way of the mint.
func (u *tokenUpdate) prepareNext(ctx context.Context) (*tokenMint, error) {
	all, err := u.client.ListPersonalAccessTokensAnew(ctx)
	if err != nil {
		return nil, fmt.Errorf("nothing was rotated, because the tokens that exist could not be listed first: %w", err)
	}
	m := &tokenMint{client: u.client, want: newPersonalAccessToken(u.plan, u.client.Now()), known: idsOf(all)}
	if u.plan.Name.IsUnknown() {
		m.want.Name, m.named = rotation.NextName(u.plan.NamePrefix.ValueString(), u.state.base()), true
	}
	return m, m.clear(ctx, u.state.leftovers(all, u.record))
}

// mintNext mints the next generation. A list may show late what a rotation that was cut off has left behind; then its name is taken.
func (m *tokenMint) mintNext(ctx context.Context, kin map[string]bool) (rest.Secret, error) {
	secret, err := m.mint(ctx)
	if !m.named || !api.IsConflict(err) {
		return secret, err
	}
	left, problem := lookFor(ctx, m.client, m.client.ListPersonalAccessTokensAnew, m.want.Name, kin)
	if problem != nil || len(left) == 0 {
		return secret, err
	}
	if problem = m.clear(ctx, left); problem != nil {
		return secret, problem
	}
	return m.mint(ctx)
}

// clear deletes what a rotation that was cut off has left behind: nobody knows its secret. One that has been used is somebody's.
func (m *tokenMint) clear(ctx context.Context, left []api.ServiceAccount) error {
	for _, orphan := range left {
		same := named(left, orphan.Name, nil)
		found := fmt.Sprintf("nothing was rotated: there is a token under a name of the next generation, %q, that is not in the state (%s). ", orphan.Name, describeAll(same))
		switch {
		case len(same) > 1:
			return errors.New(found + "Several have that name. Delete those that nobody uses, and apply again")
		case orphan.LastAccessedAt != nil:
			return fmt.Errorf("%sAn earlier rotation that was cut off must have made it, but it was used at %s, so somebody holds it. Find out who, delete it, and apply again",
				found, rotation.Format(*orphan.LastAccessedAt))
		case m.client.HoldsOwnKey(holderOf(orphan)):
			return errors.New(found + "The provider authenticates with it. Give the provider another key, delete it, and apply again")
		}
		if _, err := m.client.DeletePersonalAccessToken(context.WithoutCancel(ctx), orphan.ID); err != nil {
			return fmt.Errorf("%sAn earlier rotation that was cut off has left it behind, and it could not be deleted. Delete it, because nobody knows its secret, and apply again: %w", found, err)
		}
	}
	return nil
}

// amend carries out what needs no new token: it revokes what is due or owed, and encrypts what is to be encrypted from now on.
func (r *personalAccessTokenResource) amend(ctx context.Context, u *tokenUpdate) {
	if err := u.state.reseal(u.sealer, u.plan); err != nil {
		u.resp.Diagnostics.Append(r.Failure(system.Update, err))
		return
	}
	u.record.Verdict = rotation.Verdict{}
	u.state.promise(u.plan)
	if u.state.HasPrevious() && u.plan.PreviousID.IsNull() {
		id := u.state.PreviousID.ValueString()
		if err := endToken(ctx, u.client, u.state, id); err != nil {
			u.resp.Diagnostics.Append(r.notRevoked(u.state, id, err))
		} else {
			u.state.Previous = rotation.NoPrevious()
		}
	}
	u.resp.Diagnostics.Append(r.settle(ctx, u.client, u.state, &u.record)...)
	u.save(ctx, &u.state, &u.record)
}
