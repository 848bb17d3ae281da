package sailpoint_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const (
	address = "mint_sailpoint_personal_access_token.test"
	// scoped keeps the warning about a missing scope out of tests that are not about it.
	scoped = `scope = ["sp:my-personal-access-tokens:read"]`
	// afterLag is longer than a token that a list lacks is looked for again.
	afterLag = 5 * time.Minute
	// loginRoute and listRoute are routes as the journal shows them.
	loginRoute = "/oauth/token"
	listRoute  = "/personal-access-tokens/v1"
	itemRoute  = "/personal-access-tokens/v1/{id}"
)

// tenant is where one test runs: an emulated tenant or, in live mode, the one that the environment names.
type tenant struct {
	*sandboxtest.Sandbox
	t   *testing.T
	env system.Env
	// http is the block of that name of an engine's provider, and expiryWarning its expiry_warning; empty are the provider's defaults.
	http          values
	expiryWarning string
	// policy is the provider's policy.
	policy values

	mu    sync.Mutex
	slept []time.Duration
}

// start starts a tenant for a test that also makes sense against a real one.
func start(t *testing.T, opts ...sandboxtest.Option) *tenant {
	t.Helper()
	s := &tenant{Sandbox: sandboxtest.Start(t, opts...), t: t}
	s.env = system.Env{Now: time.Now, Getenv: func(string) string { return "" }, Version: "test"}
	if sandboxtest.Live() {
		s.env.Getenv = os.Getenv
		return s
	}
	s.env.Now, s.env.Sleep = s.now, s.sleep
	return s
}

// sleep waits by the clock of the emulators and by that of the machine.
func (s *tenant) sleep(ctx context.Context, d time.Duration) error {
	s.Clock().Advance(d)
	if d > 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.slept = append(s.slept, d)
	}
	return ctx.Err()
}

// now is the time of the machine: what it has slept has passed.
func (s *tenant) now() time.Time {
	now := time.Now()
	for _, d := range s.waits() {
		now = now.Add(d)
	}
	return now
}

// waits are the pauses that the provider has taken so far.
func (s *tenant) waits() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.slept)
}

// emulate starts a tenant for a test that needs the emulator.
func emulate(t *testing.T, opts ...sandboxtest.Option) *tenant {
	t.Helper()
	s := start(t, opts...)
	s.RequireEmulator(t)
	return s
}

// switched sets switches of the emulator.
func switched(change func(*fake.Switches)) sandboxtest.Option {
	return func(o *sandbox.Options) { change(&o.SailPoint) }
}

func (s *tenant) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"mint": protocoltest.Served(provider.NewIn(s.env)),
	}
}

// test runs the steps. Unless the test seeds or loses tokens on purpose, nothing may be alive at its end.
func (s *tenant) test(steps ...resource.TestStep) {
	s.t.Helper()
	s.Test(s.t, resource.TestCase{ProtoV6ProviderFactories: s.factories(), Steps: steps})
}

// config is a configuration with the provider block in front.
func (s *tenant) config(blocks ...string) string {
	return s.ProviderBlock() + strings.Join(blocks, "\n")
}

// configOf is a configuration of a provider block that differs from the usual one.
func (s *tenant) configOf(options []sandboxtest.BlockOption, blocks ...string) string {
	return s.ProviderBlock(options...) + strings.Join(blocks, "\n")
}

// argument sets an argument of the provider's SailPoint block.
func argument(name, expression string) []sandboxtest.BlockOption {
	return []sandboxtest.BlockOption{sandboxtest.Argument("sailpoint", name, expression)}
}

