package rotation

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// PositiveDuration accepts a duration that is longer than zero.
func PositiveDuration() validator.String {
	return durationRule{least: 1, description: `must be a duration longer than zero, such as "90d" or "36h"`}
}

// NoNegativeDuration accepts a duration, zero included.
func NoNegativeDuration() validator.String {
	return durationRule{least: 0, description: `must be a duration that is not negative, such as "14d" or "0s"`}
}

// DurationBetween accepts a duration between two bounds, which are allowed.
func DurationBetween(least, most time.Duration) validator.String {
	return durationRule{least: least, most: most, description: "must be a duration from " + formatDuration(least) + " to " + formatDuration(most)}
}

// durationRule accepts a duration between two bounds; a bound of 0 above is none.
type durationRule struct {
	least, most time.Duration
	description string
}

func (v durationRule) Description(context.Context) string { return v.description }

func (v durationRule) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v durationRule) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	d, err := parseDuration(text)
	if err != nil {
		// The attribute's type complains about what is no duration at all.
		return
	}
	if d < v.least || v.most > 0 && d > v.most {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration",
			fmt.Sprintf("Attribute %s %s, got %.100q.", req.Path, v.Description(ctx), text))
	}
}
