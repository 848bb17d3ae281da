package system_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// mortal is a client whose credential expires.
type mortal struct {
	name string
	at   *time.Time
	now  time.Time
}

func (m *mortal) Now() time.Time                         { return m.now }
func (m *mortal) CredentialExpiry() (string, *time.Time) { return m.name, m.at }

// warning is a connection of a client that expires after a time, with an expiry_warning.
func warning(within time.Duration, made any) *system.Connection {
	return system.NewConnection(system.System{
		Name: "sailpoint", Title: "SailPoint",
		Block: system.Block{
			BaseURL:   system.Argument{Default: "https://acme.api.identitynow.com"},
			Arguments: []system.Argument{{Name: "client_id", Variable: "SAIL_CLIENT_ID", Default: "x"}},
		},
		Connect: func(system.Values) any { return made },
	}, types.ObjectNull(nil), system.Settings{ExpiryWarning: within, Env: system.Env{Getenv: func(string) string { return "" }}})
}

// TestWarnOwnCredential: it is said within expiry_warning, as long as the credential can still log in.
func TestWarnOwnCredential(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		left, within time.Duration
		want         bool
	}{
		"soon":         {day, 14 * day, true},
		"just within":  {14 * day, 14 * day, true},
		"later":        {14*day + time.Second, 14 * day, false},
		"expired":      {-time.Second, 14 * day, false},
		"expires now":  {0, 14 * day, false},
		"switched off": {time.Minute, 0, false},
	} {
		at := now.Add(c.left)
		var diags diag.Diagnostics
		configuredAs[*mortal](t, noun(), warning(c.within, &mortal{"ci (1)", &at, now})).WarnOwnCredential(&diags)
		if (len(diags) == 1) != c.want || diags.HasError() {
			t.Errorf("%s: %v", name, diags)
		}
	}
	at := now.Add(day)
	var diags diag.Diagnostics
	configuredAs[*mortal](t, noun(), warning(14*day, &mortal{"ci (1)", &at, now})).WarnOwnCredential(&diags)
	if d := diags[0]; d.Summary() != "The provider's own credential for SailPoint expires soon" ||
		!strings.HasPrefix(d.Detail(), "The token ci (1), which the provider is logged in with, expires at 2026-05-02T12:00:00Z.") ||
		!strings.Contains(d.Detail(), `replace the credentials in the provider's "sailpoint" block or SAIL_CLIENT_ID before that`) {
		t.Errorf("%s: %s", d.Summary(), d.Detail())
	}
	diags = nil
	configuredAs[*mortal](t, noun(), warning(14*day, &mortal{"", &at, now})).WarnOwnCredential(&diags)
	if !strings.HasPrefix(diags[0].Detail(), "The token, which") {
		t.Error(diags[0].Detail())
	}
}

// TestWarnOwnCredential_once: one object of a run says it, and none where nothing is known.
// TestWarnOwnCredential_ephemeral: a provider block that logs in with an ephemeral token would be warned of in every run.
func TestWarnOwnCredential_ephemeral(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	at := now.Add(time.Hour)
	for _, name := range []string{rotation.NewEphemeralName("ci-"), rotation.NewEphemeralName("ci (old) ") + " (1)"} {
		var diags diag.Diagnostics
		configuredAs[*mortal](t, noun(), warning(14*24*time.Hour, &mortal{name, &at, now})).WarnOwnCredential(&diags)
		if len(diags) > 0 {
			t.Errorf("%s: %v", name, diags)
		}
	}
}

func TestWarnOwnCredential_once(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	at := now.Add(time.Hour)
	shared := warning(time.Hour, &mortal{"", &at, now})
	var all sync.WaitGroup
	var mu sync.Mutex
	var said diag.Diagnostics
	for range 10 {
		all.Go(func() {
			var diags diag.Diagnostics
			configuredAs[*mortal](t, noun(), shared).WarnOwnCredential(&diags)
			mu.Lock()
			defer mu.Unlock()
			said = append(said, diags...)
		})
	}
	all.Wait()
	if len(said) != 1 {
		t.Error(said)
	}
	said = nil
	for _, made := range []any{&mortal{"", nil, now}, &client{}, nil} {
		configuredAs[*mortal](t, noun(), warning(time.Hour, made)).WarnOwnCredential(&said)
	}
	unconfigured := system.NewResourceBase[*mortal](noun())
	unconfigured.WarnOwnCredential(&said)
	for _, c := range unusable() {
		configuredAs[*mortal](t, noun(), c).WarnOwnCredential(&said)
	}
	if len(said) != 0 {
		t.Error(said)
	}
}
