package truefoundry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// The environment variables are those of the vendor's command line.
const (
	envBaseURL = "TFY_HOST"
	envAPIKey  = "TFY_API_KEY"
)

type blockModel struct {
	BaseURL types.String `tfsdk:"base_url"`
	APIKey  types.String `tfsdk:"api_key"`
}

func block() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "TrueFoundry. Personal access tokens are those of the user whose key the provider has; virtual accounts need a tenant administrator's key, or one whose role may manage them.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				Optional: true, Validators: []validator.String{system.BaseURL()},
				MarkdownDescription: "The control plane's host, such as `https://acme.truefoundry.cloud`; not the gateway's. May also be set with `" + envBaseURL + "`.",
			},
			"api_key": schema.StringAttribute{
				Optional: true, Sensitive: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "A personal access token, or the token of a virtual account. May also be set with `" + envAPIKey + "`.",
			},
		},
	}
}

// lookDelays are the pauses before each look for something that a list may show late.
func lookDelays() []time.Duration { return []time.Duration{0, time.Second, 3 * time.Second} }

// connect turns the block, completed from the environment, into a client.
func connect(ctx context.Context, object types.Object, settings system.Settings, delays []time.Duration) system.Connection {
	var connection system.Connection
	var model blockModel
	if object.IsUnknown() {
		return system.Connection{Unknown: true}
	}
	if !object.IsNull() {
		connection.Invalid = object.As(ctx, &model, basetypes.ObjectAsOptions{})
		if connection.Invalid.HasError() {
			return connection
		}
	}
	if model.BaseURL.IsUnknown() || model.APIKey.IsUnknown() {
		return system.Connection{Unknown: true}
	}
	fill(&model.BaseURL, settings.Getenv(envBaseURL))
	fill(&model.APIKey, settings.Getenv(envAPIKey))
	if connection.Missing = missing(model); connection.Missing != nil {
		return connection
	}
	base, problem := system.ParseBaseURL(model.BaseURL.ValueString())
	if problem != nil {
		// The block's own value has been validated before; this one may come from the environment.
		connection.Invalid.AddAttributeError(path.Root(name).AtName("base_url"), "Invalid base URL",
			fmt.Sprintf("The base URL from the provider block or %s cannot be used: %s.", envBaseURL, problem))
		return connection
	}
	connection.Client = api.New(api.Config{
		APIKey:     rest.NewSecret(strings.TrimSpace(model.APIKey.ValueString())),
		LookDelays: delays,
		HTTP: rest.Options{
			System: name, Title: title, BaseURL: base,
			Transport: settings.Transport, Timeout: settings.Timeout, MaxRetries: settings.MaxRetries,
			UserAgent: settings.UserAgent(), Now: settings.Now, Redactor: settings.Redactor,
		},
	})
	return connection
}

func fill(value *types.String, fallback string) {
	if value.IsNull() && fallback != "" {
		*value = types.StringValue(fallback)
	}
}

// missing says what to set, or nothing when all is there.
func missing(model blockModel) diag.Diagnostic {
	var lacking []string
	for argument, v := range map[string]types.String{
		"base_url (" + envBaseURL + ")": model.BaseURL, "api_key (" + envAPIKey + ")": model.APIKey,
	} {
		if strings.TrimSpace(v.ValueString()) == "" {
			lacking = append(lacking, argument)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	slices.Sort(lacking)
	return diag.NewAttributeErrorDiagnostic(path.Root(name), "TrueFoundry is not configured",
		"The configuration uses a TrueFoundry object, but the provider does not know "+strings.Join(lacking, ", ")+
			". Set it in the provider's \""+name+"\" block, or set the environment variable named in parentheses.")
}
