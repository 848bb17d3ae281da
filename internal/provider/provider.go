// Package provider assembles the provider from its systems: the provider block, the clients, the registration.
package provider

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// Address is where the provider is registered.
const Address = "registry.terraform.io/tokenmint/mint"

// typeName begins the names of all its types.
const typeName = "mint"

var (
	_ provider.ProviderWithFunctions          = (*mint)(nil)
	_ provider.ProviderWithEphemeralResources = (*mint)(nil)
	_ provider.ProviderWithListResources      = (*mint)(nil)
	_ provider.ProviderWithActions            = (*mint)(nil)
)

type mint struct {
	env     system.Env
	systems []system.System
	*system.Shortcut
	// network is what the clients of the latest configuration send through; mu guards it.
	mu      sync.Mutex
	network *http.Transport
}

// New returns the constructor of the provider as it is shipped.
func New(version string) func() provider.Provider {
	return NewIn(system.RealEnv(version))
}

// NewIn returns the constructor of a provider that takes its world from env.
func NewIn(env system.Env) func() provider.Provider {
	return func() provider.Provider { return newMint(env, systems()) }
}

func newMint(env system.Env, of []system.System) *mint {
	return &mint{env: env, systems: of, Shortcut: system.NewShortcut(typeName, resources(of))}
}

// Metadata implements [provider.Provider].
func (p *mint) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = typeName
	resp.Version = p.env.Version
}

// Schema implements [provider.Provider].
func (p *mint) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	titles := make([]string, 0, len(p.systems))
	attributes := map[string]schema.Attribute{
		"expiry_warning": schema.StringAttribute{
			Optional: true, CustomType: rotation.DurationType{}, Validators: []validator.String{rotation.NoNegativeDuration()},
			MarkdownDescription: "A plan warns of each token that expires within this time and that nothing rotates, as a duration such as `14d`. It also warns if the provider's own credential expires within this time, which the provider can see for SailPoint and for a TrueFoundry API key that is a JWT. Default `14d`. `0s` disables both warnings.",
		},
		policyName: policyAttribute(),
		"http": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "How the provider sends requests to every system. Proxies are taken from the environment variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.",
			Attributes: map[string]schema.Attribute{
				"timeout": schema.StringAttribute{
					Optional: true, CustomType: rotation.DurationType{}, Validators: []validator.String{rotation.PositiveDuration()},
					MarkdownDescription: "How long one attempt of a request may take, including its answer, as a duration such as `30s`. Default `60s`.",
				},
				"max_retries": schema.Int64Attribute{
					Optional: true, Validators: []validator.Int64{int64validator.Between(0, 20)},
					MarkdownDescription: "How often a request is repeated after a failure, from 0 to 20. Default 4. A request that mints a token is repeated only if the server certainly did nothing. Pauses that a server asks for (status 429) do not count.",
				},
				"ca_certificate_pem": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: "Certificates in PEM form that the provider trusts in addition to the machine's own.",
				},
			},
		},
	}
	for _, s := range p.systems {
		attributes[s.Name] = s.Attribute()
		titles = append(titles, s.Title)
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Mints, rotates and revokes access tokens on " + strings.Join(titles, ", ") + ".",
		Attributes:          attributes,
	}
}

type httpModel struct {
	Timeout          rotation.DurationText `tfsdk:"timeout"`
	MaxRetries       types.Int64           `tfsdk:"max_retries"`
	CACertificatePEM types.String          `tfsdk:"ca_certificate_pem"`
}

// Configure implements [provider.Provider]. It sends nothing: credentials are tried when an object first needs them.
func (p *mint) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	p.Disconnect() // what fails must not leave a process that Terraform is attached to again with the configuration before
	settings, diags := p.settings(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	p.sendThrough(settings.Transport)
	settings.ExpiryWarning, diags = expiryWarning(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	settings.Guardrails, diags = guardrails(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	data := system.ProviderData{}
	for _, s := range p.systems {
		var block types.Object
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(s.Name), &block)...)
		if resp.Diagnostics.HasError() {
			return
		}
		data[s.Name] = system.NewConnection(s, block, settings)
	}
	p.Connect(data)
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData, resp.ListResourceData, resp.ActionData = data, data, data, data, data
}

