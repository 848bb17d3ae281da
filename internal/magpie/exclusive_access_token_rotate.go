package magpie

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const (
	// rotateTries bounds how often a rotation is begun whose answer was lost.
	rotateTries = 3
	// searchTimeout bounds the search for what a rotation has made. It goes on after an interrupt: the secret is in hand already.
	searchTimeout = 3 * time.Minute
)

// target is where a rotation puts what it makes.
type target struct {
	verb  system.Verb
	state interface {
		Set(ctx context.Context, value any) diag.Diagnostics
	}
	private rotation.PrivateWriter
	diags   *diag.Diagnostics
}

// rotate carries a rotation out, saves the new secret in the statement after the answer, and completes the state. It reports
// whether there is a new secret.
func (r *exclusiveResource) rotate(ctx context.Context, client *api.Client, plan exclusiveModel, state *exclusiveModel, to target) bool {
	encrypter, more := rotation.NewEncrypter(ctx, plan.EncryptSecretTo)
	if to.diags.Append(more...); to.diags.HasError() {
		return false
	}
	var record rotation.Record
	rotated := false
	token, err := r.account(client, *state).rotate(ctx, func(minted api.Minted, known []string) {
		rotated = true
		now := client.Now()
		record.MintedAt, record.Known, record.Tenant = &now, known, client.Tenant()
		stored, lost := encrypter.Store(minted.Token.Reveal())
		state.setSecret(stored)
		state.unidentified(now, plan)
		if record.SecretLost = lost != nil; lost != nil {
			to.diags.AddAttributeError(path.Root("encrypt_secret_to"), "Unable to encrypt the secret", lost.Error()+". The next apply mints another token.")
		}
		to.diags.Append(to.state.Set(ctx, state)...)
		to.diags.Append(record.Save(ctx, to.private)...)
	})
	if err != nil {
		if rotated || rest.MayHaveExecuted(err) {
			// A list that shows the new token late would show it in place of one that another resource mints.
			client.NoteUnknown(r.account(client, *state).name, client.Now())
		}
		to.diags.Append(r.Failure(to.verb, err, r.advise(err, rotated, to.verb, plan)...))
		return rotated
	}
	record.Known = nil
	client.NoteStored(r.account(client, *state).name, token.ID)
	updated, err := r.account(client, *state).update(ctx, *token, settings{}, plan.settings, false)
	if err == nil {
		state.settings = plan.settings
	} else {
		to.diags.Append(r.Failure(to.verb, err))
	}
	r.keep(state, plan, updated, err, &record, to.diags, client)
	state.OtherTokenIDs = setOf(nil)
	to.diags.Append(rotation.WarnRotateBefore(state.Rotating, state.expected(record))...)
	to.diags.Append(record.Save(ctx, to.private)...)
	return true
}

// keep takes in what a list shows after a change, and keeps what was planned if the change was carried out.
func (r *exclusiveResource) keep(state *exclusiveModel, plan exclusiveModel, token api.AccessToken, failed error, record *rotation.Record, diags *diag.Diagnostics, client *api.Client) {
	state.CreatedAt = rotation.TimeText{}
	state.fromAPI(token, client.Now())
	record.GrantedExpiry = token.Expires.At
	if failed == nil {
		before := record.Normalized
		record.Normalized = nil
		for name, answered := range rotation.KeepPlanned(&state.settings, &plan.settings) {
			if before[name] != answered.String() {
				diags.AddAttributeWarning(path.Root(name), "The server changed the request",
					"For the token "+token.ID+" Magpie shows another "+name+" than was requested: "+answered.String()+". The state keeps the requested value as long as Magpie shows this one.")
			}
			record.Normalize(name, answered)
		}
	}
	record.Decision, state.RotationDueAt = r.evaluate(*state, *record, client).Applied(state.Status), state.dueAt(*record)
}

// evaluate takes the decision about the token: what the clock says.
func (r *exclusiveResource) evaluate(m exclusiveModel, record rotation.Record, client *api.Client) rotation.Decision {
	policy, known := m.schedule(record, r.ExpiryWarning())
	return rotation.Evaluate(policy, known, client.Now())
}

// advise says what can be done about a failed rotation.
func (r *exclusiveResource) advise(err error, rotated bool, verb system.Verb, plan exclusiveModel) []string {
	if !rotated {
		return adviceFor(err)
	}
	return []string{adviceUnidentified(plan, verb == system.Create)}
}

// adviceUnidentified says what can be done about a token whose id could not be found.
func adviceUnidentified(m exclusiveModel, isTainted bool) string {
	advice := "Delete the account's other tokens in Magpie: the next plan then manages the one that is left."
	switch {
	case m.RotationTriggers.IsNull():
	case isTainted:
		advice += " Or change rotation_triggers after terraform untaint, which deletes them all and mints a new one."
	default:
		advice += " Or change rotation_triggers, which deletes them all and mints a new one."
	}
	return advice
}

