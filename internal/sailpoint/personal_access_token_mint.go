package sailpoint

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
)

const (
	// mintTries bounds how often a mint is begun whose answer was lost.
	mintTries = 3
	// clockSlack is how far a token's creation may lie outside the time of the request that made it: answers tell the
	// tenant's time in whole seconds.
	clockSlack = 2 * time.Second
	// recoveryTimeout bounds the search for a lost token. It goes on after an interrupt, because a token that nobody
	// knows is worse than a run that ends later.
	recoveryTimeout = 3 * time.Minute
	// sixMonthsMin and sixMonthsMax are the bounds of six calendar months, a day left over for time zones.
	sixMonthsMin = 180 * 24 * time.Hour
	sixMonthsMax = 185 * 24 * time.Hour
)

// lookDelays are the pauses before each look for a lost token: the tenant may still be working on it.
func lookDelays() []time.Duration { return []time.Duration{0, time.Second, 3 * time.Second} }

// mint creates a token and does not lose it. Names are unique per owner, and that is what a lost answer is mended with: a
// token under the wanted name that was not there before, made while the request was under way and to its letter, is this
// run's own. Nobody knows its secret, so it is deleted and the mint begins again under the same name; should the server
// complete the lost request after all, it finds the name taken. What cannot be proved to be this run's own is left alone and
// named in the error.
func mint(ctx context.Context, client *api.Client, want api.NewPersonalAccessToken) (*api.PersonalAccessToken, error) {
	unlock, err := client.LockName(ctx, want.Name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	before, err := client.List(ctx, api.Me)
	if err != nil {
		return nil, fmt.Errorf("nothing was created, because the tokens that exist could not be listed first: %w", err)
	}
	known := map[string]bool{}
	for _, t := range before {
		known[t.ID] = true
	}
	start := client.Now()
	for try := 1; ; try++ {
		token, err := client.Create(ctx, want)
		if err == nil {
			return token, nil
		}
		lost := rest.MayHaveExecuted(err)
		if !lost && try == 1 {
			return nil, err
		}
		recovered, problem := cleanUp(ctx, client, want, known, start)
		switch {
		case problem != nil:
			return nil, problem
		case !lost && !recovered:
			return nil, err
		case try == mintTries:
			return nil, fmt.Errorf("the answer to the creation of %q was lost %d times. Afterwards no such token was on the tenant; should one appear, delete it, because nobody knows its secret: %w",
				want.Name, try, err)
		}
	}
}

// cleanUp deletes the token that a lost answer has left behind, if there is one, and reports whether there was.
func cleanUp(ctx context.Context, client *api.Client, want api.NewPersonalAccessToken, known map[string]bool, start time.Time) (bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recoveryTimeout)
	defer cancel()
	var left []api.PersonalAccessToken
	for _, delay := range lookDelays() {
		time.Sleep(delay)
		all, err := client.ListAnew(ctx, api.Me)
		if err != nil {
			return false, fmt.Errorf("the answer to the creation of %q was lost, and it is not known whether the token exists, because the tokens could not be listed. "+
				"Look for a token of that name, created after %s, and delete it: nobody knows its secret: %w", want.Name, rotation.Format(start), err)
		}
		left = slices.DeleteFunc(all, func(t api.PersonalAccessToken) bool { return t.Name != want.Name || known[t.ID] })
		if len(left) > 0 {
			break
		}
	}
	if len(left) == 0 {
		return false, nil
	}
	if len(left) > 1 || !isOwn(left[0], want, start, client.Now()) {
		return false, fmt.Errorf("the answer to the creation of %q was lost. A token of that name exists now that was not there before, but it is not certain that it comes from this run, so nothing was touched. "+
			"If it is yours, delete it, because nobody knows its secret, and apply again: %s", want.Name, describeAll(left))
	}
	if err := client.Delete(ctx, left[0].ID, left[0].Owner.ID); err != nil {
		return false, fmt.Errorf("the answer to the creation of %q was lost, and the token that it left behind could not be deleted. Delete it, because nobody knows its secret: %s: %w",
			want.Name, describeAll(left), err)
	}
	return true, nil
}

// isOwn reports whether a token was made to the letter of a request while that was under way. What the request left open must
// be what the vendor documents as the default.
func isOwn(t api.PersonalAccessToken, want api.NewPersonalAccessToken, start, end time.Time) bool {
	if t.Created.Before(start.Add(-clockSlack)) || t.Created.After(end.Add(clockSlack)) {
		return false
	}
	validity := int64(validityDefault)
	if want.AccessTokenValiditySeconds != nil {
		validity = *want.AccessTokenValiditySeconds
	}
	return t.AccessTokenValiditySeconds == validity && hasEnd(t, want) && hasScope(t.Scope, want.Scope)
}

func hasEnd(t api.PersonalAccessToken, want api.NewPersonalAccessToken) bool {
	if want.Lifetime > 0 {
		return t.ExpirationDate != nil && (t.ExpirationDate.Sub(t.Created)-want.Lifetime).Abs() <= clockSlack
	}
	if want.ExpirationDate != nil {
		at := time.Time(*want.ExpirationDate)
		return rotation.SameInstant(&at, t.ExpirationDate)
	}
	if t.ExpirationDate == nil || want.NeverExpires != nil {
		return t.ExpirationDate == nil
	}
	// The older contract's six months.
	lives := t.ExpirationDate.Sub(t.Created)
	return lives > sixMonthsMin && lives < sixMonthsMax
}

func hasScope(scope, want []string) bool {
	if want == nil {
		// The vendor's pages contradict each other about what a token without a scope gets.
		return len(scope) == 0 || len(scope) == 1 && (scope[0] == scopeAll || scope[0] == "sp:scopes:default")
	}
	wanted := slices.Clone(want)
	sort.Strings(wanted)
	return slices.Equal(slices.Compact(wanted), slices.Compact(slices.Clone(scope)))
}

func describeAll(tokens []api.PersonalAccessToken) string {
	lines := make([]string, 0, len(tokens))
	for _, t := range tokens {
		lines = append(lines, fmt.Sprintf("id %s, created %s", t.ID, rotation.Format(t.Created)))
	}
	return strings.Join(lines, "; ")
}
