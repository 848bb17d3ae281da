package rotation

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// Triggered decides whether rotation_triggers ask for a rotation: on a change between two non-null maps, a change to an
// unknown value included. Adding the map, removing it, and importing never rotate.
func Triggered(prior, planned types.Map) bool {
	if prior.IsNull() || prior.IsUnknown() || planned.IsNull() {
		return false
	}
	return !planned.Equal(prior)
}

// tolerance is how far two instants may lie apart and still count as the same: servers keep times to the second, the
// millisecond or the microsecond.
const tolerance = time.Second

// SameInstant compares instants as servers keep them; two absent ones are the same.
func SameInstant(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Sub(*b).Abs() < tolerance
}

// Expired reports whether an instant has been reached; an absent one never is.
func Expired(at *time.Time, now time.Time) bool {
	return at != nil && !now.Before(*at)
}

// The words of the status attribute.
const (
	// StatusActive is a token that authenticates, as far as its record tells.
	StatusActive = "active"
	// StatusExpired is a token past its end, whether or not the server still lists it.
	StatusExpired = "expired"
	// StatusMissing is a token that was deleted outside Terraform while a generation before it is still kept.
	StatusMissing = "missing"
)

// Status is the status of a token that ends at an instant.
func Status(expiresAt *time.Time, now time.Time) string {
	if Expired(expiresAt, now) {
		return StatusExpired
	}
	return StatusActive
}

// Format writes an instant as this provider keeps them in state: RFC 3339, UTC, to the millisecond.
func Format(at time.Time) string {
	return at.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano)
}

// TimeValue is an instant as an attribute; nil is null.
func TimeValue(at *time.Time) timetypes.RFC3339 {
	if at == nil {
		return timetypes.NewRFC3339Null()
	}
	return timetypes.RFC3339{StringValue: basetypes.NewStringValue(Format(*at))}
}

// Instant reads a time of a configuration or a state; nil when it is null or unknown.
func Instant(v timetypes.RFC3339) *time.Time {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	at, diags := v.ValueRFC3339Time()
	if diags.HasError() {
		return nil
	}
	return &at
}

// Duration reads a duration of a configuration or a state; false when it is null or unknown.
func Duration(v timetypes.GoDuration) (time.Duration, bool) {
	if v.IsNull() || v.IsUnknown() {
		return 0, false
	}
	d, diags := v.ValueGoDuration()
	return d, !diags.HasError()
}

// SameDuration plans a duration: the state's text stays as long as it means the same.
func SameDuration(config, state timetypes.GoDuration) timetypes.GoDuration {
	wanted, isSet := Duration(config)
	had, wasSet := Duration(state)
	if isSet && wasSet && wanted == had {
		return state
	}
	return config
}

// DurationValue is a duration as an attribute.
func DurationValue(d time.Duration) timetypes.GoDuration {
	return timetypes.GoDuration{StringValue: basetypes.NewStringValue(d.String())}
}
