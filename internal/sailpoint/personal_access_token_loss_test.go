package sailpoint_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// hangAfter is a request whose work is done, and that is never answered.
const hangAfter = "hang-after"

// breaks lets the next request of a route go wrong. On a busy machine no other request runs out of time.
func (s *tenant) breaks(word, method, route string) {
	s.t.Helper()
	if word != hangAfter {
		s.fault(method, route, word, 1)
		return
	}
	s.env.Transport = &protocoltest.Network{Hangs: protocoltest.First(protocoltest.Route(method, route))}
	s.http = values{"timeout": "50ms"}
}

// sent checks how often the tenant was asked for something.
func (s *tenant) sent(method, route string, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := s.requests(method, route); got != want {
			return fmt.Errorf("%d requests %s %s instead of %d", got, method, route, want)
		}
		return nil
	}
}

// hasSent fails the test unless the tenant was asked for that many mints, changes and deletions by the newer contract.
func (s *tenant) hasSent(posts, patches, deletes int) {
	s.t.Helper()
	want := []int{posts, patches, deletes}
	got := []int{s.requests("POST", listRoute), s.requests("PATCH", itemRoute), s.requests("DELETE", itemRoute)}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("%v mints, changes and deletions were sent instead of %v", got, want)
	}
}

// failsWith returns the only error, which must hold these words.
func (s *tenant) failsWith(diagnostics protocoltest.Diagnostics, words string) *tfprotov6.Diagnostic {
	s.t.Helper()
	failure := s.failed(diagnostics)
	if failure == nil || !says(words).MatchString(failure.Summary+"\n"+failure.Detail) {
		s.t.Fatalf("failed with %+v instead of %q", failure, words)
	}
	return failure
}

// TestAccSailPointPersonalAccessToken_answerLost loses the answer to a mint, to a change and to a deletion: nobody notices.
func TestAccSailPointPersonalAccessToken_answerLost(t *testing.T) {
	s := emulate(t)
	var first generation
	s.test(
		resource.TestStep{
			PreConfig: func() { s.breaks("drop-after", "POST", listRoute) },
			Config:    s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)),
			Check:     all(first.keep, s.works, s.alive(1), s.stored(1), s.sent("POST", listRoute, 2), s.sent("DELETE", itemRoute, 1)),
		},
		resource.TestStep{
			PreConfig: func() { s.breaks("drop-after", "PATCH", itemRoute); s.breaks("drop-after", "DELETE", itemRoute) },
			Config:    s.config(token(`name = "new"`, `scope = ["sp:scopes:default"]`, `never_expires = true`)), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check: all(first.same, s.works, has("name", "new"), s.endless(), s.sent("PATCH", itemRoute, 2)),
		},
	)
	s.keeps(0)
	if left := s.Faults().Pending(); len(left) != 0 {
		t.Errorf("faults that nothing has met: %+v", left)
	}
}

// TestPersonalAccessToken_createAnswerLost mints a token whose answer never arrives: its orphan is deleted and the mint begun again. After
// a failure that surely made nothing, nothing is deleted.
func TestPersonalAccessToken_createAnswerLost(t *testing.T) {
	t.Parallel()
	usual, named := lasting("720h"), values{"name": "ci"}
	prefixed := values{"name_prefix": "ci-", "never_expires": true}
	for word, c := range map[string]struct {
		config  values
		deletes int
	}{
		"drop-after":      {usual, 1},
		"502-after":       {usual, 1},
		"500-after":       {usual.With(nullLifetime(), values{"expires_at": ahead(720 * time.Hour)}), 1},
		"truncate":        {prefixed, 1},
		"truncate-silent": {prefixed.With(values{"access_token_validity_seconds": 60}), 1},
		"html-after":      {named.With(values{"scope": []string{"b", "a"}, "never_expires": true}), 1},
		hangAfter:         {usual, 1},
		"drop-before":     {usual, 0},
		"status:503":      {usual, 0},
	} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.breaks(word, "POST", listRoute)
			made := s.workspace(nil).Does(protocoltest.Create, c.config)
			s.mustWork(made.Text("id"), made.Text("secret"))
			s.only(made.Text("id"))
			s.keeps(1)
			s.hasSent(2, 0, c.deletes)
		})
	}
}

// TestPersonalAccessToken_createAnswerLostOlderContract knows its orphan by the six months that the tenant gave it.
func TestPersonalAccessToken_createAnswerLostOlderContract(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.fault("POST", "/beta/personal-access-tokens", "drop-after", 1)
	made := s.workspace(nil, versioned("beta")).Does(protocoltest.Create, values{"name": "ci"})
	s.mustWork(made.Text("id"), made.Text("secret"))
	s.only(made.Text("id"))
	s.keeps(1)
}

