package system_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

func TestTypeNames(t *testing.T) {
	t.Parallel()
	b := system.NewResourceBase[*client](noun())
	var one resource.MetadataResponse
	b.Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "mint"}, &one)
	if one.TypeName != "mint_sailpoint_personal_access_token" || b.Noun() != noun() || b.Link() != nil {
		t.Error(one.TypeName)
	}
	for many, want := range map[bool]string{false: "mint_sailpoint_personal_access_token", true: "mint_sailpoint_personal_access_tokens"} {
		d := system.NewDataSourceBase[*client](noun(), many)
		var resp datasource.MetadataResponse
		d.Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "mint"}, &resp)
		if resp.TypeName != want {
			t.Error(resp.TypeName)
		}
	}
}

// TestClient: what an object says when it cannot have a client, and that nothing is said where none is needed.
func TestClient(t *testing.T) {
	t.Parallel()
	missing := diag.NewAttributeErrorDiagnostic(path.Root("sailpoint"), "SailPoint is not configured", "Set base_url.")
	own := &client{"own"}
	cases := map[string]struct {
		link            *system.Link
		summary, detail string
	}{
		"configured":     {link(system.Connection{Client: own}), "", ""},
		"not configured": {link(system.Connection{Missing: missing}), "SailPoint is not configured", "Set base_url."},
		"unknown": {
			link(system.Connection{Unknown: true}), "The provider's sailpoint block is not known yet",
			`A SailPoint personal access token has to be read now, but an argument of the provider's "sailpoint" block depends on something that has not been created yet.`,
		},
		"another client":    {link(system.Connection{Client: "text"}), "Provider bug: unexpected client type", "got string. Please report this."},
		"none of a client":  {link(system.Connection{}), "Provider bug: unexpected client type", "got <nil>. Please report this."},
		"not even a client": {nil, "Provider bug: the object is not configured", "Please report this."},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := system.NewResourceBase[*client](noun())
			r := &b
			if c.link != nil {
				r = configured(t, c.link)
			}
			var diags diag.Diagnostics
			got, ok := r.Client(&diags)
			known, isKnown := r.Known()
			if c.summary == "" {
				if !ok || got != own || !isKnown || known != own || len(diags) != 0 {
					t.Errorf("got %v, %v, %v", got, known, diags)
				}
				return
			}
			if ok || isKnown || known != nil || diags.ErrorsCount() != 1 {
				t.Fatalf("got %v, %v, %v", got, known, diags)
			}
			if d := diags[0]; d.Summary() != c.summary || !strings.Contains(d.Detail(), c.detail) || strings.HasSuffix(d.Summary(), ".") {
				t.Errorf("%s: %s", d.Summary(), d.Detail())
			}
		})
	}
}

// TestQuietClients: in a plan and in a refresh one object says that the system is not configured, for all of them.
func TestQuietClients(t *testing.T) {
	t.Parallel()
	missing := diag.NewErrorDiagnostic("SailPoint is not configured", "Set base_url.")
	type get func(*system.ResourceBase[*client], *diag.Diagnostics) (*client, bool)
	plan := func(b *system.ResourceBase[*client], diags *diag.Diagnostics) (*client, bool) {
		return b.Planner(diags)
	}
	read := func(b *system.ResourceBase[*client], diags *diag.Diagnostics) (*client, bool) { return b.Reader(diags) }
	for name, c := range map[string]struct {
		get        get
		connection system.Connection
		// first and second are how many errors the first and the second object show.
		first, second int
	}{
		"plan, configured":     {plan, system.Connection{Client: &client{}}, 0, 0},
		"plan, not configured": {plan, system.Connection{Missing: missing}, 1, 0},
		"plan, unknown":        {plan, system.Connection{Unknown: true}, 0, 0},
		"read, configured":     {read, system.Connection{Client: &client{}}, 0, 0},
		"read, not configured": {read, system.Connection{Missing: missing}, 1, 0},
		"read, unknown":        {read, system.Connection{Unknown: true}, 1, 1},
	} {
		l := link(c.connection)
		for i, want := range []int{c.first, c.second} {
			var diags diag.Diagnostics
			got, ok := c.get(configured(t, l), &diags)
			if len(diags) != want || ok != (c.connection.Client != nil) || ok && got == nil {
				t.Errorf("%s, object %d: %v, %v", name, i+1, got, diags)
			}
		}
	}
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data any
		bug  bool
	}{
		"before the provider is configured": {nil, false},
		"another provider's data":           {"text", true},
		"another system's connection":       {system.ProviderData{"magpie": link(system.Connection{})}, true},
		"its own":                           {system.ProviderData{"sailpoint": link(system.Connection{})}, false},
	} {
		b, d := system.NewResourceBase[*client](noun()), system.NewDataSourceBase[*client](noun(), true)
		var one resource.ConfigureResponse
		var many datasource.ConfigureResponse
		b.Configure(t.Context(), resource.ConfigureRequest{ProviderData: c.data}, &one)
		d.Configure(t.Context(), datasource.ConfigureRequest{ProviderData: c.data}, &many)
		for _, diags := range []diag.Diagnostics{one.Diagnostics, many.Diagnostics} {
			if diags.HasError() != c.bug || c.bug && !strings.HasPrefix(diags[0].Summary(), "Provider bug: ") {
				t.Errorf("%s: %v", name, diags)
			}
		}
	}
}

func TestFirstNotice(t *testing.T) {
	t.Parallel()
	l := link(system.Connection{})
	var first atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if l.FirstNotice("cut") {
				first.Add(1)
			}
		})
	}
	all.Wait()
	if first.Load() != 1 || !l.FirstNotice("another") {
		t.Errorf("%d times the first", first.Load())
	}
}
