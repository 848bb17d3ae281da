package magpie

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const (
	envBaseURL     = "MAGPIE_BASE_URL"
	envAccessToken = "MAGPIE_ACCESS_TOKEN"
	envUsername    = "MAGPIE_USERNAME"
	envPassword    = "MAGPIE_PASSWORD"
)

type blockModel struct {
	BaseURL      types.String `tfsdk:"base_url"`
	AccessToken  types.String `tfsdk:"access_token"`
	Username     types.String `tfsdk:"username"`
	Password     types.String `tfsdk:"password"`
	SessionToken types.String `tfsdk:"session_token"`
}

func block() schema.SingleNestedAttribute {
	at := func(names ...string) []path.Expression {
		var all []path.Expression
		for _, n := range names {
			all = append(all, path.MatchRoot(name).AtName(n))
		}
		return all
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Silectis Magpie. Exactly one way to log in is needed: `access_token`, `username` with `password`, or `session_token`. " +
			"The provider logs in once in a run, when a Magpie object first needs it, and never repeats a login that was refused: an account locks after ten wrong passwords in a row.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				Optional: true, Validators: []validator.String{system.BaseURL()},
				MarkdownDescription: "The organization's host, such as `https://acme.silect.is`. May also be set with `" + envBaseURL + "`.",
			},
			"access_token": schema.StringAttribute{
				Optional: true, Sensitive: true,
				Validators: []validator.String{
					stringvalidator.LengthAtLeast(1), stringvalidator.ConflictsWith(at("username", "password", "session_token")...),
				},
				MarkdownDescription: "An access token to log in with. Service accounts' tokens need one of an organization admin. May also be set with `" + envAccessToken + "`.",
			},
			"username": schema.StringAttribute{
				Optional: true,
				Validators: []validator.String{
					stringvalidator.LengthAtLeast(1), stringvalidator.ConflictsWith(at("session_token")...),
				},
				MarkdownDescription: "The user name to log in with, usually an e-mail address. May also be set with `" + envUsername + "`.",
			},
			"password": schema.StringAttribute{
				Optional: true, Sensitive: true,
				Validators: []validator.String{
					stringvalidator.LengthAtLeast(1), stringvalidator.ConflictsWith(at("session_token")...),
				},
				MarkdownDescription: "The password that belongs to `username`. May also be set with `" + envPassword + "`.",
			},
			"session_token": schema.StringAttribute{
				Optional: true, Sensitive: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "The token of a session that exists already, for organizations with single sign-on. When it ends, the run fails: there is nothing to renew it with.",
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
	for _, v := range []types.String{model.BaseURL, model.AccessToken, model.Username, model.Password, model.SessionToken} {
		connection.Unknown = connection.Unknown || v.IsUnknown()
	}
	if connection.Unknown {
		return connection
	}
	model.complete(settings.Getenv)
	if connection.Missing = model.missing(); connection.Missing != nil {
		return connection
	}
	base, problem := system.ParseBaseURL(model.BaseURL.ValueString())
	if problem != nil {
		connection.Missing = diag.NewAttributeErrorDiagnostic(path.Root(name).AtName("base_url"), "Invalid base URL",
			fmt.Sprintf("The base URL from the provider block or %s cannot be used: %s.", envBaseURL, problem))
		return connection
	}
	connection.Client = api.New(api.Config{
		Credential: model.credential(),
		HTTP: rest.Options{
			System: name, Title: title, BaseURL: base,
			Transport: settings.Transport, Timeout: settings.Timeout, MaxRetries: settings.MaxRetries,
			UserAgent: settings.UserAgent(), Now: settings.Now, Redactor: settings.Redactor,
		},
	})
	return connection
}

// complete fills in the environment. A way to log in that the block names is not mixed with another from the environment; there,
// an access token goes before a password.
func (m *blockModel) complete(getenv func(string) string) {
	fill := func(value *types.String, variable string) {
		if text := getenv(variable); value.IsNull() && text != "" {
			*value = types.StringValue(text)
		}
	}
	fill(&m.BaseURL, envBaseURL)
	if !m.SessionToken.IsNull() || !m.AccessToken.IsNull() {
		return
	}
	if m.Username.IsNull() && m.Password.IsNull() {
		fill(&m.AccessToken, envAccessToken)
		if !m.AccessToken.IsNull() {
			return
		}
	}
	fill(&m.Username, envUsername)
	fill(&m.Password, envPassword)
}

func (m *blockModel) credential() api.Credential {
	return api.Credential{
		AccessToken:  rest.NewSecret(m.AccessToken.ValueString()),
		Username:     m.Username.ValueString(),
		Password:     rest.NewSecret(m.Password.ValueString()),
		SessionToken: rest.NewSecret(m.SessionToken.ValueString()),
	}
}

// missing says what to set, or nothing when all is there.
func (m *blockModel) missing() diag.Diagnostic {
	var lacking []string
	if m.BaseURL.ValueString() == "" {
		lacking = append(lacking, "base_url ("+envBaseURL+")")
	}
	user, password := m.Username.ValueString() != "", m.Password.ValueString() != ""
	switch {
	case m.AccessToken.ValueString() != "", m.SessionToken.ValueString() != "", user && password:
	case user:
		lacking = append(lacking, "password ("+envPassword+")")
	case password:
		lacking = append(lacking, "username ("+envUsername+")")
	default:
		lacking = append(lacking, "access_token ("+envAccessToken+"), or username and password ("+envUsername+", "+envPassword+"), or session_token")
	}
	if len(lacking) == 0 {
		return nil
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(name), "Magpie is not configured",
		"The configuration uses a Magpie object, but the provider does not know "+strings.Join(lacking, "; ")+
			". Set it in the provider's \""+name+"\" block, or set the environment variable named in parentheses.")
}
