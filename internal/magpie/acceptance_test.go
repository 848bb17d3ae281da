package magpie_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const (
	personal  = "mint_magpie_personal_access_token"
	service   = "mint_magpie_service_account_access_token"
	exclusive = "mint_magpie_service_account_exclusive_access_token"
	// robot is a service account of every organization.
	robot = "robot@example.com"
	// afterLag is longer than a token that a list lacks is looked for again.
	afterLag = 5 * time.Minute

	// The routes as the journal shows them.
	loginRoute    = "/api/magpie/login"
	ownRoute      = "/api/magpie/access-token"
	userRoute     = "/api/magpie/access-token/user/{user}"
	rotateRoute   = "/api/magpie/access-token/rotate/{user}"
	itemRoute     = "/api/magpie/access-token/{id}"
	textRoute     = "/api/magpie/access-token/{id}/description"
	statusRoute   = "/api/magpie/access-token/{id}/status/{disabled}"
	beforeDestroy = "lifecycle {\n    create_before_destroy = true\n  }"
)

// kinds are the three resources.
func kinds() []string { return []string{personal, service, exclusive} }

// distinctKinds are those whose lives are written separately: a personal token lives as a service account's does, on another route.
func distinctKinds() []string { return []string{service, exclusive} }

// plainKinds are those whose tokens live side by side.
func plainKinds() []string { return []string{personal, service} }

func address(kind string) string { return kind + ".test" }

// listOf, mintOf are the routes that a kind lists and mints on.
func listOf(kind string) string {
	if kind == personal {
		return ownRoute
	}
	return userRoute
}

func mintOf(kind string) string {
	if kind == exclusive {
		return rotateRoute
	}
	return listOf(kind)
}

// organization is where one test runs.
type organization struct {
	*sandboxtest.Sandbox
	t   *testing.T
	env system.Env
	// policy is the provider's policy.
	policy values
}

// emulate starts an organization with a service account.
func emulate(t *testing.T, opts ...sandboxtest.Option) *organization {
	t.Helper()
	o := &organization{Sandbox: sandboxtest.Start(t, opts...), t: t}
	o.RequireEmulator(t)
	o.env = system.Env{Now: o.Clock().Now, Sleep: o.sleep, Getenv: func(string) string { return "" }, Version: "test"}
	o.user(robot)
	return o
}

// sleep is a wait of the provider: the time passes on the clock of both sides, and nobody waits for it.
func (o *organization) sleep(ctx context.Context, d time.Duration) error {
	o.Clock().Advance(d)
	return ctx.Err()
}

// switched sets switches of the emulator.
func switched(change func(*fake.Switches)) sandboxtest.Option {
	return func(o *sandbox.Options) { change(&o.Magpie) }
}

// turn changes switches while the organization runs.
func (o *organization) turn(change func(*fake.Switches)) func() {
	return func() {
		if err := o.Magpie.SetSwitches(change); err != nil {
			o.t.Error(err)
		}
	}
}

// user adds a service account.
func (o *organization) user(name string) {
	o.t.Helper()
	if _, err := o.Magpie.AddUser(fake.User{Name: name, ServiceAccount: true}); err != nil {
		o.t.Fatal(err)
	}
}

// owner is whose tokens a kind mints in these tests.
func (o *organization) owner(kind string) string {
	if kind == personal {
		return o.Magpie.Bootstrap().UserName
	}
	return robot
}

func (o *organization) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"mint": protocoltest.Served(provider.NewIn(o.env)),
	}
}

// test runs the steps. Nothing that was minted may be alive at its end.
func (o *organization) test(steps ...resource.TestStep) {
	o.t.Helper()
	o.Test(o.t, resource.TestCase{ProtoV6ProviderFactories: o.factories(), Steps: steps})
}

// testLeaving runs steps that leave tokens behind on purpose; the test looks after them itself.
func (o *organization) testLeaving(steps ...resource.TestStep) {
	o.t.Helper()
	o.Test(o.t, resource.TestCase{
		ProtoV6ProviderFactories: o.factories(), Steps: steps, CheckDestroy: func(*terraform.State) error { return nil },
	})
}

// config is a configuration with the provider block in front.
func (o *organization) config(blocks ...string) string { return o.configOf(nil, blocks...) }

// configOf is a configuration of a provider block that differs from the usual one.
func (o *organization) configOf(options []sandboxtest.BlockOption, blocks ...string) string {
	return o.ProviderBlock(append([]sandboxtest.BlockOption{sandboxtest.Without("sailpoint")}, options...)...) + strings.Join(blocks, "\n")
}

// argument sets an argument of the provider's Magpie block.
func argument(name, expression string) sandboxtest.BlockOption {
	return sandboxtest.Argument("magpie", name, expression)
}

// block is the resource under test.
func block(kind string, lines ...string) string { return blockFor(kind, robot, lines...) }

