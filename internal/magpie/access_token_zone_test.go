package magpie_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestMagpieAccessToken_zone: a list whose times are local ones and do not say so makes no token older than it is.
func TestMagpieAccessToken_zone(t *testing.T) {
	t.Parallel()
	eachOf(t, distinctKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		created := regexp.MustCompile(`"created":\s*"([^"]*)"`)
		local := func(a *protocoltest.Answer) {
			a.Body = created.ReplaceAllStringFunc(a.Body, func(field string) string {
				at, err := time.Parse(time.RFC3339, created.FindStringSubmatch(field)[1])
				if err != nil {
					return field
				}
				return `"created": "` + at.Add(-8*time.Hour).Format("2006-01-02T15:04:05") + `"`
			})
		}
		l := o.subject(kind)
		l.Start = func() *protocoltest.Engine { return o.spoiled(kind, local) }
		config := values{"rotate_after": "8h"}
		first := l.Does("create", config).Text("id")
		o.Clock().Advance(10 * time.Minute)
		if run := l.Run(config); run.Failed != "" || run.Action != protocoltest.Nothing {
			t.Errorf("%s: %s", run.Action, run.Diagnostics)
		}
		o.Clock().Advance(8 * time.Hour)
		if run := l.Run(config); run.Failed != "" || l.Object.Text("id") == first {
			t.Errorf("%s: %s", run.Action, run.Diagnostics)
		}
		l.destroys()
		o.left()
	})
}