// sendThrough closes the idle connections of an earlier configuration. Terraform configures a process once, but one that it is attached
// to again in every run, and nobody would use the connections of an earlier run any more. Requests on their way are not disturbed.
func (p *mint) sendThrough(transport http.RoundTripper) {
	network, isOwn := transport.(*http.Transport)
	if !isOwn {
		return // a test's, which ends with the test
	}
	p.mu.Lock()
	earlier := p.network
	p.network = network
	p.mu.Unlock()
	if earlier != nil && earlier != network {
		earlier.CloseIdleConnections()
	}
}

// defaultExpiryWarning is two weeks: time for the next run of a scheduled pipeline, and for people.
const defaultExpiryWarning = 14 * 24 * time.Hour

func expiryWarning(ctx context.Context, config tfsdk.Config) (time.Duration, diag.Diagnostics) {
	var value rotation.DurationText
	diags := config.GetAttribute(ctx, path.Root("expiry_warning"), &value)
	if warning, isSet := rotation.Duration(value); isSet {
		return warning, diags
	}
	return defaultExpiryWarning, diags
}

func (p *mint) settings(ctx context.Context, config tfsdk.Config) (system.Settings, diag.Diagnostics) {
	var block types.Object
	diags := config.GetAttribute(ctx, path.Root("http"), &block)
	var http httpModel
	unknown := system.IsUnknown(block)
	if !diags.HasError() && !block.IsNull() && !unknown {
		diags.Append(config.GetAttribute(ctx, path.Root("http"), &http)...)
	}
	if diags.HasError() {
		return system.Settings{}, diags
	}
	var timeout *time.Duration
	if d, isSet := rotation.Duration(http.Timeout); isSet {
		timeout = &d
	}
	settings, err := system.NewSettings(p.env, timeout, http.MaxRetries.ValueInt64Pointer(), http.CACertificatePEM.ValueString())
	settings.Unknown = unknown
	if err != nil {
		diags.AddAttributeError(path.Root("http").AtName("ca_certificate_pem"), "Invalid certificates",
			fmt.Sprintf("The value of http.ca_certificate_pem cannot be used: %s.", err))
	}
	return settings, diags
}

// registered are the objects of one kind of all systems.
func registered[T any](systems []system.System, of func(system.System) []func() T) []func() T {
	var all []func() T
	for _, s := range systems {
		all = append(all, of(s)...)
	}
	return all
}

// Resources implements [provider.Provider].
func (p *mint) Resources(context.Context) []func() resource.Resource {
	return resources(p.systems)
}

func resources(systems []system.System) []func() resource.Resource {
	return registered(systems, func(s system.System) []func() resource.Resource { return s.Resources })
}

// DataSources implements [provider.Provider].
func (p *mint) DataSources(context.Context) []func() datasource.DataSource {
	return append(registered(p.systems, func(s system.System) []func() datasource.DataSource { return s.DataSources }), p.newInventory)
}

// EphemeralResources implements [provider.ProviderWithEphemeralResources].
func (p *mint) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return append(registered(p.systems, func(s system.System) []func() ephemeral.EphemeralResource { return s.EphemeralResources }), newDecryptedSecret)
}

// ListResources implements [provider.ProviderWithListResources].
func (p *mint) ListResources(context.Context) []func() list.ListResource {
	return registered(p.systems, func(s system.System) []func() list.ListResource { return s.ListResources })
}

// Actions implements [provider.ProviderWithActions].
func (p *mint) Actions(context.Context) []func() action.Action {
	return registered(p.systems, func(s system.System) []func() action.Action { return s.Actions })
}

// Functions implements [provider.ProviderWithFunctions].
func (p *mint) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newDecryptFunction}
}
