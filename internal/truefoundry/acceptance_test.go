package truefoundry_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	frameworkaction "github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const (
	patAddress  = "mint_truefoundry_personal_access_token.test"
	vaAddress   = "mint_truefoundry_virtual_account.test"
	patsRoute   = "/api/svc/v1/personal-access-tokens"
	vasRoute    = "/api/svc/v1/virtual-accounts"
	getOrCreate = patsRoute + "/{name}"
)

// lone is a provider of this system alone.
type lone struct {
	*system.Shortcut
	system    system.System
	transport http.RoundTripper
	timeout   time.Duration
	now       func() time.Time
	sleep     func(context.Context, time.Duration) error
	warning   time.Duration
	policy    rotation.Guardrails
}

func (p *lone) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "mint"
}

func (p *lone) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{p.system.Name: p.system.Attribute()}}
}

func (p *lone) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	env := system.Env{Now: p.now, Sleep: p.sleep, Getenv: func(string) string { return "" }, Version: "test", Transport: p.transport}
	settings, err := system.NewSettings(env, &p.timeout, nil, "")
	if err != nil {
		resp.Diagnostics.AddError("Settings", err.Error())
		return
	}
	var block types.Object
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(p.system.Name), &block)...)
	settings.ExpiryWarning, settings.Guardrails = p.warning, p.policy
	data := system.ProviderData{p.system.Name: system.NewConnection(p.system, block, settings)}
	if p.Shortcut != nil {
		p.Connect(data)
	}
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData, resp.ListResourceData, resp.ActionData = data, data, data, data, data
}

func (p *lone) Resources(context.Context) []func() resource.Resource { return p.system.Resources }

func (p *lone) DataSources(context.Context) []func() datasource.DataSource {
	return p.system.DataSources
}

func (p *lone) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return p.system.EphemeralResources
}

func (p *lone) ListResources(context.Context) []func() list.ListResource {
	return p.system.ListResources
}

func (p *lone) Actions(context.Context) []func() frameworkaction.Action { return p.system.Actions }

// plane is an emulated control plane for one test.
type plane struct {
	*fake.Server
	t    *testing.T
	base string
	// before and afterwards run once around a request of a method: before it is sent, and before the provider sees its answer.
	before, afterwards map[string]func()
	mu                 sync.Mutex
	// network makes no request late but one that is to hang.
	network *protocoltest.Network
	// timeout is how long the provider waits for such a one.
	timeout time.Duration
	// late is how far the provider's clock has moved on, slept how long the provider has waited in its looks.
	late, slept time.Duration
	// warning is the provider's expiry_warning.
	warning time.Duration
	// policy is the provider's policy.
	policy rotation.Guardrails
	// intercept may change a request, or answer it.
	intercept func(*http.Request) *http.Response
}

// RoundTrip implements [http.RoundTripper].
func (p *plane) RoundTrip(r *http.Request) (*http.Response, error) {
	p.happens(p.before, r.Method)
	defer p.happens(p.afterwards, r.Method)
	if p.intercept != nil {
		if answer := p.intercept(r); answer != nil {
			return answer, nil
		}
	}
	return p.network.RoundTrip(r)
}

func (p *plane) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.late)
}

// sleep is a wait that takes no time: the clocks of both sides move on by it.
func (p *plane) sleep(ctx context.Context, d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late += d
	p.slept += d
	p.Stage().Clock.Advance(d)
	return ctx.Err()
}

func (p *plane) happens(events map[string]func(), method string) {
	p.mu.Lock()
	event := events[method]
	delete(events, method)
	p.mu.Unlock()
	if event != nil {
		event()
	}
}

func emulate(t *testing.T, change ...func(*fake.Switches)) *plane {
	t.Helper()
	var switches fake.Switches
	for _, c := range change {
		c(&switches)
	}
	server, err := fake.New(fake.Options{Switches: switches})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(server)
	t.Cleanup(front.Close)
	return &plane{
		Server: server, t: t, base: front.URL, before: map[string]func(){}, afterwards: map[string]func(){},
		network: &protocoltest.Network{}, timeout: time.Minute,
	}
}

// test runs steps; nothing that was minted may be alive afterwards.
func (p *plane) test(steps ...acc.TestStep) {
	p.t.Helper()
	acc.Test(p.t, acc.TestCase{ProtoV6ProviderFactories: p.factories(), Steps: steps, CheckDestroy: p.alive(0)})
	if n := p.requests("GET", getOrCreate); n != 0 {
		p.t.Errorf("%d requests to the route that creates on read", n)
	}
}

func (p *plane) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){"mint": p.server}
}

func (p *plane) config(blocks ...string) string { return p.configWith(p.Bootstrap().Token, blocks...) }

// configWith is a configuration whose provider has a key.
func (p *plane) configWith(key string, blocks ...string) string {
	return fmt.Sprintf("provider \"mint\" {\n  truefoundry = {\n    base_url = %q\n    api_key  = %q\n  }\n}\n", p.base, key) + strings.Join(blocks, "\n")
}

func block(address string, lines ...string) string {
	kind, name, _ := strings.Cut(address, ".")
	return fmt.Sprintf("resource %q %q {\n  %s\n}\n", kind, name, strings.Join(lines, "\n  "))
}

func (p *plane) fault(method, route, word string, times int) {
	p.t.Helper()
	if err := p.Stage().Faults.Add(fakeapi.Fault{System: fake.Name, Method: method, Route: route, Fault: word, Times: times}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *plane) requests(method, route string) int {
	return p.Stage().Journal.Count(fakeapi.Filter{System: fake.Name, Method: method, Route: route})
}

// alive checks how many minted tokens are alive.
func (p *plane) alive(want int) acc.TestCheckFunc {
	return func(*terraform.State) error {
		var minted []fakeapi.LiveToken
		for _, token := range p.Live() {
			if !token.Seeded {
				minted = append(minted, token)
			}
		}
		if len(minted) != want {
			return fmt.Errorf("%d minted tokens are alive instead of %d: %+v", len(minted), want, minted)
		}
		return nil
	}
}

// authenticates checks whether a token works; save keeps the token of the state for a later check.
func (p *plane) authenticates(token *string, want bool) acc.TestCheckFunc {
	return func(*terraform.State) error {
		probe, err := fake.UseToken(p.t.Context(), p.base, *token)
		if err != nil {
			return err
		}
		if probe.Works() != want || !want && probe.Status != http.StatusUnauthorized {
			return fmt.Errorf("works: %v, instead of %v: %+v", probe.Works(), want, probe)
		}
		return nil
	}
}

func save(address string, token *string) acc.TestCheckFunc {
	return acc.TestCheckResourceAttrWith(address, "token", func(value string) error {
		*token = value
		return nil
	})
}

func all(checks ...acc.TestCheckFunc) acc.TestCheckFunc {
	return acc.ComposeAggregateTestCheckFunc(checks...)
}

// says matches a message wherever Terraform breaks its lines.
func says(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	return regexp.MustCompile(strings.Join(words, `[\s│]+`))
}
