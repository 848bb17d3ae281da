package sailpoint_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestPersonalAccessToken_ephemeralOpenFails leaves nothing alive that nobody closes, whatever goes wrong in an opening.
func TestPersonalAccessToken_ephemeralOpenFails(t *testing.T) {
	t.Parallel()
	verified := values{"verify": true}
	for name, c := range map[string]struct {
		happens func(s *tenant)
		config  values
		opens   bool
		message string
	}{
		"refused":             {func(s *tenant) { s.fault("POST", listRoute, "status:403", 1) }, nil, false, "refuses to authorize"},
		"answer lost":         {func(s *tenant) { s.fault("POST", listRoute, "drop-after", 1) }, nil, true, ""},
		"answer cut":          {func(s *tenant) { s.fault("POST", listRoute, "truncate", 1) }, nil, true, ""},
		"a page":              {func(s *tenant) { s.fault("POST", listRoute, "html-after", 1) }, nil, true, ""},
		"always lost":         {func(s *tenant) { s.fault("POST", listRoute, "drop-after", 3) }, nil, false, "was lost 3 times"},
		"429":                 {func(s *tenant) { s.fault("POST", listRoute, "429:1", 1) }, verified, true, ""},
		"list refused":        {func(s *tenant) { s.fault("GET", listRoute, "status:403", 9) }, nil, false, "Nothing was created, because the tokens that exist could not be listed first"},
		"login refused":       {func(s *tenant) { s.fault("POST", loginRoute, "status:401", 9) }, nil, false, "does not accept the provider's credentials"},
		"tenant down":         {func(s *tenant) { s.fault("", "", "status:503", 99) }, nil, false, "Run again later"},
		"tenant unreachable":  {func(s *tenant) { s.fault("", "", "drop-before", 99) }, nil, false, "no whole answer came back"},
		"not verified":        {func(s *tenant) { s.refuseNext("status:401", 99) }, verified, false, "logging in with it failed"},
		"verified a bit late": {func(s *tenant) { s.refuseNext("status:401", 1) }, verified, true, ""},
		"verification lost":   {func(s *tenant) { s.refuseNext("drop-before", 99) }, verified, false, "logging in with it failed"},
		"verification failed, revocation refused": {func(s *tenant) {
			s.refuseNext("status:401", 99)
			s.fault("DELETE", itemRoute, "status:403", 1)
		}, verified, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			c.happens(s)
			s.http = values{"max_retries": 1}
			e := s.engine()
			opened, said := e.Open(patType, lent(c.config))
			if name == "verification failed, revocation refused" {
				left := s.minted()
				if len(said.Errors()) != 2 || len(left) != 1 || !says("which nothing uses, was not revoked. It works until it expires").MatchString(said.String()) || !strings.Contains(said.String(), left[0].ID) {
					t.Errorf("failed with %s, left %v", said, left)
				}
				return
			}
			if !c.opens {
				if s.failsWith(said, c.message); opened != nil {
					t.Errorf("opened %v", opened)
				}
				s.only()
				return
			}
			s.fine(said)
			s.mustWork(opened.Text("id"), opened.Text("secret"))
			s.only(opened.Text("id"))
			s.fine(e.Close(opened))
			s.only()
		})
	}
}

// refuseNext lets the logins that follow a mint go wrong.
func (s *tenant) refuseNext(word string, times int) {
	mints := protocoltest.First(protocoltest.Route(http.MethodPost, listRoute))
	s.env.Transport = &protocoltest.Network{After: func(r *http.Request) {
		if mints(r) {
			s.fault(http.MethodPost, loginRoute, word, times)
		}
	}}
}

// TestPersonalAccessToken_ephemeralVerifyAdvice speaks of the token that was minted, and not of the provider's own credentials.
func TestPersonalAccessToken_ephemeralVerifyAdvice(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.refuseNext("status:401", 99)
	_, said := s.engine().Open(patType, lent(values{"verify": true}))
	failure := s.failsWith(said, "The token was minted, but logging in with it failed")
	for _, words := range []string{"provider's credentials", "Check the credentials", "SAIL_CLIENT_SECRET"} {
		if strings.Contains(failure.Detail, words) {
			t.Errorf("it says %q: %s", words, failure.Detail)
		}
	}
}

// TestPersonalAccessToken_ephemeralAtTheLimit says what can be done about a refusal for want of a place.
func TestPersonalAccessToken_ephemeralAtTheLimit(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	for _, name := range strings.Fields("a b c d e f g h i") {
		s.seed(name)
	}
	_, said := s.engine().Open(patType, lent())
	failure := s.failsWith(said, "SailPoint allows 10 tokens for each identity, and this one has 10, which may be the reason")
	for _, words := range []string{"overlap", "create_before_destroy"} {
		if strings.Contains(failure.Detail, words) {
			t.Errorf("an ephemeral token has no %s: %s", words, failure.Detail)
		}
	}
	if !strings.Contains(failure.Detail, "Delete a token that is not needed") {
		t.Errorf("failed with %s", failure.Detail)
	}
}

