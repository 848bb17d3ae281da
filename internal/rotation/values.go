package rotation

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
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
	// StatusDue is a token that the next plan rotates, because rotate_before_expiry or rotate_after says so.
	StatusDue = "due"
	// StatusExpired is a token past its end, whether or not the server still lists it.
	StatusExpired = "expired"
	// StatusMissing is a token that was deleted outside Terraform while a previous one is still kept.
	StatusMissing = "missing"
)

// Status is the status of a token that ends at an instant.
func Status(expiresAt *time.Time, now time.Time) string {
	if Expired(expiresAt, now) {
		return StatusExpired
	}
	return StatusActive
}
