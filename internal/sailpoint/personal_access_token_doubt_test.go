package sailpoint_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// answering answers lists in place of the tenant.
type answering struct {
	body *string
}

// RoundTrip implements [http.RoundTripper].
func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && *a.body != "" && r.Method == http.MethodGet {
		_ = resp.Body.Close()
		resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(*a.body)), int64(len(*a.body))
	}
	return resp, err
}

// doubts refreshes a token against a doubtful answer, perhaps because the provider block is wrong: that is one error with this message,
// the token stays in the state, and the next refresh finds it unchanged.
func (s *tenant) doubts(message string, happens, ends func(), wrong ...values) {
	s.t.Helper()
	e := s.engine()
	made := e.Create(lasting("720h"))
	s.Clock().Advance(afterLag)
	happens()
	e = s.engine(wrong...)
	read, diagnostics := e.Read(made)
	if len(diagnostics) != 1 || !says(message).MatchString(diagnostics[0].Detail) {
		s.t.Errorf("diagnostics %+v", diagnostics)
	}
	if read == nil || len(made.Differences(read.Attributes)) != 0 {
		s.t.Errorf("the token is no longer in the state as it was: %v", read)
	}
	ends()
	s.isSame(made, s.plansNothing(made, lasting("720h")))
	s.RequireLive(s.t, 1)
}

func TestPersonalAccessToken_doubtfulList(t *testing.T) {
	t.Parallel()
	for word, message := range map[string]string{
		"status:400":      `Status: 400`,
		"status:401":      `Status: 401`,
		"status:403":      `The server understood the request but refuses to authorize it`,
		"status:404":      `Status: 404`,
		"status:500":      `An internal fault occurred`,
		"status:503":      `Status: 503`,
		"status:204":      `the answer is empty`,
		"html":            `the answer is an HTML page, not JSON`,
		"502-after":       `Status: 502`,
		"truncate":        `no whole answer came back`,
		"truncate-silent": `the answer is not JSON, or broke off`,
		"drop-before":     `no whole answer came back`,
		"redirect:/":      `the server redirects elsewhere`,
	} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.http = values{"max_retries": 0}
			s.doubts(message, func() { s.fault("GET", listRoute, word, 20) }, s.Faults().Clear)
		})
	}
}

// TestPersonalAccessToken_listHangs gets no answer in time.
func TestPersonalAccessToken_listHangs(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	network := &protocoltest.Network{}
	s.env.Transport, s.http = network, values{"timeout": "50ms", "max_retries": 0}
	s.doubts(`no answer within 50ms`, func() { network.Hangs = protocoltest.Route(http.MethodGet, listRoute) }, func() { network.Hangs = nil })
}

func TestPersonalAccessToken_listOfAnotherShape(t *testing.T) {
	t.Parallel()
	for body, message := range map[string]string{
		`null`:                                  `the answer holds no list where the API promises one`,
		`{"items": []}`:                         `the answer holds no list where the API promises one`,
		`[{"name": "ci"}]`:                      `row 0 of the list cannot be read: its field "id" is missing`,
		`[{"id": 7}]`:                           `its field "id" has another type than the API promises`,
		`[null]`:                                `its field "id" is missing`,
		`[{"id": "1", "created": "yesterday"}]`: `its field "created" is missing, or is not what the API promises`,
		`[{"id": "1", "expirationDate": "-"}]`:  `its field "expirationDate" is missing, or is not what the API promises`,
		` `:                                     `broke off`,
		`[] []`:                                 `broke off`,
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			var instead string
			s.env.Transport = answering{&instead}
			s.doubts(message, func() { instead = body }, func() { instead = "" })
		})
	}
}

// TestPersonalAccessToken_listCut lacks the token in a list of just the length at which the tenant may cut it.
func TestPersonalAccessToken_listCut(t *testing.T) {
	t.Parallel()
	s := emulate(t, switched(func(w *fake.Switches) { w.TokensPerUser = -1 }))
	for i := range 260 {
		s.seed(fmt.Sprintf("foreign-%03d", i))
	}
	cut := func(length int) func() {
		return func() {
			if err := s.SailPoint.SetSwitches(func(w *fake.Switches) { w.ListCut = length }); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.doubts(`has exactly 250 tokens, a length at which the tenant may cut lists`, cut(250), cut(0))
}

// TestPersonalAccessToken_otherIdentity is logged in as somebody else, whose list holds the token that the provider has logged in with,
// alone or beside others.
func TestPersonalAccessToken_otherIdentity(t *testing.T) {
	t.Parallel()
	for name, tokens := range map[string]int{"with its own token listed": 0, "with others": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			other, err := s.SailPoint.AddUser(fake.User{Name: "other"})
			if err != nil {
				t.Fatal(err)
			}
			for i := range tokens {
				s.seed(fmt.Sprintf("foreign-%d", i), func(k *fake.Token) { k.Owner = other.IdentityID })
			}
			s.doubts(`was minted as `+s.SailPoint.Bootstrap().IdentityID+`, but the provider is logged in as `+other.IdentityID, func() {}, func() {},
				values{"client_id": other.ClientID, "client_secret": other.ClientSecret})
		})
	}
}

// spoiled starts a provider whose answers to lists are changed on their way.
func (s *tenant) spoiled(by func(*protocoltest.Answer)) *protocoltest.Engine {
	s.t.Helper()
	return s.engineOn(&protocoltest.Network{Next: protocoltest.Spoiled{Of: protocoltest.Route(http.MethodGet, listRoute), By: by}})
}

// TestPersonalAccessToken_listNotCurrentOrNotOfTheTenant meets empty lists that are not the tenant's own, not whole or not current, and
// one that lacks even the token that the provider is logged in with.
func TestPersonalAccessToken_listNotCurrentOrNotOfTheTenant(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.http = values{"max_retries": 0}
	made := s.engine().Create(lasting("720h"))
	s.Clock().Advance(afterLag)
	doubts := protocoltest.Doubts(`[]`)
	for name, c := range map[string][2]string{
		"id twice":        {`[{"id": "1", "id": "2"}]`, `the key "id" twice in one object`},
		"id in two cases": {`[{"id": "1", "ID": "2"}]`, `the key "ID" twice in one object`},
		"empty":           {`[]`, `neither is the token that the provider has just logged in with`},
	} {
		doubts[name] = protocoltest.Doubt{Message: c[1], By: func(a *protocoltest.Answer) { a.Body = c[0] }}
	}
	for name, doubt := range doubts {
		read, diagnostics := s.spoiled(doubt.By).Read(made)
		if len(diagnostics) != 1 || !says(doubt.Message).MatchString(diagnostics[0].Detail) {
			t.Errorf("%s: diagnostics %+v", name, diagnostics)
		}
		if read == nil || len(made.Differences(read.Attributes)) != 0 {
			t.Errorf("%s: the state changes to %v", name, read)
		}
	}
	s.isSame(made, s.plansNothing(made, lasting("720h")))
	s.RequireLive(t, 1)
}

// TestPersonalAccessToken_harmlessAnswer reads lists that differ from others in what means nothing.
func TestPersonalAccessToken_harmlessAnswer(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.engine().Create(lasting("720h"))
	for name, by := range protocoltest.Harmless() {
		if read, diagnostics := s.spoiled(by).Read(made); len(diagnostics) > 0 || read == nil || len(made.Differences(read.Attributes)) != 0 {
			t.Errorf("%s: read %v, said %+v", name, read, diagnostics)
		}
	}
}