// TestPersonalAccessToken_ephemeralInterrupted is stopped while the tenant mints: before its answer, after it, and in the verification.
func TestPersonalAccessToken_ephemeralInterrupted(t *testing.T) {
	t.Parallel()
	mint, login := protocoltest.Route(http.MethodPost, listRoute), protocoltest.Route(http.MethodPost, loginRoute)
	for name, c := range map[string]struct {
		at    func(*http.Request) bool
		hangs bool
		times int
	}{
		"before the answer":   {mint, true, 1},
		"after the answer":    {mint, false, 1},
		"in the verification": {login, false, 2},
		"before the mint":     {login, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			seen := 0
			network := &protocoltest.Network{After: func(r *http.Request) {
				if c.at(r) {
					if seen++; seen == c.times {
						interrupt()
					}
				}
			}}
			if c.hangs {
				network.Hangs = protocoltest.First(c.at)
				s.http = values{"timeout": "50ms"}
			}
			env := s.env
			env.Transport = network
			s.env = env
			process := s.process()
			process.Context = ctx
			opened, said := protocoltest.Start(t, process).Open(patType, lent(values{"verify": true}))
			if opened != nil || !said.Failed() || seen < c.times {
				t.Errorf("opened %v: %s", opened, said)
			}
			s.only()
		})
	}
}

// TestPersonalAccessToken_ephemeralKilled: the process dies after the mint. What is left expires, and the next one that opens after that deletes it.
func TestPersonalAccessToken_ephemeralKilled(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	network := &protocoltest.Network{DiesWith: 1, Counts: protocoltest.Route(http.MethodPost, listRoute)}
	if opened, _ := s.engineOn(network).Open(patType, lent()); opened != nil || len(s.minted()) != 1 {
		t.Fatalf("opened %v, minted %v", opened, s.minted())
	}
	for range 2 {
		s.Clock().Advance(45 * time.Minute)
		e := s.engine()
		opened := e.MustOpen(patType, lent())
		e.NoError(e.Close(opened))
	}
	if left := s.minted(); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
}

// TestPersonalAccessToken_ephemeralCloseUnproven: where the answer to the deletion proves nothing, neither does a list that may not show the
// new token yet. The deletion is sent again.
func TestPersonalAccessToken_ephemeralCloseUnproven(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"html", "status:404"} {
		for times := 1; times <= 2; times++ {
			s := emulate(t)
			e := s.engine()
			opened := e.MustOpen(patType, lent())
			s.fault("DELETE", itemRoute, answer, times)
			s.fault("GET", "", "lag:4", 1)
			said := e.Close(opened)
			switch {
			case times == 1:
				s.fine(said)
				if left := s.minted(); len(left) != 0 {
					t.Errorf("%s: left are %v", answer, left)
				}
			case answer == "html":
				s.failsWith(said, "may still exist")
				s.only(opened.Text("id"))
			}
		}
	}
}

// TestPersonalAccessToken_ephemeralClose revokes the token by all means, and says when it could not.
func TestPersonalAccessToken_ephemeralClose(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(s *tenant, id string)
		message string
	}{
		"refused":                {func(s *tenant, _ string) { s.fault("DELETE", itemRoute, "status:403", 1) }, "was not revoked. It works until it expires. Delete it"},
		"not found by a gateway": {func(s *tenant, _ string) { s.fault("DELETE", itemRoute, "status:404", 1) }, "is still in the list"},
		"deleted elsewhere":      {func(s *tenant, id string) { _ = s.SailPoint.DeleteToken(id) }, ""},
		"expired":                {func(s *tenant, _ string) { s.Clock().Advance(120 * time.Minute) }, ""},
		"expired and hidden": {func(s *tenant, _ string) {
			s.Clock().Advance(120 * time.Minute)
			_ = s.SailPoint.SetSwitches(func(w *fake.Switches) { w.HideExpired = true })
		}, ""},
		"answer lost":     {func(s *tenant, _ string) { s.fault("DELETE", itemRoute, "drop-after", 1) }, ""},
		"429":             {func(s *tenant, _ string) { s.fault("DELETE", itemRoute, "429:1", 1) }, ""},
		"session is over": {func(s *tenant, _ string) { s.Clock().Advance(13 * time.Hour) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			e := s.engine()
			opened := e.MustOpen(patType, lent())
			id := opened.Text("id")
			c.happens(s, id)
			// Terraform closes in another process if the first one has died; what is remembered must be enough.
			said := s.engine().Close(opened)
			if c.message == "" {
				if s.fine(said); slices.ContainsFunc(s.minted(), func(k fake.Token) bool { return k.ID == id && !strings.HasPrefix(name, "expired and") }) {
					t.Errorf("left are %v", s.minted())
				}
				return
			}
			failure := s.failsWith(said, c.message)
			if !strings.Contains(failure.Detail, opened.Text("name")+" ("+id+")") {
				t.Errorf("failed with %s", failure.Detail)
			}
			s.only(id)
		})
	}
}
