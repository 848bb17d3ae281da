package truefoundry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// ownExpires is what a run says once of the provider's own credential.
const ownExpires = "The provider's own credential for TrueFoundry expires soon"

// TestOwnCredentialExpires warns once in a run, however many resources there are, of a signed API key that expires soon: it tells that itself,
// so nothing is sent to find out. An opaque one tells nothing.
func TestOwnCredentialExpires(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		kind          string
		left, warning time.Duration
		warns         int
	}{
		"soon":         {"jwt", 13 * day, 14 * day, 1},
		"later":        {"jwt", 15 * day, 14 * day, 0},
		"switched off": {"jwt", 13 * day, 0, 0},
		"opaque":       {"opaque", 13 * day, 14 * day, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := emulate(t, func(w *fake.Switches) { w.TokenType = c.kind })
			p.warning = c.warning
			maker := p.subject(patType)
			// The plane keeps minutes.
			expiry := p.now().Add(c.left).UTC().Truncate(time.Minute)
			maker.Does("create", args{"name": "pipeline", "expires_at": expiry.Format(time.RFC3339)})
			p.warnsOnce(args{"api_key": maker.text("token")}, expiry, c.warns)
		})
	}
}

// warnsOnce plans several objects of every kind, new and known ones, in processes of their own, and counts what is said of the credential.
func (p *plane) warnsOnce(login args, expiry time.Time, want int) {
	p.t.Helper()
	for kind, config := range map[string]args{patType: {"name_prefix": "ci-", "lifetime": "2160h"}, vaType: {"name": "loader"}} {
		e := p.engine(kind, login)
		var said protocoltest.Diagnostics
		for range 3 {
			said = append(said, e.MustPlan(nil, config).Diagnostics...)
		}
		about := said.Warnings().String()
		if got := strings.Count(about, ownExpires); got != want {
			p.t.Errorf("%s: said %d times: %s", kind, got, said)
		}
		for _, text := range []string{expiry.Format(time.RFC3339), `"truefoundry" block or TFY_API_KEY`} {
			if want > 0 && !strings.Contains(about, text) {
				p.t.Errorf("%q is not said: %s", text, about)
			}
		}
	}
	made := p.subject(vaType)
	made.Does("create", args{"name": "reader"})
	e := p.engine(vaType, login)
	read, said := e.Read(made.Object)
	said = append(said, e.Plan(read, args{"name": "reader"}).Diagnostics...)
	_, more := e.ReadDataSource(vaType+"s", args{})
	if got := strings.Count(append(said, more...).String(), ownExpires); got != want {
		p.t.Errorf("said %d times", got)
	}
	if _, said := p.engine(vaType, login).ReadDataSource(patType+"s", args{}); strings.Count(said.String(), ownExpires) != want {
		p.t.Errorf("a data source says %s", said)
	}
}

// TestOwnCredentialExpires_unchanged: where all objects of a run are unchanged, and all plans are made without the framework, the first
// of them warns all the same.
func TestOwnCredentialExpires_unchanged(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for kind, config := range map[string]args{patType: {"name": "reader", "lifetime": "2160h"}, vaType: {"name": "reader"}} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := emulate(t, func(w *fake.Switches) { w.TokenType = "jwt" })
			p.warning = 14 * day
			own := p.subject(patType)
			own.Does("create", args{"name": "pipeline", "expires_at": p.now().Add(13 * day).UTC().Truncate(time.Minute).Format(time.RFC3339)})
			made := p.subject(kind)
			made.Does("create", config)
			run, e := p.counted(kind, args{"api_key": own.text("token")})
			for plan, want := range []int{1, 0, 0} {
				said := e.MustPlan(e.MustRead(made.Object), config).Diagnostics.String()
				if got := strings.Count(said, ownExpires); got != want {
					t.Errorf("plan %d warns %d times: %s", plan+1, got, said)
				}
			}
			if run.short != 3 {
				t.Errorf("%d of 3 plans were made without the framework", run.short)
			}
		})
	}
}