// TestPersonalAccessToken_createAnswerAlwaysLost loses the second mint as well, and gives up after a while, with nothing left behind.
func TestPersonalAccessToken_createAnswerAlwaysLost(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.fault("POST", listRoute, "drop-after", 2)
	w := s.workspace(nil)
	made := w.Does(protocoltest.Create, lasting("720h"))
	s.mustWork(made.Text("id"), made.Text("secret"))
	s.only(made.Text("id"))
	s.hasSent(3, 0, 2)
	w.Destroy()
	s.keeps(0)

	s.fault("POST", listRoute, "drop-after", 20)
	run := w.Run(lasting("720h"))
	s.failsWith(run.Diagnostics, `The answer to the creation of "ci" was lost 3 times`)
	if w.Object != nil {
		t.Errorf("in the state is %v", w.Object)
	}
	s.keeps(0)
}

// TestPersonalAccessToken_createLostAndUnlistable cannot find out what became of the token, and says so.
func TestPersonalAccessToken_createLostAndUnlistable(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"status:500", "html", "status:403"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.fault("POST", listRoute, "drop-after", 1)
			s.env.Transport, s.http = &meanwhile{happens: func() { s.fault("GET", listRoute, word, 20) }}, values{"max_retries": 0}
			s.leaves("ci", s.workspace(nil).Run(lasting("720h")), `Look for a token of that name`)
		})
	}
}

// leaves checks that a creation has failed with these words, and has left one token of that name on the tenant.
func (s *tenant) leaves(name string, run protocoltest.Run, words string) {
	s.t.Helper()
	s.failsWith(run.Diagnostics, words)
	if left := s.minted(); run.Failed != "apply" || len(left) != 1 || left[0].Name != name {
		s.t.Errorf("the %s has failed, left behind: %+v", run.Failed, left)
	}
}

// TestPersonalAccessToken_orphanUndeletable names the token that it could not delete.
func TestPersonalAccessToken_orphanUndeletable(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.fault("POST", listRoute, "drop-after", 1)
	s.fault("DELETE", itemRoute, "status:403", 1)
	run := s.workspace(nil).Run(lasting("720h"))
	s.leaves("ci", run, `the token that it left behind could not be deleted`)
	if id := s.minted()[0].ID; !strings.Contains(run.Diagnostics.Errors().String(), id) {
		t.Errorf("%s is not named: %s", id, run.Diagnostics)
	}
}

// meanwhile lets something happen just before the first mint reaches the tenant.
type meanwhile struct {
	once    sync.Once
	happens func()
}

// RoundTrip implements [http.RoundTripper].
func (m *meanwhile) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && r.URL.Path == listRoute {
		m.once.Do(m.happens)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestPersonalAccessToken_foreignMeanwhile meets a token of the wanted name that appeared while the mint was under way and does not come
// from it: it differs from what was asked for, or from the defaults where nothing was.
func TestPersonalAccessToken_foreignMeanwhile(t *testing.T) {
	t.Parallel()
	end, month := time.Now().Add(48*time.Hour), time.Now().Add(720*time.Hour)
	scope := []string{"sp:my-personal-access-tokens:read"}
	asked := values{
		"name": "ci", "scope": scope, "expires_at": month.UTC().Format(time.RFC3339Nano), "access_token_validity_seconds": 43200,
	}
	defaults := values{"name": "ci", "never_expires": true}
	for name, c := range map[string]struct {
		config values
		edit   func(*fake.Token)
	}{
		"other scope":            {asked, func(k *fake.Token) { k.Expiration = &month }},
		"other end":              {asked, func(k *fake.Token) { k.Scope, k.Expiration = scope, &end }},
		"no end":                 {asked, func(k *fake.Token) { k.Scope = scope }},
		"other validity":         {asked, func(k *fake.Token) { k.Scope, k.Expiration, k.AccessTokenValiditySeconds = scope, &month, 60 }},
		"older":                  {asked, func(k *fake.Token) { k.Scope, k.Expiration, k.Created = scope, &month, time.Now().Add(-time.Hour) }},
		"a scope":                {defaults, func(k *fake.Token) { k.Scope = scope }},
		"an end":                 {defaults, func(k *fake.Token) { k.Expiration = &end }},
		"not the usual validity": {defaults, func(k *fake.Token) { k.AccessTokenValiditySeconds = 60 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			var foreign fake.Token
			s.fault("POST", listRoute, "drop-before", 1)
			s.env.Transport = &meanwhile{happens: func() { foreign = s.seed("ci", c.edit) }}
			run := s.workspace(nil).Run(c.config)
			s.leaves("ci", run, `it is not certain that it comes from this run, so nothing was touched`)
			s.failsWith(run.Diagnostics, `apply again: `+foreign.ID+`, created`)
			if left := s.minted(); left[0].ID != foreign.ID {
				t.Errorf("on the tenant: %+v", left)
			}
			s.hasSent(1, 0, 0)
		})
	}
}

func TestPersonalAccessToken_deleteAnswerLost(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"drop-after", "502-after", "html-after", hangAfter} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.breaks(word, "DELETE", itemRoute)
			made := s.made(lasting("720h"))
			w := s.workspace(made)
			if diagnostics := w.Destroy(); len(diagnostics) != 0 || w.Object != nil {
				t.Errorf("left is %v: %s", w.Object, diagnostics)
			}
			s.mustFail(made.Text("id"), made.Text("secret"))
			s.keeps(0)
		})
	}
}

