package sailpoint_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// generationOf is a map of triggers.
func generationOf(number string) values { return values{"generation": number} }

// rightsCases are tokens and what a configuration says about the scopes of the ones that replace them.
func rightsCases() map[string]struct {
	minted, planned values
	set             func(*fake.Switches)
	failure, warns  string
} {
	narrow := values{"scope": []string{"sp:my-personal-access-tokens:read"}}
	wide := values{"scope": []string{"sp:scopes:all"}}
	silent := values{}
	usual := func(*fake.Switches) {}
	answersNull := func(w *fake.Switches) { w.OmittedScope = "null" }
	more, rights := moreRights, "The token will have all rights of its owner"
	return map[string]struct {
		minted, planned values
		set             func(*fake.Switches)
		failure, warns  string
	}{
		"widened":                  {narrow, silent, usual, more, ""},
		"all rights as before":     {silent, silent, usual, "", rights},
		"all rights, named before": {wide, silent, usual, "", rights},
		"all rights, not told":     {silent, silent, answersNull, "", rights},
		"named":                    {narrow, narrow, usual, "", ""},
		"narrowed":                 {silent, narrow, usual, "", ""},
		"all rights named":         {narrow, wide, usual, "", ""},
	}
}

// TestPersonalAccessToken_replacementWithoutScope says in the first plan of a replacement what becomes of the token's rights: what the
// second one says, which creates the new token, Terraform does not show. A plan that is refused leaves the token alone. What is refused of a
// token that has expired is in TestPersonalAccessToken_successorRefused.
func TestPersonalAccessToken_replacementWithoutScope(t *testing.T) {
	t.Parallel()
	causes := map[string]struct {
		edit  values
		after time.Duration
	}{
		"trigger":  {values{"rotation_triggers": generationOf("2")}, 0},
		"expired":  {nil, 2 * time.Hour},
		"validity": {values{"access_token_validity_seconds": 60}, 0},
	}
	base := values{"name": "ci", "lifetime": "1h", "rotation_triggers": generationOf("1")}
	for name, c := range rightsCases() {
		for cause, change := range causes {
			if cause != "trigger" && name != "widened" && name != "all rights as before" || cause == "expired" && name == "widened" {
				// What is said does not depend on the edit: one refusal and one warning show that.
				continue
			}
			t.Run(name+", "+cause, func(t *testing.T) {
				t.Parallel()
				s := emulate(t, switched(c.set))
				first := base.With(c.minted)
				made := s.engine().Create(first)
				s.Clock().Advance(change.after)
				w := s.workspace(made)
				if said := w.Refresh(); said.Failed() {
					t.Fatal(said)
				}
				changed := base.With(c.planned).With(change.edit)
				saved := w.Plan(changed)
				if !saved.Replaces() {
					t.Error("no replacement is planned")
				}
				failure := s.failed(saved.Diagnostics)
				if (failure != nil) != (c.failure != "") || failure != nil && failure.Summary != c.failure {
					t.Errorf("failed with %+v instead of %q", failure, c.failure)
				}
				if got := warned(saved.Diagnostics); got != c.warns {
					t.Errorf("warned of %q instead of %q", got, c.warns)
				}
				for _, d := range saved.Diagnostics {
					s.pointsAt(d, "scope")
				}
				if c.failure == "" || change.after > 0 {
					return
				}
				s.Journal().Reset()
				if run := w.Apply(saved, changed); run.Failed != "plan" || s.asked() != (tally{}) {
					t.Errorf("the %s has failed, which leaves %v", run.Failed, w.Object)
				}
				s.plansNothing(w.Object, first)
				s.only(made.Text("id"))
				s.mustWork(made.Text("id"), made.Text("secret"))
			})
		}
	}
}

// TestPersonalAccessToken_changeWithoutScope leaves the scopes alone where nothing is replaced, and says what a replacement would do.
func TestPersonalAccessToken_changeWithoutScope(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	e := s.engine()
	made := e.Create(lasting("1h"))
	plan := e.Plan(made, values{"name": "new", "lifetime": "2h"})
	if got := warned(plan.Diagnostics); got != futureRights || plan.Replaces() || plan.Diagnostics.Failed() {
		t.Errorf("replacement %v, diagnostics %+v", plan.RequiresReplace, plan.Diagnostics)
	}
}
