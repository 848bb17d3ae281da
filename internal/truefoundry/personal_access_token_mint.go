package truefoundry

import (
	"context"
	"fmt"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

const (
	// mintTries bounds how often a mint is begun whose answer was lost.
	mintTries = 3
	// clockSlack is how far a creation may lie outside the time of the request that made it: answers tell the control
	// plane's time in whole seconds.
	clockSlack = 2 * time.Second
	// recoveryTimeout bounds the search for what a mint has made. It goes on after an interrupt, because a token that
	// nobody knows is worse than a run that ends later.
	recoveryTimeout = 3 * time.Minute
)

// tokenMint is one planned personal access token on its way into the world.
type tokenMint struct {
	client *api.Client
	want   api.NewPersonalAccessToken
	// known are the ids of the tokens that were there before.
	known map[string]bool
	// named is set where the name follows from the generation before.
	named bool
}

// prepareToken lists what is there before. Its answer also tells the control plane's time, from which a lifetime is counted.
func prepareToken(ctx context.Context, client *api.Client, plan personalAccessTokenModel) (*tokenMint, error) {
	before, err := client.ListPersonalAccessTokens(ctx)
	if err != nil {
		return nil, fmt.Errorf("nothing was created, because the tokens that exist could not be listed first: %w", err)
	}
	return &tokenMint{client: client, want: newPersonalAccessToken(plan, client.Now()), known: idsOf(before)}, nil
}

// mint creates the token and does not lose it. Names are unique, and that is what a lost answer is mended with: a token under
// the wanted name that was not there before and was made while the request was under way is this run's own. Nobody knows its
// secret, so it is deleted and the mint begins again under the same name; should the server complete the lost request after
// all, it finds the name taken. What cannot be proved to be this run's own is left alone and named in the error.
func (m *tokenMint) mint(ctx context.Context) (rest.Secret, error) {
	for try := 1; ; try++ {
		start := m.client.Now()
		secret, err := m.client.CreatePersonalAccessToken(ctx, m.want)
		if err == nil {
			return secret, nil
		}
		lost := rest.MayHaveExecuted(err)
		if !lost && try == 1 {
			return rest.Secret{}, err
		}
		recovered, problem := m.cleanUp(ctx, start)
		switch {
		case problem != nil:
			return rest.Secret{}, problem
		case !lost && !recovered:
			return rest.Secret{}, err
		case try == mintTries:
			return rest.Secret{}, fmt.Errorf("the answer to the creation of %q was lost %d times. Afterwards there was no such token; should one appear, delete it, because nobody knows its secret: %w",
				m.want.Name, try, err)
		}
	}
}

// cleanUp deletes the token that a lost answer has left behind, if there is one, and reports whether there was.
func (m *tokenMint) cleanUp(ctx context.Context, start time.Time) (bool, error) {
	left, err := m.look(ctx)
	if err != nil {
		return false, fmt.Errorf("the answer to the creation of %q was lost, and it is not known whether the token exists, because the tokens could not be listed. "+
			"Look for a token of that name, created after %s, and delete it: nobody knows its secret: %w", m.want.Name, rotation.Format(start), err)
	}
	if len(left) == 0 {
		return false, nil
	}
	if len(left) > 1 || !m.isOwn(left[0], start) {
		return false, fmt.Errorf("the answer to the creation of %q was lost. A token of that name exists now that was not there before, but it is not certain that it comes from this run, so nothing was touched. "+
			"If it is yours, delete it, because nobody knows its secret, and apply again: %s", m.want.Name, describeAll(left))
	}
	if _, err := m.client.DeletePersonalAccessToken(context.WithoutCancel(ctx), left[0].ID); err != nil {
		return false, fmt.Errorf("the answer to the creation of %q was lost, and the token that it left behind could not be deleted. Delete it, because nobody knows its secret: %s: %w",
			m.want.Name, describeAll(left), err)
	}
	return true, nil
}

// look returns the tokens under the wanted name that were not there before.
func (m *tokenMint) look(ctx context.Context) ([]api.ServiceAccount, error) {
	return lookFor(ctx, m.client, m.client.ListPersonalAccessTokensAnew, m.want.Name, m.known)
}

// lookFor looks for a new object of a name until a list shows one, or for a while.
func lookFor(ctx context.Context, client *api.Client, list func(context.Context) ([]api.ServiceAccount, error), name string, known map[string]bool) ([]api.ServiceAccount, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTimeout)
	defer cancel()
	for _, delay := range client.LookDelays() {
		if err := pause(ctx, delay); err != nil {
			return nil, err
		}
		all, err := list(ctx)
		if err != nil {
			return nil, err
		}
		if left := named(all, name, known); len(left) > 0 {
			return left, nil
		}
	}
	return nil, nil
}

// isOwn reports whether a token was made as it was asked for while the request was under way. A tenant may have it end sooner.
func (m *tokenMint) isOwn(t api.ServiceAccount, start time.Time) bool {
	if !madeBetween(t, start, m.client.Now()) {
		return false
	}
	end := t.End()
	if m.want.ExpiresAt != nil && (end == nil || !end.Is(m.want.ExpiresAt) && end.At.After(*m.want.ExpiresAt)) {
		return false
	}
	team, kind := t.Team(), t.Manifest.Text(api.KeyTokenType)
	return (team == "" || m.want.TeamName == "" || team == m.want.TeamName) && (kind == "" || m.want.TokenType == "" || kind == m.want.TokenType)
}

func madeBetween(a api.ServiceAccount, start, end time.Time) bool {
	return a.CreatedAt != nil && !a.CreatedAt.Before(start.Add(-clockSlack)) && !a.CreatedAt.After(end.Add(clockSlack))
}

// identify finds the token that has just been minted: the create's answer does not tell its id.
func (m *tokenMint) identify(ctx context.Context) (*api.ServiceAccount, error) {
	const minted = "the token %q was minted and is in the state, but its id could not be found"
	left, err := m.look(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf(minted+", because the list failed: %w", m.want.Name, err)
	case len(left) == 0:
		return nil, fmt.Errorf(minted+": no such token has appeared in the list", m.want.Name)
	case len(left) > 1:
		return nil, fmt.Errorf(minted+": several new ones have that name: %s", m.want.Name, describeAll(left))
	}
	return &left[0], nil
}
