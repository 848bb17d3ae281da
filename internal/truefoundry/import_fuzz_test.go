package truefoundry

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/distrust"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// FuzzImportID: what an import names is the one row with that id or, where there is none, the one with that name.
func FuzzImportID(f *testing.F) {
	for _, seed := range [][3]string{{"1", "ci", "1"}, {"1", "ci", "ci"}, {"ci", "ci", "ci"}, {"1", "1", "1"}, {"", "ci", ""}, {"1", "ci", "\x1b[1m"}, {"1", "ci", strings.Repeat("x", 2000)}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, id, name, text string) {
		all := []api.ServiceAccount{{ID: id, Name: name}, {ID: "2", Name: "twice"}, {ID: "3", Name: "twice"}}
		got, problem := importID(all, text, virtualAccountNoun)
		if problem != nil {
			if wrong := distrust.CheckMessage(problem.Summary()+": "+problem.Detail(), 600+len(id)); wrong != nil && id == "1" {
				t.Errorf("%q: %v", text, wrong)
			}
			if text == id && text != "" {
				t.Errorf("%q is not found", text)
			}
			return
		}
		if got != text && !(got == id && text == name) {
			t.Errorf("%q is %q", text, got)
		}
	})
}
