// Package sandboxtest runs acceptance tests against a sandbox of their own or, with MINT_LIVE=1, against the systems that
// the environment names.
package sandboxtest

import (
	"fmt"
	"os"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// LiveVariable is the environment variable that selects the real systems.
const LiveVariable = "MINT_LIVE"

// Sandbox is where one test runs. In live mode the embedded sandbox is nil: a test that uses it calls
// [Sandbox.RequireEmulator] first.
type Sandbox struct {
	*sandbox.Sandbox
}

// Option changes how the sandbox of a test starts.
type Option func(*sandbox.Options)

// Start starts a sandbox that ends with the test. In live mode it starts nothing.
func Start(tb testing.TB, opts ...Option) *Sandbox {
	tb.Helper()
	if Live() {
		return &Sandbox{}
	}
	var options sandbox.Options
	for _, option := range opts {
		option(&options)
	}
	started, err := sandbox.Start(options)
	if err != nil {
		tb.Fatalf("start the sandbox: %s", err)
	}
	tb.Cleanup(func() {
		if err := started.Close(); err != nil {
			tb.Errorf("close the sandbox: %s", err)
		}
	})
	return &Sandbox{Sandbox: started}
}

// Live tells whether tests run against the real systems.
func Live() bool { return os.Getenv(LiveVariable) == "1" }

// RequireEmulator skips the test in live mode.
func (sb *Sandbox) RequireEmulator(tb testing.TB) {
	tb.Helper()
	if sb.Sandbox == nil {
		tb.Skip("needs the emulator")
	}
}

// Test runs an acceptance test. Emulated tests run in parallel, each with its own sandbox; live ones share a tenant and
// do not. Unless the case says otherwise, nothing that it minted may be alive at its end.
func (sb *Sandbox) Test(t *testing.T, tc resource.TestCase) {
	t.Helper()
	if tc.CheckDestroy == nil {
		tc.CheckDestroy = CheckNothingLive(sb)
	}
	if sb.Sandbox == nil {
		resource.Test(t, tc)
		return
	}
	resource.ParallelTest(t, tc)
}

// Minted returns the live tokens that were minted through the API, seeded ones left out.
func (sb *Sandbox) Minted() []fakeapi.LiveToken {
	var minted []fakeapi.LiveToken
	if sb.Sandbox == nil {
		return nil
	}
	for _, tokens := range sb.Live() {
		for _, token := range tokens {
			if !token.Seeded {
				minted = append(minted, token)
			}
		}
	}
	return minted
}

// CheckNothingLive is a check that no minted token is alive. In live mode it checks nothing.
func CheckNothingLive(sb *Sandbox) resource.TestCheckFunc {
	return CheckLive(sb, 0)
}

// CheckLive is a check that exactly this many minted tokens are alive. In live mode it checks nothing.
func CheckLive(sb *Sandbox, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if minted := sb.Minted(); sb.Sandbox != nil && len(minted) != want {
			return fmt.Errorf("%d minted tokens are alive instead of %d: %+v", len(minted), want, minted)
		}
		return nil
	}
}

// RequireLive fails the test unless exactly this many minted tokens are alive.
func (sb *Sandbox) RequireLive(tb testing.TB, want int) {
	tb.Helper()
	if err := CheckLive(sb, want)(nil); err != nil {
		tb.Fatal(err)
	}
}
