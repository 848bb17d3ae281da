package provider_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// arguments are attributes by name; those that are left out are null.
type arguments map[string]any

// run is one provider process, as one walk of Terraform has it.
type run struct {
	t       *testing.T
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
	sent    atomic.Int32
}

// RoundTrip implements [http.RoundTripper] and counts.
func (r *run) RoundTrip(request *http.Request) (*http.Response, error) {
	r.sent.Add(1)
	return http.DefaultTransport.RoundTrip(request)
}

// configured starts a provider in an environment and configures it, which must not fail.
func configured(t *testing.T, environment map[string]string, block arguments) *run {
	t.Helper()
	r := &run{t: t, schemas: schemas(t)}
	env := system.Env{Now: time.Now, Getenv: func(name string) string { return environment[name] }, Version: "test", Transport: r}
	r.server = providerserver.NewProtocol6(provider.NewIn(env)())()
	answer, err := r.server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: r.dynamic(r.schemas.Provider.ValueType(), block), TerraformVersion: "1.11.4",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Diagnostics) > 0 {
		t.Fatalf("the provider's configuration says %s", said(answer.Diagnostics))
	}
	return r
}

// valueOf builds a value of a type; what is not named is null.
func valueOf(kind tftypes.Type, from any) tftypes.Value {
	object, isObject := kind.(tftypes.Object)
	given, isGiven := from.(arguments)
	if !isObject || !isGiven {
		return tftypes.NewValue(kind, from)
	}
	values := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		values[name] = valueOf(of, given[name])
	}
	return tftypes.NewValue(kind, values)
}

func (r *run) dynamic(kind tftypes.Type, from any) *tfprotov6.DynamicValue {
	r.t.Helper()
	value, err := tfprotov6.NewDynamicValue(kind, valueOf(kind, from))
	if err != nil {
		r.t.Fatal(err)
	}
	return &value
}

