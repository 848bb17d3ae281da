package sailpoint_test

import (
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

// hangAfter is a request whose work is done, and that is never answered.
const hangAfter = "hang-after"

// breaks lets the next request of a route go wrong, and returns the provider block for it. On a busy machine no other request runs out of
// time.
func (s *tenant) breaks(word, method, route string) []sandboxtest.BlockOption {
	s.t.Helper()
	if word != hangAfter {
		s.fault(method, route, word, 1)
		return nil
	}
	s.env.Transport = &protocoltest.Network{Hangs: protocoltest.First(protocoltest.Route(method, route))}
	return []sandboxtest.BlockOption{sandboxtest.Top("http", `{ timeout = "100ms" }`)}
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

// TestAccSailPointPersonalAccessToken_createAnswerLost mints a token whose answer never arrives: its orphan is deleted and the mint
// begun again.
func TestAccSailPointPersonalAccessToken_createAnswerLost(t *testing.T) {
	usual := []string{`name = "ci"`, scoped, `lifetime = "720h"`}
	for word, lines := range map[string][]string{
		"drop-after":      usual,
		"502-after":       usual,
		"500-after":       {`name = "ci"`, scoped, `expires_at = "` + ahead(720*time.Hour) + `"`},
		"truncate":        {`name_prefix = "ci-"`, `never_expires = true`},
		"truncate-silent": {`name_prefix = "ci-"`, `never_expires = true`, `access_token_validity_seconds = 60`},
		"html-after":      {`name = "ci"`, `scope = ["b", "a"]`, `never_expires = true`},
		hangAfter:         usual,
	} {
		t.Run(word, func(t *testing.T) {
			s := emulate(t)
			block := s.breaks(word, "POST", listRoute)
			s.test(resource.TestStep{
				Config: s.configOf(block, token(lines...)),
				Check:  all(s.works, s.alive(1), s.stored(1), s.sent("POST", listRoute, 2), s.sent("DELETE", itemRoute, 1)),
			})
		})
	}
}

// TestAccSailPointPersonalAccessToken_createAnswerLostOlderContract knows its orphan by the six months that the tenant gave it.
func TestAccSailPointPersonalAccessToken_createAnswerLostOlderContract(t *testing.T) {
	s := emulate(t)
	s.fault("POST", "/beta/personal-access-tokens", "drop-after", 1)
	s.test(resource.TestStep{
		Config: s.configOf(argument("api_version", `"beta"`), token(`name = "ci"`)),
		Check:  all(s.works, s.alive(1), s.stored(1)),
	})
}

// TestAccSailPointPersonalAccessToken_createAnswerLostTwice loses the second mint as well.
func TestAccSailPointPersonalAccessToken_createAnswerLostTwice(t *testing.T) {
	s := emulate(t)
	s.fault("POST", listRoute, "drop-after", 2)
	s.test(resource.TestStep{
		Config: s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)),
		Check:  all(s.works, s.alive(1), s.stored(1), s.sent("POST", listRoute, 3), s.sent("DELETE", itemRoute, 2)),
	})
}

// TestAccSailPointPersonalAccessToken_createAnswerAlwaysLost gives up after a while, and leaves nothing behind.
func TestAccSailPointPersonalAccessToken_createAnswerAlwaysLost(t *testing.T) {
	s := emulate(t)
	s.fault("POST", listRoute, "drop-after", 20)
	s.test(resource.TestStep{
		Config:      s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)),
		ExpectError: says(`The answer to the creation of "ci" was lost 3 times`),
	})
	if left := s.minted(); len(left) != 0 {
		t.Errorf("left behind: %+v", left)
	}
}

// TestAccSailPointPersonalAccessToken_createNotDone meets failures after which no token exists.
func TestAccSailPointPersonalAccessToken_createNotDone(t *testing.T) {
	for _, word := range []string{"drop-before", "status:503"} {
		t.Run(word, func(t *testing.T) {
			s := emulate(t)
			s.fault("POST", listRoute, word, 1)
			s.test(resource.TestStep{
				Config: s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)),
				Check:  all(s.works, s.alive(1), s.stored(1), s.sent("POST", listRoute, 2), s.sent("DELETE", itemRoute, 0)),
			})
		})
	}
}

