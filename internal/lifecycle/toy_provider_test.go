package lifecycle_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
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
	pschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const (
	named    = "test_toy_named_token"
	nameless = "test_toy_nameless_token"
)

// expiryWarning is the provider's expiry_warning.
const expiryWarning = 14 * day

const day = 24 * time.Hour

// toyProvider is a provider of the two kinds of toys, in one process.
type toyProvider struct {
	*system.Shortcut
	client *toyClient
}

func newToyProvider(client *toyClient) *toyProvider {
	return &toyProvider{system.NewShortcut("test", toyResources()), client}
}

func (p *toyProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "test"
}

func (p *toyProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = pschema.Schema{Attributes: map[string]pschema.Attribute{"host": pschema.StringAttribute{Optional: true}}}
}

// Configure makes the connection; a host that is not known yet leaves it without a client.
func (p *toyProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var host types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("host"), &host)...)
	data := system.ProviderData{"toy": system.NewConnection(
		system.System{Name: "toy", Title: "Toy", Block: system.Block{BaseURL: system.Argument{Variable: "TOY_BASE_URL"}}, Connect: func(system.Values) any { return p.client }},
		types.ObjectNull(nil),
		system.Settings{
			Unknown: host.IsUnknown(), ExpiryWarning: expiryWarning, Guardrails: p.client.server.Policy, Redactor: &rest.Redactor{},
			Env: system.Env{
				Now: func() time.Time { return p.client.server.Now().Add(p.client.server.Ahead) }, Getenv: func(string) string { return "https://toy.example.com" }, Transport: http.NewFileTransport(nil),
				Sleep: p.client.sleep,
			},
		})}
	p.Connect(data)
	resp.ResourceData, resp.EphemeralResourceData, resp.ListResourceData, resp.ActionData = data, data, data, data
}

func (p *toyProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *toyProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newNamedEphemeral, newNamelessEphemeral}
}

func (p *toyProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newNamedList, newNamelessList}
}

func (p *toyProvider) Actions(context.Context) []func() frameworkaction.Action {
	return []func() frameworkaction.Action{newRevokeNamed, newNoteNamed}
}

func (p *toyProvider) Resources(context.Context) []func() resource.Resource {
	return toyResources()
}

func toyResources() []func() resource.Resource {
	return []func() resource.Resource{newNamedResource, newNamelessResource}
}

type namedResource struct {
	lifecycle.Resource[*toyClient, namedModel, *namedModel, toyToken]
}

func newNamedResource() resource.Resource { return newNamedTokens() }

func newNamedTokens() *namedResource {
	return &namedResource{lifecycle.NewResource(namedNoun(), map[string]string{"id": "The id."}, newNamedKind)}
}

func namedNoun() system.Noun {
	return system.Noun{System: "toy", Type: "named_token", Words: "Toy named token"}
}

func newNamedKind(client *toyClient, run *system.Connection) lifecycle.Kind[*namedModel, toyToken] {
	return namedKind{client, run}
}

func toySchema(more map[string]schema.Attribute) schema.Schema {
	attributes := map[string]schema.Attribute{
		"id":   schema.StringAttribute{Computed: true},
		"note": schema.StringAttribute{Optional: true},
	}
	maps.Copy(attributes, rotation.ComputedAttributes())
	maps.Copy(attributes, rotation.RotatingArguments())
	maps.Copy(attributes, rotation.OverlapArguments(""))
	maps.Copy(attributes, more)
	return schema.Schema{Attributes: attributes}
}

func (r *namedResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	more := map[string]schema.Attribute{
		"scope":  schema.StringAttribute{Optional: true, Computed: true},
		"team":   schema.StringAttribute{Optional: true, Computed: true},
		"region": schema.StringAttribute{Optional: true},
		"owner":  schema.StringAttribute{Computed: true},
		"secret": schema.StringAttribute{Computed: true, Sensitive: true},
	}
	maps.Copy(more, rotation.NameArguments(""))
	maps.Copy(more, rotation.ExpiryArguments("", ""))
	resp.Schema = toySchema(more)
}

// Create and Update watch what the answer to Terraform holds while requests are sent.
func (r *namedResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	watch(&r.Resource, &resp.State, "secret")
	r.Resource.Create(ctx, req, resp)
}

func (r *namedResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	watch(&r.Resource, &resp.State, "secret")
	r.Resource.Update(ctx, req, resp)
}

func watch[M any, P lifecycle.ModelOf[M]](r *lifecycle.Resource[*toyClient, M, P, toyToken], state *tfsdk.State, attribute string) {
	c, _ := r.Client(system.Applying, nil)
	if c.server.FailsEncryption {
		r.FailEncryption()
		return
	}
	// An earlier token of the same process is in another state.
	c.secret = ""
	c.stored = func() string {
		var plain, encrypted types.String
		_ = state.GetAttribute(context.Background(), path.Root(attribute), &plain)
		_ = state.GetAttribute(context.Background(), path.Root("encrypted_secret"), &encrypted)
		if !encrypted.IsNull() {
			return c.secret
		}
		return plain.ValueString()
	}
}

type namelessResource struct {
	lifecycle.Resource[*toyClient, namelessModel, *namelessModel, toyToken]
}

func newNamelessResource() resource.Resource { return newNamelessTokens() }

func newNamelessTokens() *namelessResource {
	return &namelessResource{lifecycle.NewResource(namelessNoun(), map[string]string{"id": "The id.", "account": "The account."}, newNamelessKind)}
}

