package sailpoint_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// gathering holds mints back until a number of them is on the way, and lets something happen before the first is sent.
type gathering struct {
	all     *sync.WaitGroup
	once    sync.Once
	happens func()
}

func gather(mints int, happens func()) *gathering {
	g := &gathering{all: &sync.WaitGroup{}, happens: happens}
	g.all.Add(mints)
	return g
}

// RoundTrip implements [http.RoundTripper].
func (g *gathering) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && r.URL.Path == listRoute {
		g.all.Done()
		g.all.Wait()
		g.once.Do(g.happens)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestPersonalAccessToken_lostTogether loses two mints when nothing can be looked up any more, because the list is refused and then
// the login: both share that error, and each names the token that must be looked for.
func TestPersonalAccessToken_lostTogether(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.env.Transport = gather(2, func() {
		s.fault("POST", listRoute, "drop-after", 2)
		s.fault("GET", listRoute, "status:401", 20)
		s.fault("POST", loginRoute, "status:401", 20)
	})
	e := s.engine()
	names := []string{"first", "second"}
	details := map[string]string{}
	var mu sync.Mutex
	var wait sync.WaitGroup
	for _, name := range names {
		config := lasting("720h").With(values{"name": name})
		plan := e.Plan(nil, config)
		e.NoError(plan.Diagnostics)
		wait.Go(func() {
			_, diagnostics := e.Apply(plan)
			mu.Lock()
			defer mu.Unlock()
			if failure := s.failed(diagnostics); failure != nil {
				details[name] = failure.Detail
			}
		})
	}
	wait.Wait()
	repeats := 0
	for i, name := range names {
		detail := details[name]
		if !strings.Contains(detail, `The answer to the creation of "`+name+`" was lost`) || !strings.Contains(detail, "Look for a token of that name") {
			t.Errorf("%s: %s", name, detail)
		}
		if strings.Contains(detail, `"`+names[1-i]+`"`) {
			t.Errorf("%s names the other token: %s", name, detail)
		}
		if strings.Contains(detail, "The reason is the same as in the other error about SailPoint") {
			repeats++
		} else if !strings.Contains(detail, "does not accept the provider's credentials") {
			t.Errorf("%s gives no reason: %s", name, detail)
		}
	}
	if repeats != 1 {
		t.Errorf("%d of 2 errors refer to the other", repeats)
	}
	s.RequireLive(t, 2)
}

// waited checks that the provider has waited as it does for this many looks at the list.
func (s *tenant) waited(looks int) {
	s.t.Helper()
	var want []time.Duration
	for i := range looks {
		if delay := rest.LookDelays()[i%len(rest.LookDelays())]; delay > 0 {
			want = append(want, delay)
		}
	}
	if got := s.waits(); !slices.Equal(got, want) {
		s.t.Errorf("waited %v instead of %v", got, want)
	}
}

// TestPersonalAccessToken_orphanAppearsLate loses a mint whose token the list does not show while it is looked for, with the pauses that
// users have: the second try finds the name taken, knows the token for the first one's, deletes it and mints again.
func TestPersonalAccessToken_orphanAppearsLate(t *testing.T) {
	t.Parallel()
	all := len(rest.LookDelays())
	for name, c := range map[string]struct {
		rotates      bool
		lag          int
		looks, posts int
	}{
		"in the last look of the first try":           {false, all - 1, all, 2},
		"in the second try":                           {false, all, all + 1, 3},
		"in the last look of the second try":          {false, 2*all - 1, 2 * all, 3},
		"in the second try of a rotation in place":    {true, all, all + 1, 3},
		"in the last look of a rotation's second try": {true, 2*all - 1, 2 * all, 3},
		"after all looks of two tries, of a rotation": {true, 2 * all, 2*all + 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			config, alive := lasting("720h"), 1
			var made *object
			if c.rotates {
				config, alive = overlapping(triggered("2")), 2
				made = s.made(overlapping())
			}
			s.fault("POST", listRoute, "drop-after", 1)
			s.env.Transport = &meanwhile{happens: func() { s.fault("GET", listRoute, "lag:"+strconv.Itoa(c.lag), 1) }}
			plan := s.workspace(made).Plan(config)
			s.Journal().Reset()
			made = s.engine().MustApply(plan.Plan)
			s.RequireLive(t, alive)
			s.mustWork(made.Text("id"), made.Text("secret"))
			posts, deletes := s.requests("POST", listRoute), s.requests("DELETE", itemRoute)
			if posts != c.posts || deletes != 1 {
				t.Errorf("%d mints and %d deletions were sent instead of %d and 1", posts, deletes, c.posts)
			}
			s.waited(c.looks)
			s.plansNothing(made, config)
		})
	}
}

// TestPersonalAccessToken_orphanStaysHidden meets a list that lags through all looks of two tries. The name is taken, and nothing proves
// by whom: the error says what is to be looked for, and does not advise to import a token whose secret nobody knows.
func TestPersonalAccessToken_orphanStaysHidden(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	looks := 2 * len(rest.LookDelays())
	s.fault("POST", listRoute, "drop-after", 1)
	s.env.Transport = &meanwhile{happens: func() { s.fault("GET", listRoute, "lag:"+strconv.Itoa(looks), 1) }}
	e := s.engine()
	made, diagnostics := e.Apply(e.MustPlan(nil, lasting("720h")))
	failure := s.failed(diagnostics)
	if made != nil || failure == nil || !says(`The answer to an earlier request for "ci" was lost`).MatchString(failure.Detail) ||
		!says("delete it, because nobody knows its secret").MatchString(failure.Detail) || strings.Contains(failure.Detail, "import") {
		t.Errorf("made %v, failed with %+v", made, failure)
	}
	s.waited(looks)
	if got := []int{s.requests("POST", listRoute), s.requests("DELETE", itemRoute)}; !slices.Equal(got, []int{2, 0}) {
		t.Errorf("%d mints and %d deletions were sent instead of 2 and 0", got[0], got[1])
	}
	s.RequireLive(t, 1)
}
