package sailpoint_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
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

// TestPersonalAccessToken_orphanAppearsLate loses a mint whose token the list does not show while it is looked for: the second try
// finds the name taken, knows the token for the first one's, deletes it and mints again.
func TestPersonalAccessToken_orphanAppearsLate(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.fault("POST", listRoute, "drop-after", 1)
	s.env.Transport = &meanwhile{happens: func() { s.fault("GET", listRoute, "lag:3", 1) }}
	e := s.engine()
	made := e.Create(lasting("720h"))
	s.RequireLive(t, 1)
	attributes := made.Attributes
	probe, err := fake.UseToken(t.Context(), s.base(), attributes.Text("id"), attributes.Text("secret"))
	if err != nil || !probe.Works() {
		t.Errorf("the token does not work: %+v, %v", probe, err)
	}
	if got := []int{s.requests("POST", listRoute), s.requests("DELETE", itemRoute)}; !slices.Equal(got, []int{3, 1}) {
		t.Errorf("%d mints and %d deletions were sent instead of 3 and 1", got[0], got[1])
	}
	s.settled(made, lasting("720h"))
}