func namelessNoun() system.Noun {
	return system.Noun{System: "toy", Type: "nameless_token", Words: "Toy nameless token"}
}

func newNamelessKind(client *toyClient, run *system.Connection) lifecycle.Kind[*namelessModel, toyToken] {
	return namelessKind{client, run}
}

func (r *namelessResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = toySchema(map[string]schema.Attribute{
		"account":    schema.StringAttribute{Required: true},
		"expires_at": schema.StringAttribute{Computed: true, CustomType: rotation.TimeType{}},
		"token":      schema.StringAttribute{Computed: true, Sensitive: true},
	})
}

func (r *namelessResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	watch(&r.Resource, &resp.State, "token")
	r.Resource.Create(ctx, req, resp)
}

func (r *namelessResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	watch(&r.Resource, &resp.State, "token")
	r.Resource.Update(ctx, req, resp)
}

// toy is a server with one resource of it.
type toy struct {
	*toyServer
	*protocoltest.Workspace
	// Context is that of every call of processes that are started now; nil is the test's.
	Context context.Context
}

// newToy is a server that does everything in the plainest way, unless it is set up otherwise.
func newToy(tb testing.TB, resource string, setups ...func(*toyServer)) *toy {
	tb.Helper()
	s := &toyServer{now: time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC), Tenant: "https://acme.example.com", Login: "ann", AnswersRow: true}
	for _, setup := range setups {
		setup(s)
	}
	w := &toy{toyServer: s, Workspace: &protocoltest.Workspace{T: tb}}
	w.Start = func() *engine { return w.start(resource, values{}) }
	return w
}

// start starts a provider process, which dies with the request that the server says.
func (w *toy) start(resource string, block values) *engine {
	w.T.Helper()
	network := &protocoltest.Network{}
	if last := w.DiesWith; last != "" {
		network.DiesWith = 1
		network.Counts = func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, pathOf(last)) }
	}
	return w.startOn(network, resource, block)
}

// startOn starts a provider process on a network.
func (w *toy) startOn(network *protocoltest.Network, resource string, block values) *engine {
	w.T.Helper()
	client := newToyClient(w.toyServer, network)
	w.T.Cleanup(func() {
		if len(client.unsaved) > 0 {
			w.T.Errorf("the state did not hold the new secret yet when these were sent: %s", strings.Join(client.unsaved, ", "))
		}
	})
	return protocoltest.Start(w.T, protocoltest.Process{
		Server: protocoltest.Compared(newToyProvider(client)), Schemas: toySchemas, Resource: resource, Block: block, Network: network, Context: w.Context,
	})
}

// toySchemas are those of the provider of toys.
var toySchemas = sync.OnceValues(func() (*protocoltest.Schemas, error) { //nolint:gochecknoglobals // they never change
	return protocoltest.LoadSchemas(context.Background(), providerserver.NewProtocol6(&toyProvider{})())
})

// Fails runs a configuration that must fail at a place, with one error that says all of the given texts.
func (w *toy) Fails(where string, config values, texts ...string) run {
	w.T.Helper()
	done := w.Run(config)
	if done.Failed != where {
		w.T.Fatalf("failed is %q instead of %q: %s", done.Failed, where, done.Diagnostics)
	}
	says(w.T, done.Diagnostics.Errors(), texts...)
	return done
}

// Remember puts a record in place of the one in private state.
func (w *toy) Remember(record string) {
	w.T.Helper()
	private, err := json.Marshal(map[string][]byte{"mint": []byte(record)})
	if err != nil {
		w.T.Fatal(err)
	}
	changed := *w.Object
	changed.Private = private
	w.Object = &changed
}

// HasAlive fails the test unless just these tokens work on the server.
func (w *toy) HasAlive(ids string) {
	w.T.Helper()
	if got := w.Alive(); got != ids {
		w.T.Errorf("alive are %q instead of %q", got, ids)
	}
}

// Sent fails the test unless just these requests have changed something on the server since the last call.
func (w *toy) Sent(requests string) {
	w.T.Helper()
	if got := w.Requests(); got != requests {
		w.T.Errorf("sent was %q instead of %q", got, requests)
	}
}

// Holds fails the test unless the state holds these tokens as the current and the previous one, with their secrets.
func (w *toy) Holds(current, previous string) {
	w.T.Helper()
	if w.Object == nil {
		w.T.Fatal("there is no object")
	}
	secret := w.Object.Text("secret") + w.Object.Text("token")
	if w.Object.Text("id") != current || secret != "secret-"+current {
		w.T.Errorf("the current token is %q with %q instead of %q", w.Object.Text("id"), secret, current)
	}
	if got := w.Object.Text("previous_id"); got != previous || previous != "" && w.Object.Text("previous_secret") != "secret-"+previous {
		w.T.Errorf("the previous token is %q with %q instead of %q", got, w.Object.Text("previous_secret"), previous)
	}
}

// says fails the test unless there is just one message, and it says all of the given texts.
func says(tb testing.TB, said diagnostics, texts ...string) {
	tb.Helper()
	if len(said) != 1 {
		tb.Fatalf("%d messages instead of 1: %s", len(said), said)
	}
	for _, text := range texts {
		if !strings.Contains(said.String(), text) {
			tb.Errorf("%q is not said: %s", text, said)
		}
	}
}