// TestAccSailPointPersonalAccessToken_createLostAndUnlistable cannot find out what became of the token, and says so.
func TestAccSailPointPersonalAccessToken_createLostAndUnlistable(t *testing.T) {
	for _, word := range []string{"status:500", "html", "status:403"} {
		t.Run(word, func(t *testing.T) {
			s := emulate(t)
			s.fault("POST", listRoute, "drop-after", 1)
			s.env.Transport = &meanwhile{happens: func() { s.fault("GET", listRoute, word, 20) }}
			s.test(resource.TestStep{
				Config:      s.configOf(impatient(), token(`name = "ci"`, scoped, `lifetime = "720h"`)),
				ExpectError: says(`Look for a token of that name`),
			})
			if left := s.minted(); len(left) != 1 || left[0].Name != "ci" {
				t.Errorf("left behind: %+v", left)
			}
		})
	}
}

// TestAccSailPointPersonalAccessToken_orphanUndeletable names the token that it could not delete.
func TestAccSailPointPersonalAccessToken_orphanUndeletable(t *testing.T) {
	s := emulate(t)
	s.fault("POST", listRoute, "drop-after", 1)
	s.fault("DELETE", itemRoute, "status:403", 1)
	s.test(resource.TestStep{
		Config:      s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)),
		ExpectError: says(`the token that it left behind could not be deleted`),
	})
	if left := s.minted(); len(left) != 1 || left[0].Name != "ci" {
		t.Errorf("left behind: %+v", left)
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

// TestAccSailPointPersonalAccessToken_foreignMeanwhile meets a token of the wanted name that appeared while the mint was under way
// and does not come from it.
func TestAccSailPointPersonalAccessToken_foreignMeanwhile(t *testing.T) {
	end := time.Now().Add(48 * time.Hour)
	month := time.Now().Add(720 * time.Hour)
	for name, edit := range map[string]func(*fake.Token){
		"other scope":    func(k *fake.Token) { k.Expiration = &month },
		"other end":      func(k *fake.Token) { k.Scope, k.Expiration = []string{"sp:my-personal-access-tokens:read"}, &end },
		"no end":         func(k *fake.Token) { k.Scope = []string{"sp:my-personal-access-tokens:read"} },
		"other validity": func(k *fake.Token) { k.AccessTokenValiditySeconds = 60 },
		"older":          func(k *fake.Token) { k.Created = time.Now().Add(-time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			s := emulate(t)
			var foreign fake.Token
			s.fault("POST", listRoute, "drop-before", 1)
			s.env.Transport = &meanwhile{happens: func() { foreign = s.seed("ci", edit) }}
			s.test(resource.TestStep{
				Config:      s.config(token(`name = "ci"`, scoped, `expires_at = "`+month.UTC().Format(time.RFC3339Nano)+`"`, `access_token_validity_seconds = 43200`)),
				ExpectError: regexp.MustCompile(`(?s)it is not certain that it comes.*apply[\s│]+again:[\s│]+[0-9a-f]{32},[\s│]+created`),
			})
			if left := s.minted(); len(left) != 1 || left[0].ID != foreign.ID {
				t.Errorf("on the tenant: %+v", left)
			}
		})
	}
}

// TestAccSailPointPersonalAccessToken_foreignMeanwhileDefaults asks for the defaults: a token that differs from them is not the
// provider's own either.
func TestAccSailPointPersonalAccessToken_foreignMeanwhileDefaults(t *testing.T) {
	end := time.Now().Add(48 * time.Hour)
	for name, edit := range map[string]func(*fake.Token){
		"a scope":        func(k *fake.Token) { k.Scope = []string{"sp:my-personal-access-tokens:read"} },
		"an end":         func(k *fake.Token) { k.Expiration = &end },
		"other validity": func(k *fake.Token) { k.AccessTokenValiditySeconds = 60 },
	} {
		t.Run(name, func(t *testing.T) {
			s := emulate(t)
			var foreign fake.Token
			s.fault("POST", listRoute, "drop-before", 1)
			s.env.Transport = &meanwhile{happens: func() { foreign = s.seed("ci", edit) }}
			s.test(resource.TestStep{
				Config:      s.config(token(`name = "ci"`, `never_expires = true`)),
				ExpectError: says(`it is not certain that it comes from this run, so nothing was touched`),
			})
			if left := s.minted(); len(left) != 1 || left[0].ID != foreign.ID {
				t.Errorf("on the tenant: %+v", left)
			}
		})
	}
}

func TestAccSailPointPersonalAccessToken_deleteAnswerLost(t *testing.T) {
	for _, word := range []string{"drop-after", "502-after", "html-after", hangAfter} {
		t.Run(word, func(t *testing.T) {
			s := emulate(t)
			config := s.configOf(s.breaks(word, "DELETE", itemRoute), token(`name = "ci"`, scoped, `lifetime = "720h"`))
			s.test(
				resource.TestStep{Config: config},
				resource.TestStep{Config: config, Destroy: true},
			)
			if left := s.minted(); len(left) != 0 {
				t.Errorf("left behind: %+v", left)
			}
		})
	}
}

// TestAccSailPointPersonalAccessToken_deleteRefused keeps a token in the state that could not be deleted.
func TestAccSailPointPersonalAccessToken_deleteRefused(t *testing.T) {
	s := emulate(t)
	var first generation
	config := s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`))
	s.test(
		resource.TestStep{Config: config, Check: first.keep},
		resource.TestStep{
			PreConfig: func() { s.fault("DELETE", itemRoute, "status:403", 1) }, Config: config, Destroy: true,
			ExpectError: says(`Unable to delete SailPoint personal access token`),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: planned(plancheck.ResourceActionNoop), Check: all(first.same, s.works)},
	)
}

// TestAccSailPointPersonalAccessToken_deletedTwice destroys what somebody else has deleted since the plan.
func TestAccSailPointPersonalAccessToken_deletedTwice(t *testing.T) {
	s := emulate(t)
	var first generation
	config := s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`))
	s.test(
		resource.TestStep{Config: config, Check: first.keep},
		resource.TestStep{
			Config: config, Destroy: true,
			ConfigPlanChecks: then(planned(plancheck.ResourceActionDestroy), func() {
				if err := s.SailPoint.DeleteToken(first.id); err != nil {
					t.Fatal(err)
				}
			}),
		},
	)
}

