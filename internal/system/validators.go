package system

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// BaseURL accepts what [ParseBaseURL] accepts.
func BaseURL() validator.String { return baseURL{} }

type baseURL struct{}

func (baseURL) Description(context.Context) string {
	return "must be an https URL of the API's host root (plain http for loopback only)"
}

func (v baseURL) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v baseURL) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := ParseBaseURL(req.ConfigValue.ValueString()); err != nil {
		// The value is not quoted: it may hold a password.
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid base URL", "Attribute "+req.Path.String()+" cannot be used: "+err.Error()+".")
	}
}
