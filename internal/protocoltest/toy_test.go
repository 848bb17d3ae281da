package protocoltest_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// shop is a server with things. Every change is one request.
type shop struct {
	t      testing.TB
	base   string
	mu     sync.Mutex
	things map[string]string
	made   int
	log    []string
	quirks quirks
}

// quirks are what a provider may do wrong.
type quirks struct {
	failCreate, failRead, failDelete, leavesUnknown, otherName, forgetful, restless bool
	// talks lets every refresh and every plan warn.
	talks bool
	// plans is how often was planned, for a second plan that differs from the first.
	plans      int
	fickle     bool
	insists    bool
	overridden bool
	// What loans, lists and removals may do wrong.
	vague, leaks, leaksLater, failOpen, nameless, bare, babbles, failList, failRemove bool
}

func newShop(tb testing.TB) *shop {
	tb.Helper()
	s := &shop{t: tb, things: map[string]string{}}
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	s.base = server.URL
	return s
}

// ServeHTTP implements [http.Handler].
func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.URL.Query().Get("id")
	switch r.Method {
	case http.MethodPost:
		s.made++
		id = fmt.Sprintf("t%d", s.made)
		s.things[id] = r.URL.Query().Get("name")
	case http.MethodDelete:
		delete(s.things, id)
	}
	s.log = append(s.log, r.Method+" "+id)
	_, _ = fmt.Fprint(w, id)
}

// ids are those of the things that there are.
func (s *shop) ids() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.things)
}

// toy is a provider of things.
type toy struct {
	*shop
	network *protocoltest.Network
	key     types.String
}

func (p *toy) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "toy"
}

func (p *toy) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerschema.Schema{Attributes: map[string]providerschema.Attribute{"key": providerschema.StringAttribute{Optional: true}}}
}

func (p *toy) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("key"), &p.key)...)
	if p.key.ValueString() == "wrong" {
		resp.Diagnostics.AddError("Wrong key", "It does not fit.")
	}
}

func (p *toy) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return &loan{p} }}
}

func (p *toy) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{func() list.ListResource { return &things{p} }}
}

func (p *toy) Actions(context.Context) []func() action.Action {
	return []func() action.Action{func() action.Action { return &removal{p} }}
}

func (p *toy) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *toy) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &thing{p} }}
}

// thing is the resource.
type thing struct{ *toy }

type model struct {
	ID         types.String `tfsdk:"id"`
	Name       types.String `tfsdk:"name"`
	Generation types.String `tfsdk:"generation"`
	Color      types.String `tfsdk:"color"`
	Size       types.String `tfsdk:"size"`
}

func (r *thing) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "toy_thing"
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *thing) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{"id": identityschema.StringAttribute{RequiredForImport: true}}}
}

func (r *thing) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":         schema.StringAttribute{Computed: true, PlanModifiers: keep},
		"name":       schema.StringAttribute{Required: true},
		"generation": schema.StringAttribute{Optional: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		// A change of color gives a thing another id in place.
		"color": schema.StringAttribute{Optional: true},
		"size":  schema.StringAttribute{Optional: true, Computed: true, PlanModifiers: keep},
	}}
}

func (r *thing) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if plan.Name.ValueString() == "unspeakable" {
		resp.Diagnostics.AddAttributeError(path.Root("name"), "Unspeakable", "Take another one.")
	}
	if r.quirks.plans++; r.quirks.fickle {
		plan.Size = types.StringValue(fmt.Sprint(r.quirks.plans))
	}
	if r.quirks.talks {
		resp.Diagnostics.AddWarning("Planned", "")
	}
	if r.quirks.overridden {
		plan.Name = types.StringValue("another")
	}
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		if !plan.Color.Equal(state.Color) {
			plan.ID = types.StringUnknown()
		}
		if r.quirks.insists {
			resp.RequiresReplace = path.Paths{path.Root("generation")}
		}
		if r.quirks.restless {
			plan.Size = types.StringUnknown()
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

func (p *toy) send(ctx context.Context, method, query string) string {
	request, err := http.NewRequestWithContext(ctx, method, p.base+"/?"+query, nil)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	client := http.Client{}
	if p.network != nil {
		client.Transport = p.network
	}
	answer, err := client.Do(request)
	if err != nil {
		return ""
	}
	defer func() { _ = answer.Body.Close() }()
	var id string
	_, _ = fmt.Fscan(answer.Body, &id)
	return id
}

func (r *thing) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	plan.ID = types.StringValue(r.send(ctx, http.MethodPost, "name="+plan.Name.ValueString()))
	if plan.Size.IsUnknown() && !r.quirks.leavesUnknown {
		plan.Size = types.StringValue("1")
	}
	if r.quirks.otherName {
		plan.Name = types.StringValue("another")
	}
	if r.quirks.failCreate {
		resp.Diagnostics.AddError("Half made", "The rest has failed.")
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), plan.ID)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, "seen", []byte(`{"reads": 0}`))...)
}

func (r *thing) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if r.quirks.failRead {
		resp.Diagnostics.AddError("Out of sight", "Look again.")
		return
	}
	if r.quirks.talks {
		resp.Diagnostics.AddWarning("Refreshed", "")
	}
	name, there := r.ids()[state.ID.ValueString()]
	if !there {
		resp.State.RemoveResource(ctx)
		return
	}
	state.Name = types.StringValue(name)
	if r.quirks.forgetful {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, "seen", []byte(`{"reads": 1}`))...)
	}
	if state.Size.IsNull() {
		state.Size = types.StringValue("1")
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
}

func (r *thing) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if plan.ID.IsUnknown() {
		plan.ID = types.StringValue(r.send(ctx, http.MethodPost, "name="+plan.Name.ValueString()))
		r.send(ctx, http.MethodDelete, "id="+state.ID.ValueString())
	} else {
		r.mu.Lock()
		r.things[plan.ID.ValueString()] = plan.Name.ValueString()
		r.mu.Unlock()
	}
	if plan.Size.IsUnknown() {
		plan.Size = state.Size
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), plan.ID)...)
}

func (r *thing) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if r.quirks.failDelete {
		resp.Diagnostics.AddError("Stuck", "It stays.")
		return
	}
	r.send(ctx, http.MethodDelete, "id="+state.ID.ValueString())
}

func (r *thing) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
}

var toySchemas = sync.OnceValues(func() (*protocoltest.Schemas, error) { //nolint:gochecknoglobals // they never change
	return protocoltest.LoadSchemas(context.Background(), providerserver.NewProtocol6(&toy{})())
})

// process says how to start the toy provider.
func (s *shop) process(network *protocoltest.Network) protocoltest.Process {
	return protocoltest.Process{
		Server:  providerserver.NewProtocol6WithError(&toy{shop: s, network: network}),
		Schemas: toySchemas, Resource: "toy_thing", Network: network,
	}
}

func (s *shop) workspace() *protocoltest.Workspace {
	return &protocoltest.Workspace{T: s.t, Start: func() *protocoltest.Engine { return protocoltest.Start(s.t, s.process(nil)) }}
}

// recorder is a test whose failures are expected.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Error(args ...any) { r.failures = append(r.failures, fmt.Sprint(args...)) }

func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

// failuresOf runs something that is to fail.
func failuresOf(t *testing.T, run func(tb testing.TB)) []string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(r)
	}()
	<-done
	return r.failures
}
