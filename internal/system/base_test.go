package system_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

func TestTypeNames(t *testing.T) {
	t.Parallel()
	b := system.NewResourceBase[*client](noun())
	var one resource.MetadataResponse
	b.Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "mint"}, &one)
	if one.TypeName != "mint_sailpoint_personal_access_token" || b.Noun() != noun() || b.Connection() != nil {
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

// unusable are the reasons for a connection to have no client.
func unusable() map[string]*system.Connection {
	s := system.System{Name: "sailpoint", Title: "SailPoint", Block: system.Block{BaseURL: system.Argument{Variable: "SAIL_BASE_URL"}}}
	none := system.Settings{Env: system.Env{Getenv: func(string) string { return "" }}}
	unknown := none
	unknown.Unknown = true
	return map[string]*system.Connection{
		"not configured": system.NewConnection(s, types.ObjectNull(nil), none),
		"unknown":        system.NewConnection(s, types.ObjectUnknown(nil), none),
		"http unknown":   system.NewConnection(s, types.ObjectNull(nil), unknown),
	}
}

func phases() map[string]system.Phase {
	return map[string]system.Phase{"planning": system.Planning, "reading": system.Reading, "looking": system.Looking, "applying": system.Applying}
}

// TestClient: every phase gets the client of its type, and hears of another.
func TestClient(t *testing.T) {
	t.Parallel()
	own := &client{"own"}
	for name, phase := range phases() {
		for want, c := range map[string]*system.Connection{"": connected(own), "got string": connected("text"), "got <nil>": connected(nil)} {
			var diags diag.Diagnostics
			got, ok := configured(t, c).Client(phase, &diags)
			if want == "" && (!ok || got != own || len(diags) != 0) {
				t.Errorf("%s: %v, %v", name, got, diags)
			}
			if want != "" && (ok || got != nil || len(diags) != 1 || diags[0].Summary() != "Provider bug: unexpected client type" || !strings.Contains(diags[0].Detail(), want)) {
				t.Errorf("%s, %s: %v, %v", name, want, got, diags)
			}
		}
		b := system.NewResourceBase[*client](noun())
		var diags diag.Diagnostics
		// A plan without a configured provider sends nothing.
		if _, ok := b.Client(phase, &diags); ok || diags.HasError() != (phase != system.Planning) {
			t.Errorf("%s, not even a connection: %v", name, diags)
		}
	}
}

// TestClient_saidOnce: the first resource of a run that needs a client says why there is none; the others keep quiet, or refer to it
// where they have to fail for themselves.
func TestClient_saidOnce(t *testing.T) {
	t.Parallel()
	summaries := map[string]string{
		"not configured": "SailPoint is not configured",
		"unknown":        "The provider's sailpoint block is not known yet",
		"http unknown":   "The provider's http block is not known yet",
	}
	for reason := range summaries {
		for name, phase := range phases() {
			c := unusable()[reason]
			for i, object := range []*system.ResourceBase[*client]{configured(t, c), configured(t, c)} {
				var diags diag.Diagnostics
				if got, ok := object.Client(phase, &diags); ok || got != nil {
					t.Errorf("%s, %s: a client", reason, name)
				}
				want := 1
				if i > 0 && (phase == system.Planning || phase == system.Reading) || phase == system.Planning && reason != "not configured" {
					want = 0
				}
				if diags.ErrorsCount() != want || len(diags) != want || want == 1 && diags[0].Summary() != summaries[reason] {
					t.Errorf("%s, %s, object %d: %v", reason, name, i+1, diags)
				}
				if refers := want == 1 && strings.Contains(diags[0].Detail(), "the same as in the other message about SailPoint."); want == 1 && refers != (i > 0) {
					t.Errorf("%s, %s, object %d: %v", reason, name, i+1, diags)
				}
			}
		}
	}
}

// TestClient_dataSources: a data source's error may be turned into a warning, so that it silences nobody; a resource's silences
// data sources too.
func TestClient_dataSources(t *testing.T) {
	t.Parallel()
	const whole, repeat = "The configuration uses an object of SailPoint", "The reason is the same as in the other message about SailPoint."
	c := unusable()["not configured"]
	for i, step := range []struct {
		phase system.Phase
		says  string
	}{
		{system.Looking, whole},
		{system.Looking, repeat},
		{system.Reading, whole},
		{system.Reading, ""},
		{system.Planning, ""},
		{system.Looking, ""},
		{system.Applying, repeat},
	} {
		var diags diag.Diagnostics
		if _, ok := configured(t, c).Client(step.phase, &diags); ok || len(diags) != min(1, len(step.says)) || len(diags) == 1 && !strings.HasPrefix(diags[0].Detail(), step.says) {
			t.Errorf("object %d: %v", i+1, diags)
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
		"another system's connection":       {system.ProviderData{"magpie": connected(nil)}, true},
		"its own":                           {system.ProviderData{"sailpoint": connected(nil)}, false},
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
	c := connected(nil)
	var first atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if c.FirstNotice("cut") {
				first.Add(1)
			}
		})
	}
	all.Wait()
	if first.Load() != 1 || !c.FirstNotice("another") {
		t.Errorf("%d times the first", first.Load())
	}
}

// TestMemory: what is in the states of a run is remembered, changes add up by kind, and the first number stays.
func TestMemory(t *testing.T) {
	t.Parallel()
	c := connected(nil)
	c.Remember("1")
	if !c.Remembers("1") || c.Remembers("2") {
		t.Error("it remembers something else")
	}
	for i, want := range []int{1, 2, 1} {
		if got := c.Count("token", []int{1, 1, -1}[i]); got != want {
			t.Errorf("%d instead of %d", got, want)
		}
	}
	if got := c.Count("account", 1); got != 1 {
		t.Errorf("%d of another kind", got)
	}
	for _, number := range []int{3, 4} {
		if got := c.First("token", number); got != 3 {
			t.Errorf("the first is %d", got)
		}
	}
}