// plan plans a new resource.
func (r *run) plan(name string, config arguments) []*tfprotov6.Diagnostic {
	r.t.Helper()
	kind := r.schemas.ResourceSchemas[name].ValueType()
	answer, err := r.server.PlanResourceChange(r.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: r.dynamic(kind, nil), Config: r.dynamic(kind, config), ProposedNewState: r.dynamic(kind, config),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return failures(answer.Diagnostics)
}

// refresh reads a resource that a state holds.
func (r *run) refresh(name string, state arguments) []*tfprotov6.Diagnostic {
	r.t.Helper()
	answer, err := r.server.ReadResource(r.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: r.dynamic(r.schemas.ResourceSchemas[name].ValueType(), state),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return failures(answer.Diagnostics)
}

// look reads a data source.
func (r *run) look(name string) []*tfprotov6.Diagnostic {
	r.t.Helper()
	answer, err := r.server.ReadDataSource(r.t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: name, Config: r.dynamic(r.schemas.DataSourceSchemas[name].ValueType(), arguments{}),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return failures(answer.Diagnostics)
}

func failures(diagnostics []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	var errors []*tfprotov6.Diagnostic
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errors = append(errors, d)
		}
	}
	return errors
}

func said(diagnostics []*tfprotov6.Diagnostic) string {
	var text strings.Builder
	for _, d := range diagnostics {
		text.WriteString(d.Summary + ": " + d.Detail + "\n")
	}
	return text.String()
}

// objectsOf are a resource and a data source of every system, and the arguments of the resource.
func objectsOf() map[string]struct {
	resource, dataSource string
	config               arguments
} {
	return map[string]struct {
		resource, dataSource string
		config               arguments
	}{
		"sailpoint":   {"mint_sailpoint_personal_access_token", "mint_sailpoint_personal_access_tokens", arguments{"name": "ci", "lifetime": "720h"}},
		"magpie":      {"mint_magpie_personal_access_token", "mint_magpie_personal_access_tokens", arguments{}},
		"truefoundry": {"mint_truefoundry_personal_access_token", "mint_truefoundry_personal_access_tokens", arguments{"name": "ci"}},
	}
}

// use plans and reads two of each kind of a system's objects, and returns every error that they show.
func (r *run) use(system string) []*tfprotov6.Diagnostic {
	r.t.Helper()
	var all []*tfprotov6.Diagnostic
	o := objectsOf()[system]
	for range 2 {
		all = append(all, r.plan(o.resource, o.config)...)
		all = append(all, r.look(o.dataSource)...)
	}
	return all
}

// TestConfiguration_unusableVariable: a variable that cannot be used is an error only where an object of its system is, once for
// all of them, and named.
func TestConfiguration_unusableVariable(t *testing.T) {
	t.Parallel()
	const broken = "s3cr3t\nvalue"
	sb := sandboxtest.Start(t)
	sb.RequireEmulator(t)
	if got := len(sb.Systems()); got != len(objectsOf()) {
		t.Errorf("there are %d systems, and objects of %d", got, len(objectsOf()))
	}
	for _, c := range []struct{ system, variable, value, says string }{
		{"sailpoint", "SAIL_BASE_URL", "acme", "SAIL_BASE_URL cannot be used: it must be a full URL"},
		{"magpie", "MAGPIE_BASE_URL", "http://acme.silect.is", "MAGPIE_BASE_URL cannot be used: plain http is accepted for loopback"},
		{"truefoundry", "TFY_HOST", "acme", "TFY_HOST cannot be used: it must be a full URL"},
		{"truefoundry", "TFY_HOST", "https://me:s3cr3t@acme.truefoundry.cloud", "TFY_HOST cannot be used: it must not hold a user name or password"},
		{"sailpoint", "SAIL_CLIENT_ID", broken, "SAIL_CLIENT_ID cannot be used: it holds a line break"},
		{"sailpoint", "SAIL_CLIENT_SECRET", broken, "SAIL_CLIENT_SECRET cannot be used: it holds a line break"},
		{"magpie", "MAGPIE_ACCESS_TOKEN", broken, "MAGPIE_ACCESS_TOKEN cannot be used: it holds a line break"},
		{"truefoundry", "TFY_API_KEY", "s3cr3t\x00value", "TFY_API_KEY cannot be used: it holds a line break or another control character"},
		{"sailpoint", "SAIL_CLIENT_SECRET", " \n", "does not know client_secret (SAIL_CLIENT_SECRET)."},
		{"truefoundry", "TFY_HOST", "", "does not know base_url (TFY_HOST)."},
	} {
		t.Run(c.variable, func(t *testing.T) {
			t.Parallel()
			environment := sb.Env()
			environment[c.variable] = c.value
			r := configured(t, environment, nil)
			for system := range objectsOf() {
				errors := r.use(system)
				if system != c.system {
					if len(errors) > 0 {
						t.Errorf("an object of %s says %s", system, said(errors))
					}
					continue
				}
				if len(errors) != 1 || !strings.Contains(errors[0].Detail, c.says) || strings.Contains(said(errors), "s3cr3t") {
					t.Errorf("%d errors say %s", len(errors), said(errors))
				}
			}
		})
	}
}

// TestConfiguration_httpUnknown: while anything of the block "http" is not known yet nothing is sent, by any system: a plan does
// without, and a read says once what to do.
func TestConfiguration_httpUnknown(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t)
	sb.RequireEmulator(t)
	for name, http := range map[string]any{
		"the block":          tftypes.UnknownValue,
		"timeout":            arguments{"timeout": tftypes.UnknownValue, "max_retries": 0},
		"max_retries":        arguments{"max_retries": tftypes.UnknownValue},
		"ca_certificate_pem": arguments{"timeout": "5s", "ca_certificate_pem": tftypes.UnknownValue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := configured(t, sb.Env(), arguments{"http": http})
			for name, o := range objectsOf() {
				if errors := r.plan(o.resource, o.config); len(errors) > 0 {
					t.Errorf("a plan of %s says %s", name, said(errors))
				}
			}
			for name, o := range objectsOf() {
				errors := append(r.refresh(o.resource, arguments{"id": "1"}), r.look(o.dataSource)...)
				if len(errors) != 1 || errors[0].Summary != "The provider's http block is not known yet" {
					t.Errorf("%d errors in reading %s say %s", len(errors), name, said(errors))
				}
			}
			if sent := r.sent.Load(); sent != 0 {
				t.Errorf("%d requests were sent", sent)
			}
		})
	}
	// The same objects do send something once it is known.
	r := configured(t, sb.Env(), nil)
	for name, o := range objectsOf() {
		if before := r.sent.Load(); len(r.plan(o.resource, o.config)) > 0 || len(r.look(o.dataSource)) > 0 || r.sent.Load() == before {
			t.Errorf("%s sends nothing", name)
		}
	}
}