// TestPersonalAccessToken_deleteRefused keeps a token in the state that could not be deleted.
func TestPersonalAccessToken_deleteRefused(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	first := s.made(lasting("720h"))
	w := s.workspace(first)
	s.fault("DELETE", itemRoute, "status:403", 1)
	s.failsWith(w.Destroy(), `Unable to delete SailPoint personal access token`)
	s.isSame(first, w.Object)
	s.isSame(first, w.Does(protocoltest.Nothing, lasting("720h")))
	s.only(first.Text("id"))
}

// TestPersonalAccessToken_deletedTwice destroys what somebody else has deleted since the plan.
func TestPersonalAccessToken_deletedTwice(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	e := s.engine()
	first := e.Create(lasting("720h"))
	plan := e.PlanDestroy(first)
	if err := s.SailPoint.DeleteToken(first.Text("id")); err != nil {
		t.Fatal(err)
	}
	if left, diagnostics := s.engine().Apply(plan); left != nil || len(diagnostics) != 0 {
		t.Errorf("left is %v: %s", left, diagnostics)
	}
	s.keeps(0)
}

func TestPersonalAccessToken_patchAnswerLost(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"drop-after", "502-after", "truncate", hangAfter} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.breaks(word, "PATCH", itemRoute)
			first := s.made(lasting("720h"))
			w := s.workspace(first)
			now := w.Does(protocoltest.Update, values{"name": "new", "scope": []string{"sp:scopes:default"}, "never_expires": true})
			s.isSame(first, now)
			s.tenantHas(now, isEndless)
			if got := now.Text("name"); got != "new" {
				t.Errorf("name is %q", got)
			}
			s.hasSent(1, 2, 0)
		})
	}
}

// TestPersonalAccessToken_patchAnswerUnreadable fails, and the next plan sees what has been done all the same.
func TestPersonalAccessToken_patchAnswerUnreadable(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"html-after", "truncate-silent"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			first := s.made(lasting("720h"))
			w := s.workspace(first)
			changed := lasting("1440h").With(values{"name": "new"})
			s.fault("PATCH", itemRoute, word, 1)
			run := w.Run(changed)
			s.failsWith(run.Diagnostics, `Unable to update SailPoint personal access token`)
			if run.Failed != "apply" {
				t.Errorf("the %s has failed", run.Failed)
			}
			if run = w.Run(changed); run.Failed != "" {
				t.Fatal(run.Diagnostics)
			}
			w.Settled(changed)
			s.isSame(first, w.Object)
			s.tenantHas(w.Object, livesFor(1440*time.Hour))
			if got := w.Object.Text("name"); got != "new" {
				t.Errorf("name is %q", got)
			}
		})
	}
}

// TestPersonalAccessToken_patchedAfterDeletion updates what somebody else has deleted since the plan.
func TestPersonalAccessToken_patchedAfterDeletion(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	first := s.made(lasting("720h"))
	w := s.workspace(first)
	config := lasting("720h").With(values{"name": "new"})
	saved := w.Plan(config)
	s.Clock().Advance(afterLag)
	if err := s.SailPoint.DeleteToken(first.Text("id")); err != nil {
		t.Fatal(err)
	}
	run := w.Apply(saved, config)
	s.failsWith(run.Diagnostics, `The token was deleted outside Terraform after the plan was made`)
	if run.Action != protocoltest.Update || run.Failed != "apply" {
		t.Errorf("%s, the %s has failed", run.Action, run.Failed)
	}
	s.keeps(0)
}