// token is a resource block of the token under test.
func token(lines ...string) string {
	return "resource \"mint_sailpoint_personal_access_token\" \"test\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

func (s *tenant) base() string {
	if s.Sandbox.Sandbox == nil {
		return os.Getenv("SAIL_BASE_URL")
	}
	return s.URL("sailpoint")
}

// generation is one token as a state knew it.
type generation struct {
	id, secret string
	attributes map[string]string
}

// keep takes the generation from a state.
func (g *generation) keep(state *terraform.State) error {
	found := state.RootModule().Resources[address]
	if found == nil || found.Primary == nil {
		return fmt.Errorf("%s is not in the state", address)
	}
	g.attributes = found.Primary.Attributes
	g.id, g.secret = found.Primary.ID, g.attributes["secret"]
	if g.id == "" || g.secret == "" {
		return fmt.Errorf("the state lacks the id or the secret: %v", g.attributes)
	}
	return nil
}

// same fails unless the state still holds this generation, secret included.
func (g *generation) same(state *terraform.State) error {
	var now generation
	if err := now.keep(state); err != nil {
		return err
	}
	if now.id != g.id || now.secret != g.secret {
		return fmt.Errorf("the token %s was replaced by %s", g.id, now.id)
	}
	return nil
}

// replaced fails if the state still holds this generation or its secret.
func (g *generation) replaced(state *terraform.State) error {
	var now generation
	if err := now.keep(state); err != nil {
		return err
	}
	if now.id == g.id || now.secret == g.secret {
		return fmt.Errorf("the token %s was not replaced", g.id)
	}
	return nil
}

// use tries the generation's secret as its consumer would.
func (s *tenant) use(g *generation) fake.Probe {
	s.t.Helper()
	probe, err := fake.UseToken(s.t.Context(), s.base(), g.id, g.secret)
	if err != nil {
		s.t.Errorf("use the token: %s", err)
	}
	return probe
}

// works checks that the secret in the state obtains a bearer that the API accepts.
func (s *tenant) works(state *terraform.State) error {
	var g generation
	if err := g.keep(state); err != nil {
		return err
	}
	if probe := s.use(&g); !probe.Works() {
		return fmt.Errorf("the token of the state does not work: %+v", probe)
	}
	return nil
}

// refuses checks that a generation obtains no bearer any more.
func (s *tenant) refuses(g *generation) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if probe := s.use(g); probe.Login != http.StatusUnauthorized {
			return fmt.Errorf("the token %s still works: %+v", g.id, probe)
		}
		return nil
	}
}

// alive checks how many minted tokens are alive.
func (s *tenant) alive(want int) resource.TestCheckFunc {
	return sandboxtest.CheckLive(s.Sandbox, want)
}

// onServer checks the token of the state as the tenant stores it.
func (s *tenant) onServer(check func(fake.Token) error) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		found := state.RootModule().Resources[address]
		if found == nil {
			return fmt.Errorf("%s is not in the state", address)
		}
		stored, ok := s.SailPoint.Token(found.Primary.ID)
		if !ok {
			return fmt.Errorf("the tenant has no token %s", found.Primary.ID)
		}
		return check(stored)
	}
}

// minted returns the tokens that the provider minted and that the tenant still stores, expired ones included.
func (s *tenant) minted() []fake.Token {
	var minted []fake.Token
	for _, stored := range s.SailPoint.Tokens() {
		if stored.ID != s.SailPoint.Bootstrap().ClientID {
			minted = append(minted, stored)
		}
	}
	return minted
}

// edit changes the one minted token behind Terraform's back.
func (s *tenant) edit(change func(*fake.Token)) {
	s.t.Helper()
	minted := s.minted()
	if len(minted) != 1 {
		s.t.Fatalf("%d tokens on the tenant instead of 1", len(minted))
	}
	if err := s.SailPoint.PatchToken(minted[0].ID, change); err != nil {
		s.t.Fatal(err)
	}
}

// fault orders a fault on the routes of API version v1.
func (s *tenant) fault(method, route, word string, times int) {
	s.t.Helper()
	err := s.Faults().Add(fakeapi.Fault{System: fake.Name, Method: method, Route: route, Fault: word, Times: times})
	if err != nil {
		s.t.Fatal(err)
	}
}

// requests counts what the tenant was asked.
func (s *tenant) requests(method, route string) int {
	return s.Journal().Count(fakeapi.Filter{System: fake.Name, Method: method, Route: route})
}

// planned expects an action for the token under test.
func planned(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

// all composes checks and reports every failure.
func all(checks ...resource.TestCheckFunc) resource.TestCheckFunc {
	return resource.ComposeAggregateTestCheckFunc(checks...)
}

// has checks one attribute of the token under test.
func has(name, value string) resource.TestCheckFunc {
	return resource.TestCheckResourceAttr(address, name, value)
}

// lacks checks that an attribute of the token under test is null.
func lacks(name string) resource.TestCheckFunc {
	return resource.TestCheckNoResourceAttr(address, name)
}

// says matches a message wherever Terraform breaks its lines.
func says(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	return regexp.MustCompile(strings.Join(words, `[\s│]+`))
}

// seed puts a token into the tenant that somebody else made.
func (s *tenant) seed(name string, edits ...func(*fake.Token)) fake.Token {
	s.t.Helper()
	want := fake.Token{Name: name}
	for _, edit := range edits {
		edit(&want)
	}
	stored, err := s.SailPoint.AddToken(want)
	if err != nil {
		s.t.Fatal(err)
	}
	return stored
}

// once checks that a text shows exactly one error and holds these words.
func once(err error, words ...string) error {
	// A library's message may quote an error in a line of its own, but not after an empty one.
	if got := strings.Count(err.Error(), "\n\nError: "); got != 1 {
		return fmt.Errorf("%d errors instead of 1: %w", got, err)
	}
	for _, word := range words {
		if !says(word).MatchString(err.Error()) {
			return fmt.Errorf("the error does not say %q: %w", word, err)
		}
	}
	return nil
}
