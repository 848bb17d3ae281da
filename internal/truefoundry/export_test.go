package truefoundry

import (
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// Impatient is the system with pauses that are too short to be noticed.
func Impatient() system.System {
	return patient([]time.Duration{0, time.Millisecond, 3 * time.Millisecond})
}
