package truefoundry

import "github.com/tokenmint/terraform-provider-mint/internal/system"

// Impatient is the system; the tests' environment waits by the emulators' clock.
func Impatient() system.System { return System() }
