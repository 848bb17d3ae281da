package truefoundry_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestPersonalAccessToken_manyAtOnce mints ten tokens at the same time, which share the lists that tell their ids: each gets its own, also where
// lists lag, or the answer to one creation is lost.
func TestPersonalAccessToken_manyAtOnce(t *testing.T) {
	t.Parallel()
	each(t, []string{"all answered", "lists lag", "an answer is lost", "both"}, nil, func(p *plane, how string) {
		const tokens = 10
		e := p.engine(patType)
		var plans [tokens]*protocoltest.Plan
		for i := range tokens {
			plans[i] = e.MustPlan(nil, args{"name": fmt.Sprint("token-", i), "lifetime": "720h"})
		}
		if how == "lists lag" || how == "both" {
			p.afterwards["POST"] = func() { p.fault("GET", patsRoute, "lag:2", 1) }
		}
		if how == "an answer is lost" || how == "both" {
			p.fault("POST", patsRoute, "drop-after", 1)
		}
		p.intercept = together(tokens)
		var made [tokens]*protocoltest.Object
		var wait sync.WaitGroup
		for i := range tokens {
			wait.Go(func() { made[i] = e.MustApply(plans[i]) })
		}
		wait.Wait()
		p.living(tokens)
		ids := map[string]bool{}
		for i, object := range made {
			stored, exists := p.PersonalAccessToken(object.Text("id"))
			if want := fmt.Sprint("token-", i); !exists || stored.Name != want {
				t.Errorf("the state of %s has the id of %q", want, stored.Name)
			}
			ids[object.Text("id")] = true
			p.check(object.Text("token"), true)
		}
		if len(ids) != tokens {
			t.Errorf("%d ids", len(ids))
		}
	})
}

// together holds the first creations back until this many have come.
func together(count int) func(*http.Request) *http.Response {
	var mu sync.Mutex
	come, all := 0, make(chan struct{})
	return func(r *http.Request) *http.Response {
		if r.Method != http.MethodPost {
			return nil
		}
		mu.Lock()
		if come++; come == count {
			close(all)
		}
		mu.Unlock()
		<-all
		return nil
	}
}
