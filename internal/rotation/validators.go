package rotation

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// PositiveDuration accepts a duration that is longer than zero.
func PositiveDuration() validator.String {
	return atLeast{least: 1, description: `must be a duration longer than zero, such as "90d" or "36h"`}
}

// NoNegativeDuration accepts a duration, zero included.
func NoNegativeDuration() validator.String {
	return atLeast{least: 0, description: `must be a duration that is not negative, such as "14d" or "0s"`}
}

type atLeast struct {
	least       time.Duration
	description string
}

func (v atLeast) Description(context.Context) string { return v.description }

func (v atLeast) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v atLeast) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	d, err := parseDuration(text)
	if err != nil {
		// The attribute's type complains about what is no duration at all.
		return
	}
	if d < v.least {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration",
			"Attribute "+req.Path.String()+" "+v.Description(ctx)+`, got "`+text+`".`)
	}
}
