package sailpoint_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

const anotherExpiry = "The server gave the token another expiry"

// stamps are the times in a request, which all have the vendor's one notation and so are ordered like their texts.
var stamps = regexp.MustCompile(`"20\d\d-[^"]*Z"`)

// capping makes of the tenant one whose tokens expire at an instant at the latest, whatever it is asked for.
type capping struct {
	end time.Time
}

// RoundTrip implements [http.RoundTripper].
func (c capping) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || !strings.HasPrefix(r.URL.Path, listRoute) {
		return http.DefaultTransport.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	latest := []byte(c.end.UTC().Format(`"2006-01-02T15:04:05.000Z"`))
	body = stamps.ReplaceAllFunc(body, func(stamp []byte) []byte {
		if bytes.Compare(stamp, latest) > 0 {
			return latest
		}
		return stamp
	})
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return http.DefaultTransport.RoundTrip(r)
}

// capped is a tenant whose tokens expire within a day.
func capped(t *testing.T, hideExpired bool) (*tenant, time.Time) {
	t.Helper()
	s := emulate(t, switched(func(w *fake.Switches) { w.HideExpired = hideExpired }))
	end := time.Now().Add(24 * time.Hour).Truncate(time.Millisecond)
	s.env.Transport = capping{end}
	// The state shows the expiry that was asked for, and the warning is about the real one.
	s.expiryWarning = "0s"
	return s, end
}

// change applies a configuration and returns what is made with its diagnostics.
func (s *tenant) change(from *object, config values) (*object, protocoltest.Diagnostics) {
	s.t.Helper()
	e := s.engine()
	plan := e.Plan(from, config)
	e.NoError(plan.Diagnostics)
	made, diagnostics := e.Apply(plan)
	e.NoError(diagnostics)
	return made, diagnostics
}

// endOf is the expiry that a configuration asks for.
func endOf(config values) string {
	end, _ := config["expires_at"].(string)
	return end
}

// TestPersonalAccessToken_grantedLess is given an earlier expiry than it asked for, by a mint or by a change. That is told once; the
// state shows the configured expiry, or the real one where none is configured, and no later plan changes anything.
func TestPersonalAccessToken_grantedLess(t *testing.T) {
	t.Parallel()
	absolute := lasting("1h").With(values{"lifetime": nil, "expires_at": ahead(720 * time.Hour)})
	for name, c := range map[string]struct {
		before, config values
	}{
		"expires_at": {nil, absolute}, "expires_at, changed": {lasting("1h"), absolute},
		"lifetime": {nil, lasting("720h")}, "lifetime, changed": {lasting("1h"), lasting("720h")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, end := capped(t, false)
			var from *object
			if c.before != nil {
				var diagnostics protocoltest.Diagnostics
				if from, diagnostics = s.change(nil, c.before); len(diagnostics) > 0 {
					t.Errorf("what is granted as asked is warned of: %+v", diagnostics)
				}
			}
			made, diagnostics := s.change(from, c.config)
			if got := warned(diagnostics); got != anotherExpiry {
				t.Fatalf("warned of %q", got)
			}
			argument := "lifetime"
			if configured := endOf(c.config); configured != "" {
				argument = "expires_at"
			}
			s.pointsAt(diagnostics[0], argument)
			if !strings.Contains(diagnostics[0].Detail, "expires at "+rotation.Format(end)) {
				t.Error(diagnostics[0].Detail)
			}
			want := rotation.Format(end)
			if configured := endOf(c.config); configured != "" {
				want = configured
			}
			refreshed := s.plansNothing(made, c.config)
			for _, state := range []*object{made, refreshed} {
				if got := state.Attributes; got.Text("expires_at") != want || got.Text("status") != "active" {
					t.Errorf("state %v", got)
				}
			}
		})
	}
}

// TestPersonalAccessToken_grantedLessThenExpired expires when the tenant said, not when the configuration says, whether or not the tenant
// still lists it.
func TestPersonalAccessToken_grantedLessThenExpired(t *testing.T) {
	t.Parallel()
	for _, hide := range []bool{false, true} {
		t.Run(fmt.Sprintf("hidden %t", hide), func(t *testing.T) {
			t.Parallel()
			s, end := capped(t, hide)
			config := lasting("1h").With(values{"lifetime": nil, "expires_at": ahead(720 * time.Hour)})
			made, _ := s.change(nil, config)
			s.Clock().Advance(25 * time.Hour)
			e := s.engine()
			expired, diagnostics := e.Read(made)
			e.NoError(diagnostics)
			if got := warned(diagnostics); got != "SailPoint personal access token has expired" || !strings.Contains(diagnostics[0].Detail, "expired at "+rotation.Format(end)+". It is planned for replacement.") {
				t.Errorf("diagnostics %+v", diagnostics)
			}
			if got := expired.Attributes; got.Text("status") != "expired" || got.Text("expires_at") != endOf(config) {
				t.Errorf("state %v", got)
			}
			if plan := e.Plan(expired, config); !plan.Replaces() {
				t.Error("no replacement is planned")
			}
		})
	}
}