func TestAccSailPointPersonalAccessToken_patchAnswerLost(t *testing.T) {
	for _, word := range []string{"drop-after", "502-after", "truncate", hangAfter} {
		t.Run(word, func(t *testing.T) {
			s := emulate(t)
			var first generation
			block := s.breaks(word, "PATCH", itemRoute)
			s.test(
				resource.TestStep{Config: s.configOf(block, token(`name = "ci"`, scoped, `lifetime = "720h"`)), Check: first.keep},
				resource.TestStep{
					Config: s.configOf(block, token(`name = "new"`, `scope = ["sp:scopes:default"]`, `never_expires = true`)),
					Check:  all(first.same, s.works, has("name", "new"), s.endless(), s.sent("PATCH", itemRoute, 2)),
				},
			)
		})
	}
}

// TestAccSailPointPersonalAccessToken_patchAnswerUnreadable fails, and the next plan sees what has been done all the same.
func TestAccSailPointPersonalAccessToken_patchAnswerUnreadable(t *testing.T) {
	for _, word := range []string{"html-after", "truncate-silent"} {
		t.Run(word, func(t *testing.T) {
			s := emulate(t)
			var first generation
			changed := s.config(token(`name = "new"`, scoped, `lifetime = "1440h"`))
			s.test(
				resource.TestStep{Config: s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)), Check: first.keep},
				resource.TestStep{
					PreConfig: func() { s.fault("PATCH", itemRoute, word, 1) }, Config: changed,
					ExpectError: says(`Unable to update SailPoint personal access token`),
				},
				resource.TestStep{Config: changed, Check: all(first.same, s.works, has("name", "new"), s.lives(1440*time.Hour))},
			)
		})
	}
}

// TestAccSailPointPersonalAccessToken_patchedAfterDeletion updates what somebody else has deleted since the plan.
func TestAccSailPointPersonalAccessToken_patchedAfterDeletion(t *testing.T) {
	s := emulate(t)
	var first generation
	s.test(
		resource.TestStep{Config: s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)), Check: first.keep},
		resource.TestStep{
			Config: s.config(token(`name = "new"`, scoped, `lifetime = "720h"`)),
			ConfigPlanChecks: then(planned(plancheck.ResourceActionUpdate), func() {
				s.Clock().Advance(afterLag)
				if err := s.SailPoint.DeleteToken(first.id); err != nil {
					t.Fatal(err)
				}
			}),
			ExpectError: says(`The token was deleted outside Terraform after the plan was made`),
		},
	)
}
