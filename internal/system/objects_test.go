package system_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

func TestTypeNames_others(t *testing.T) {
	t.Parallel()
	e, a := system.NewEphemeralBase[*client](noun()), system.NewActionBase[*client](noun(), "revoke_personal_access_tokens")
	var opened ephemeral.MetadataResponse
	var acted action.MetadataResponse
	e.Metadata(t.Context(), ephemeral.MetadataRequest{ProviderTypeName: "mint"}, &opened)
	a.Metadata(t.Context(), action.MetadataRequest{ProviderTypeName: "mint"}, &acted)
	if opened.TypeName != "mint_sailpoint_personal_access_token" || acted.TypeName != "mint_sailpoint_revoke_personal_access_tokens" || e.Noun() != noun() || a.Noun() != noun() {
		t.Errorf("%s and %s", opened.TypeName, acted.TypeName)
	}
}

// TestConfigure_others: the same for ephemeral resources and actions.
func TestConfigure_others(t *testing.T) {
	t.Parallel()
	own := &client{"own"}
	for name, c := range map[string]struct {
		data   any
		bug    bool
		client *client
	}{
		"before the provider is configured": {nil, false, nil},
		"another provider's data":           {"text", true, nil},
		"another system's connection":       {system.ProviderData{"magpie": connected(own)}, true, nil},
		"no connection":                     {system.ProviderData{"sailpoint": nil}, true, nil},
		"its own":                           {system.ProviderData{"sailpoint": connected(own)}, false, own},
	} {
		e, a := system.NewEphemeralBase[*client](noun()), system.NewActionBase[*client](noun(), "revoke_personal_access_tokens")
		var opened ephemeral.ConfigureResponse
		var acted action.ConfigureResponse
		e.Configure(t.Context(), ephemeral.ConfigureRequest{ProviderData: c.data}, &opened)
		a.Configure(t.Context(), action.ConfigureRequest{ProviderData: c.data}, &acted)
		for _, diags := range []diag.Diagnostics{opened.Diagnostics, acted.Diagnostics} {
			if diags.HasError() != c.bug || c.bug && diags[0].Summary() != "Provider bug: unexpected provider data" {
				t.Errorf("%s: %v", name, diags)
			}
		}
		for _, get := range []func(system.Phase, *diag.Diagnostics) (*client, bool){e.Client, a.Client} {
			var diags diag.Diagnostics
			if got, ok := get(system.Applying, &diags); got != c.client || ok != (c.client != nil) || diags.HasError() == ok {
				t.Errorf("%s: %v, %v", name, got, diags)
			}
		}
	}
}

// TestClientOf: a connection without a client, or with one of another type, has none.
func TestClientOf(t *testing.T) {
	t.Parallel()
	own := &client{"own"}
	if got := system.ClientOf[*client](connected(own)); got != own {
		t.Error(got)
	}
	if got := system.ClientOf[*client](connected("text")); got != nil {
		t.Error(got)
	}
	for name, c := range unusable() {
		if got := system.ClientOf[*client](c); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestReason: a system is in use where its block is given, or where the environment names its server. Only then it matters that there is no
// client.
func TestReason(t *testing.T) {
	t.Parallel()
	known := block(map[string]string{"tenant": "acme"})
	complete := map[string]string{"base_url": "https://sun.example.com", "tenant": "acme", "token": "t"}
	attributes := known.Attributes()
	attributes["tenant"] = types.StringUnknown()
	partly := types.ObjectValueMust(known.AttributeTypes(t.Context()), attributes)
	for name, c := range map[string]struct {
		block       types.Object
		environment map[string]string
		settings    system.Settings
		problem     string
		isUsed      bool
	}{
		"neither":                          {types.ObjectNull(nil), nil, system.Settings{}, "Sun Cloud is not configured", false},
		"a block":                          {block(complete), nil, system.Settings{}, "", true},
		"a block that lacks something":     {known, nil, system.Settings{}, "Sun Cloud is not configured", true},
		"an empty block":                   {block(nil), nil, system.Settings{}, "Sun Cloud is not configured", true},
		"the environment":                  {types.ObjectNull(nil), map[string]string{"SUN_URL": "https://sun.example.com", "SUN_TENANT": "acme", "SUN_TOKEN": "t"}, system.Settings{}, "", true},
		"the environment, in part":         {types.ObjectNull(nil), map[string]string{"SUN_URL": "https://sun.example.com"}, system.Settings{}, "Sun Cloud is not configured", true},
		"the environment, blank":           {types.ObjectNull(nil), map[string]string{"SUN_URL": " \n"}, system.Settings{}, "Sun Cloud is not configured", false},
		"the environment, another part":    {types.ObjectNull(nil), map[string]string{"SUN_TOKEN": "t"}, system.Settings{}, "Sun Cloud is not configured", false},
		"an unusable environment":          {types.ObjectNull(nil), map[string]string{"SUN_URL": "sun", "SUN_TENANT": "acme", "SUN_TOKEN": "t"}, system.Settings{}, "Invalid base URL", true},
		"an unknown block":                 {types.ObjectUnknown(known.AttributeTypes(t.Context())), nil, system.Settings{}, "The provider's sun block is not known yet", true},
		"a block that is partly unknown":   {partly, nil, system.Settings{}, "The provider's sun block is not known yet", true},
		"http unknown, and nothing else":   {types.ObjectNull(nil), nil, system.Settings{Unknown: true}, "The provider's http block is not known yet", false},
		"http unknown, and a block":        {block(complete), nil, system.Settings{Unknown: true}, "The provider's http block is not known yet", true},
		"http unknown, and an environment": {types.ObjectNull(nil), map[string]string{"SUN_URL": "https://sun.example.com"}, system.Settings{Unknown: true}, "The provider's http block is not known yet", true},
	} {
		settings := c.settings
		settings.Env = system.Env{Getenv: func(name string) string { return c.environment[name] }}
		problem, isUsed := system.NewConnection(declared(), c.block, settings).Reason()
		said := ""
		if problem != nil {
			said = problem.Summary()
		}
		if said != c.problem || isUsed != c.isUsed {
			t.Errorf("%s: %q, in use: %t", name, said, isUsed)
		}
	}
}

// TestDetail: it explains an error as an object does, and leaves it to the next object to show.
func TestDetail(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"an API error": apiError(func(e *rest.Error) {
			e.Kind, e.Status, e.Message, e.RequestID = rest.Faulty, 503, "Service Unavailable", "r1"
		}),
		"with words of it": fmt.Errorf("page 2 of the list failed: %w", apiError(func(e *rest.Error) { e.Status = 403 })),
		"another error":    errors.New("page 2 of the list failed"),
	} {
		c := connected(&client{})
		first := c.Detail(noun(), err)
		summary, second := c.IncompleteList(noun(), err)
		if summary != "The list of SailPoint personal access tokens is incomplete" || first != second || strings.Contains(first, "the same") {
			t.Errorf("%s: %s: %q and %q", name, summary, first, second)
		}
		b := configured(t, c)
		if b.Shared(err) {
			t.Errorf("%s: it counts as shown", name)
		}
		if got := configured(t, connected(&client{})).Failure(system.List, err).Detail(); got != first {
			t.Errorf("%s: %q instead of %q", name, first, got)
		}
		if got := b.Failure(system.Read, err).Detail(); got != first {
			t.Errorf("%s: the resource shows %q", name, got)
		}
		if got := c.Detail(noun(), err); got != first {
			t.Errorf("%s: afterwards it is %q", name, got)
		}
	}
}