// rotate makes the account have one token, and finds its id. Its answer may be lost: when the list then shows that the tokens
// from before have made way for a new one, the rotation has happened and nobody knows the secret, so it is done once more, which
// deletes that token too. Without that proof nothing is repeated: a rotation that is still under way would kill the next one's
// token. keep gets the secret in the statement after the answer, and the ids that the new token does not have.
func (a account) rotate(ctx context.Context, keep func(minted api.Minted, known []string)) (*api.AccessToken, error) {
	unlock, err := a.client.LockAccount(ctx, a.name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	before, err := a.client.Recent(ctx, a.name)
	if err != nil {
		return nil, fmt.Errorf("nothing was rotated, because the tokens that exist could not be listed first: %w", err)
	}
	if err := a.checkOwn(ctx, before); err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		known := a.client.Seen(a.name)
		minted, err := a.client.Rotate(ctx, a.name)
		if err == nil {
			keep(minted, slices.Sorted(maps.Keys(known)))
			return a.only(ctx, known, minted)
		}
		if !rest.MayHaveExecuted(err) {
			return nil, err
		}
		after, happened, problem := a.hasRotated(ctx, before, err)
		if problem != nil {
			return nil, problem
		}
		if !happened || try == rotateTries {
			return nil, lostRotation(before, after, happened, err)
		}
		before = after
	}
}

// hasRotated looks whether a rotation happened whose answer was lost, and returns what the account has now.
func (a account) hasRotated(ctx context.Context, before []api.AccessToken, lost error) ([]api.AccessToken, bool, error) {
	var after []api.AccessToken
	happened := false
	err := a.look(ctx, func(all []api.AccessToken) bool {
		after = all
		isLeft := slices.ContainsFunc(before, func(t api.AccessToken) bool { return byID(all, t.ID) != nil })
		happened = !isLeft && len(before) > 0 && len(all) > 0
		return happened
	})
	if err != nil {
		return nil, false, fmt.Errorf("the answer to the rotation was lost, and whether it happened is not known, because the list failed too (%s). "+
			"If it happened, every earlier token of the account is deleted, and the account has a new token, whose secret nobody knows. Apply again, which replaces it, or delete it in Magpie: %w", err.Error(), lost)
	}
	return after, happened, nil
}

// look refreshes the account's list until enough says that it has seen enough, or for as long as a list may lag.
func (a account) look(ctx context.Context, enough func(all []api.AccessToken) bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), searchTimeout)
	defer cancel()
	for _, delay := range rest.LookDelays() {
		if err := a.client.Sleep(ctx, delay); err != nil {
			return err
		}
		all, err := a.client.Refresh(ctx, a.name)
		if err != nil || enough(all) {
			return err
		}
	}
	return nil
}

func lostRotation(before, after []api.AccessToken, happened bool, lost error) error {
	fresh := slices.DeleteFunc(slices.Clone(after), func(t api.AccessToken) bool { return byID(before, t.ID) != nil })
	text := "the answer to the rotation was lost. The account's tokens are as they were"
	switch {
	case happened:
		text = fmt.Sprintf("the answer to the rotation was lost %d times. The account has tokens whose secret nobody knows (%s)", rotateTries, listed(after))
	case len(fresh) > 0:
		text = "the answer to the rotation was lost, and whether it happened is not certain. New on the account since then: " + listed(fresh)
	}
	return fmt.Errorf("%s. Apply again to rotate once more: %w", text, lost)
}

// only finds the account's one token after a rotation. A list that still shows the tokens from before lags; one that shows several
// new ones means that somebody else creates tokens for the account. One that lags could also show somebody else's new token and not
// this one yet, so it must be the only one in two looks in a row.
func (a account) only(ctx context.Context, known map[string]bool, minted api.Minted) (*api.AccessToken, error) {
	var found *api.AccessToken
	var fresh []api.AccessToken
	last := ""
	err := a.look(ctx, func(all []api.AccessToken) bool {
		fresh = slices.DeleteFunc(slices.Clone(all), func(t api.AccessToken) bool { return known[t.ID] })
		found = byID(fresh, minted.ID)
		if minted.ID != "" || len(all) != 1 || len(fresh) != 1 {
			last = ""
			return found != nil
		}
		if fresh[0].ID == last {
			found = &fresh[0]
		}
		last = fresh[0].ID
		return found != nil
	})
	const rotated = "the account was rotated and the new secret is in the state, but "
	switch {
	case err != nil:
		return nil, fmt.Errorf(rotated+"the new token's id could not be found, because the list failed: %w", err)
	case found == nil:
		return nil, errors.New(rotated + "the account does not have exactly one token, so the new one's id is not certain. New on the account: " + listed(fresh))
	}
	return found, nil
}

// checkOwn refuses to rotate the account whose access token the provider is logged in with: that token would be deleted, too.
// Nothing tells whose it is but the lists: ids are unique, so the same id on both means the same account.
func (a account) checkOwn(ctx context.Context, before []api.AccessToken) error {
	if !a.client.UsesAccessToken() || len(before) == 0 {
		return nil
	}
	own, err := a.client.List(ctx, api.Own)
	var e *rest.Error
	if errors.As(err, &e) && e.Kind == rest.Refused {
		// The account's list is there, and one's own is not: they are not the same.
		return nil
	}
	if err != nil {
		return fmt.Errorf("nothing was rotated, because the provider could not find out whether it is logged in as this very account: %w", err)
	}
	if slices.ContainsFunc(before, func(t api.AccessToken) bool { return byID(own, t.ID) != nil }) {
		return fmt.Errorf("the provider is logged in as the service account %s with one of its access tokens, which a rotation would delete. Nothing was rotated. Configure the provider with the credential of another organization admin", string(a.name))
	}
	return nil
}

func idsOf(tokens []api.AccessToken) []string {
	ids := make([]string, 0, len(tokens))
	for _, t := range tokens {
		ids = append(ids, t.ID)
	}
	slices.Sort(ids)
	return ids
}

func listed(tokens []api.AccessToken) string {
	if len(tokens) == 0 {
		return "none"
	}
	return strings.Join(idsOf(tokens), ", ")
}