// blockFor is the resource under test for a service account.
func blockFor(kind, user string, lines ...string) string {
	if kind != personal {
		lines = append([]string{fmt.Sprintf("user_name = %q", user)}, lines...)
	}
	return "resource \"" + kind + "\" \"test\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// generation is one token as a state knew it.
type generation struct {
	kind, id, secret string
	attributes       map[string]string
}

func of(kind string) *generation { return &generation{kind: kind} }

// keep takes the generation from a state.
func (g *generation) keep(state *terraform.State) error {
	found := state.RootModule().Resources[address(g.kind)]
	if found == nil || found.Primary == nil {
		return fmt.Errorf("%s is not in the state", address(g.kind))
	}
	g.attributes = found.Primary.Attributes
	g.id, g.secret = g.attributes["id"], g.attributes["token"]
	if g.id == "" || g.secret == "" {
		return fmt.Errorf("the state lacks the id or the token: %v", g.attributes)
	}
	return nil
}

// same fails unless the state still holds this generation.
func (g *generation) same(state *terraform.State) error {
	now := of(g.kind)
	if err := now.keep(state); err != nil {
		return err
	}
	if now.id != g.id || now.secret != g.secret {
		return fmt.Errorf("the token %s was replaced by %s", g.id, now.id)
	}
	return nil
}

// replaced fails if the state still holds this generation.
func (g *generation) replaced(state *terraform.State) error {
	now := of(g.kind)
	if err := now.keep(state); err != nil {
		return err
	}
	if now.id == g.id || now.secret == g.secret {
		return fmt.Errorf("the token %s was not replaced", g.id)
	}
	return nil
}

// use tries a token as its consumer would.
func (o *organization) use(secret string) fake.Probe {
	o.t.Helper()
	probe, err := fake.UseToken(o.t.Context(), o.URL("magpie"), secret)
	if err != nil {
		o.t.Errorf("use the token: %s", err)
	}
	return probe
}

// works checks that the token of the state logs in and lists, and that it is the one whose id the state holds.
func (o *organization) works(kind string) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		g := of(kind)
		if err := g.keep(state); err != nil {
			return err
		}
		if probe := o.use(g.secret); !probe.Works() {
			return fmt.Errorf("the token of the state does not work: %+v", probe)
		}
		if stored, ok := o.Magpie.Token(g.id); !ok || stored.Secret != g.secret {
			return fmt.Errorf("the state's id %s is not that of its token", g.id)
		}
		return nil
	}
}

// refuses checks that a generation does not log in.
func (o *organization) refuses(g *generation) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if probe := o.use(g.secret); probe.Login != http.StatusUnauthorized {
			return fmt.Errorf("the token %s still works: %+v", g.id, probe)
		}
		return nil
	}
}

// stored are the tokens of all users, but for the provider's own.
func (o *organization) stored() []fake.Token {
	var all []fake.Token
	for _, name := range []string{o.Magpie.Bootstrap().UserName, robot} {
		all = append(all, o.Magpie.Tokens(name)...)
	}
	return slices.DeleteFunc(all, func(t fake.Token) bool { return t.ID == o.Magpie.Bootstrap().TokenID })
}

// ids are what a kind's owner has, the provider's own left out.
func (o *organization) ids() []string {
	ids := []string{}
	for _, t := range o.stored() {
		ids = append(ids, t.ID)
	}
	return ids
}

// holds checks how many tokens the organization stores, disabled and expired ones included.
func (o *organization) holds(want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if ids := o.ids(); len(ids) != want {
			return fmt.Errorf("the organization holds %v instead of %d tokens", ids, want)
		}
		return nil
	}
}

// seed puts a token into the organization that somebody else made.
func (o *organization) seed(user string, edits ...func(*fake.Token)) fake.Token {
	want := fake.Token{User: user}
	for _, edit := range edits {
		edit(&want)
	}
	stored, err := o.Magpie.AddToken(want)
	if err != nil {
		o.t.Error(err)
	}
	return stored
}

// forget deletes a token behind Terraform's back.
func (o *organization) forget(id string) {
	if err := o.Magpie.DeleteToken(id); err != nil {
		o.t.Error(err)
	}
}

// fault orders a fault.
func (o *organization) fault(method, route, word string, times int) {
	o.t.Helper()
	err := o.Faults().Add(fakeapi.Fault{System: fake.Name, Method: method, Route: route, Fault: word, Times: times})
	if err != nil {
		o.t.Error(err)
	}
}

// requests counts what the organization was asked.
func (o *organization) requests(method, route string) int {
	return o.Journal().Count(fakeapi.Filter{System: fake.Name, Method: method, Route: route})
}

// sent checks how often the organization was asked for something.
func (o *organization) sent(method, route string, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := o.requests(method, route); got != want {
			return fmt.Errorf("%d requests %s %s instead of %d", got, method, route, want)
		}
		return nil
	}
}

// planned expects an action for the resource under test.
func planned(kind string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address(kind), action)}}
}

// between runs between plan and apply.
type between func()

// CheckPlan implements [plancheck.PlanCheck].
func (b between) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	b()
}

// then adds what happens between plan and apply.
func then(checks resource.ConfigPlanChecks, happens func()) resource.ConfigPlanChecks {
	checks.PreApply = append(checks.PreApply, between(happens))
	return checks
}

// all composes checks and reports every failure.
func all(checks ...resource.TestCheckFunc) resource.TestCheckFunc {
	return resource.ComposeAggregateTestCheckFunc(checks...)
}

// has checks one attribute of the resource under test.
func has(kind, name, value string) resource.TestCheckFunc {
	return resource.TestCheckResourceAttr(address(kind), name, value)
}

// lacks checks that an attribute of the resource under test is null.
func lacks(kind, name string) resource.TestCheckFunc {
	return resource.TestCheckNoResourceAttr(address(kind), name)
}

// says matches a message wherever Terraform breaks its lines.
func says(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	return regexp.MustCompile("(?i)" + strings.Join(words, `[\s│]+`))
}
