package magpie

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/distrust"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
)

// FuzzImportID: what is taken for the import ID of a service account's token is put together again from its parts, and neither of them can
// turn a route into another.
func FuzzImportID(f *testing.F) {
	for _, id := range []string{"robot/17", "a/b/17", "/17", "robot/", "robot", "", "../17", "robot/..", "./1", "robot//", "\x1b[1m/", strings.Repeat("x", 2000), "a /\xff"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		attributes, problem, err := serviceKind{}.ImportID(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if problem != nil {
			if wrong := distrust.CheckMessage(problem.Summary()+": "+problem.Detail(), 600); wrong != nil {
				t.Errorf("%q: %v", id, wrong)
			}
			return
		}
		user, token := attributes["user_name"], attributes["id"]
		if user+"/"+token != id || !api.IsPathName(user) || !api.IsPathName(token) || strings.Contains(token, "/") {
			t.Errorf("%q is the token %q of %q", id, token, user)
		}
	})
}
