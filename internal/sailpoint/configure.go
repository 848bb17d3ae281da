package sailpoint

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// The environment variables are those of the vendor's own tools.
const (
	envBaseURL      = "SAIL_BASE_URL"
	envClientID     = "SAIL_CLIENT_ID"
	envClientSecret = "SAIL_CLIENT_SECRET"
)

type blockModel struct {
	BaseURL      types.String `tfsdk:"base_url"`
	ClientID     types.String `tfsdk:"client_id"`
	ClientSecret types.String `tfsdk:"client_secret"`
	APIVersion   types.String `tfsdk:"api_version"`
}

func block() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "SailPoint Identity Security Cloud. The provider authenticates with a personal access token of the identity whose tokens it manages: " +
			"a personal access token always belongs to the identity that creates it.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				Optional: true, Validators: []validator.String{system.BaseURL()},
				MarkdownDescription: "The tenant's API host, such as `https://acme.api.identitynow.com`. May also be set with `" + envBaseURL + "`.",
			},
			"client_id": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "The id of the personal access token that the provider authenticates with. May also be set with `" + envClientID + "`.",
			},
			"client_secret": schema.StringAttribute{
				Optional: true, Sensitive: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "The secret of that token. May also be set with `" + envClientSecret + "`.",
			},
			"api_version": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf(api.Versions()...)},
				MarkdownDescription: "The version of the API: `v1` (default), `v2026`, `v2025`, `v2024`, `v3` or `beta`. With `v2024`, `v3` and `beta` every token ends after " +
					"six months at the latest, its expiration cannot be changed, and `never_expires` is not offered.",
			},
		},
	}
}

// connect turns the block, completed from the environment, into a client.
func connect(ctx context.Context, object types.Object, settings system.Settings) system.Connection {
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
	for _, v := range []types.String{model.BaseURL, model.ClientID, model.ClientSecret, model.APIVersion} {
		connection.Unknown = connection.Unknown || v.IsUnknown()
	}
	if connection.Unknown {
		return connection
	}
	fill(&model.BaseURL, settings.Getenv(envBaseURL))
	fill(&model.ClientID, settings.Getenv(envClientID))
	fill(&model.ClientSecret, settings.Getenv(envClientSecret))
	if model.APIVersion.IsNull() {
		model.APIVersion = types.StringValue(string(api.V1))
	}
	if connection.Missing = missing(model); connection.Missing != nil {
		return connection
	}
	base, problem := system.ParseBaseURL(model.BaseURL.ValueString())
	if problem != nil {
		// The block's own value has been validated before; this one may come from the environment.
		connection.Missing = diag.NewAttributeErrorDiagnostic(path.Root(name).AtName("base_url"), "Invalid base URL",
			fmt.Sprintf("The base URL from the provider block or %s cannot be used: %s.", envBaseURL, problem))
		return connection
	}
	connection.Client = newClient(model, base, settings)
	return connection
}

func newClient(model blockModel, base *url.URL, settings system.Settings) *api.Client {
	return api.New(api.Config{
		ClientID:     model.ClientID.ValueString(),
		ClientSecret: rest.NewSecret(model.ClientSecret.ValueString()),
		Version:      api.Version(model.APIVersion.ValueString()),
		HTTP: rest.Options{
			System: name, Title: title, BaseURL: base,
			Transport: settings.Transport, Timeout: settings.Timeout, MaxRetries: settings.MaxRetries,
			UserAgent: settings.UserAgent(), Now: settings.Now, Redactor: settings.Redactor,
		},
	})
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
		"base_url (" + envBaseURL + ")": model.BaseURL, "client_id (" + envClientID + ")": model.ClientID, "client_secret (" + envClientSecret + ")": model.ClientSecret,
	} {
		if v.ValueString() == "" {
			lacking = append(lacking, argument)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	slices.Sort(lacking)
	return diag.NewAttributeErrorDiagnostic(path.Root(name), "SailPoint is not configured",
		"The configuration uses a SailPoint object, but the provider does not know "+strings.Join(lacking, ", ")+
			". Set it in the provider's \""+name+"\" block, or set the environment variable named in parentheses.")
}
