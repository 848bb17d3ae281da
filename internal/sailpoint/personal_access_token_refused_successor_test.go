package sailpoint_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

const (
	moreRights = "The new token would have more rights than the previous one"
	undecided  = "How long the token lives is not set"
	// futureRights warns of moreRights while the token is kept.
	futureRights = "A replacement would have more rights than the token"
)

// refusedByTime are tokens that time or the tenant brings to an end while the configuration does not say what their successor needs.
func refusedByTime() map[string]struct {
	first, then values
	// after is how long it takes, meddle what somebody does.
	after  time.Duration
	meddle func(*fake.Token)
	says   string
	at     string
} {
	narrow := values{"name": "ci", "scope": []string{"sp:my-personal-access-tokens:read"}, "lifetime": "720h"}
	prefixed := narrow.With(values{"name": nil, "name_prefix": "ci-"})
	early := values{"rotate_before_expiry": "48h"}
	overlap := values{"overlap": "24h"}
	silent := values{"scope": nil}
	noScopes := func(k *fake.Token) { k.Scope = []string{} }
	return map[string]struct {
		first, then values
		after       time.Duration
		meddle      func(*fake.Token)
		says        string
		at          string
	}{
		"expired, more rights":                {narrow, silent, 721 * time.Hour, nil, moreRights, "scope"},
		"due, more rights":                    {narrow.With(early), silent, 700 * time.Hour, nil, moreRights, "scope"},
		"due, with a prefix, more rights":     {prefixed.With(early), silent, 700 * time.Hour, nil, moreRights, "scope"},
		"due, no scopes left, with overlap":   {prefixed.With(early, overlap), silent, 700 * time.Hour, noScopes, moreRights, "scope"},
		"expired, expiry not set":             {narrow, values{"lifetime": nil}, 721 * time.Hour, nil, undecided, "lifetime"},
		"due, expiry not set":                 {narrow.With(early), values{"lifetime": nil}, 700 * time.Hour, nil, undecided, "lifetime"},
		"expired, expiry not set, overlap":    {prefixed.With(overlap), values{"lifetime": nil}, 721 * time.Hour, nil, undecided, "lifetime"},
		"due, expiry not set, with overlap":   {prefixed.With(early, overlap), values{"lifetime": nil}, 700 * time.Hour, nil, undecided, "lifetime"},
		"expired, and triggered, more rights": {narrow.With(triggered("1")), values{"scope": nil, "rotation_triggers": generationOf("2")}, 721 * time.Hour, nil, moreRights, "scope"},
	}
}

// TestPersonalAccessToken_successorRefused: what time has brought about is a warning in the plan, because Terraform also plans before it
// destroys, and an error of the apply before anything is sent; whatever the order of a replacement is. With what was missing the token is
// followed by the next.
func TestPersonalAccessToken_successorRefused(t *testing.T) {
	t.Parallel()
	for name, c := range refusedByTime() {
		for order, createBeforeDestroy := range map[string]bool{"destroyed first": false, "created first": true} {
			t.Run(name+", "+order, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				w := s.workspace(s.made(c.first))
				w.CreateBeforeDestroy = createBeforeDestroy
				made := w.Object
				if c.meddle != nil {
					s.edit(c.meddle)
				}
				s.Clock().Advance(c.after)
				config := c.first.With(c.then)
				saved := w.RefreshAndPlan(config)
				var about protocoltest.Diagnostics
				for _, d := range saved.Diagnostics {
					if d.Summary == c.says {
						about = append(about, d)
					}
				}
				if saved.Failed() || len(about) != 1 || !strings.HasSuffix(about[0].Detail, "Applying this plan fails before anything is sent.") {
					t.Fatalf("the plan says %s", saved.Diagnostics)
				}
				s.pointsAt(about[0], c.at)
				if _, overlaps := c.first["overlap"]; !overlaps && !saved.IsNull("previous_id") {
					t.Errorf("the plan keeps the previous token as %s", saved.Attributes["previous_id"])
				}
				before := w.Object
				s.Journal().Reset()
				run := w.Apply(saved, config)
				failure := s.failed(run.Diagnostics)
				if run.Failed != "apply" || failure == nil || failure.Summary != c.says || strings.Contains(failure.Detail, "Applying this plan") {
					t.Errorf("the %s of %s has failed with %+v", run.Failed, run.Action, failure)
				}
				if got := s.asked(); got.posts+got.patches+got.deletes != 0 {
					t.Errorf("the tenant was asked %+v", got)
				}
				if w.Object == nil || len(w.Deposed) > 0 || len(before.Differences(w.Object.Attributes)) > 0 {
					t.Fatalf("there are %v and %v", w.Object, w.Deposed)
				}
				after := s.workspace(w.Object)
				after.CreateBeforeDestroy = createBeforeDestroy && c.first["name"] == nil
				if run := after.Run(c.first); run.Failed != "" || after.Object.Text("id") == made.Text("id") {
					t.Errorf("the %s has failed: %s", run.Failed, run.Diagnostics.Errors())
				}
				s.mustWork(after.Object.Text("id"), after.Object.Text("secret"))
			})
		}
	}
}

// TestPersonalAccessToken_successorRefusedDestroyed destroys such tokens as Terraform does: it plans before, and that plan must not fail.
func TestPersonalAccessToken_successorRefusedDestroyed(t *testing.T) {
	t.Parallel()
	for name, c := range refusedByTime() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			w := s.workspace(s.made(c.first))
			if c.meddle != nil {
				s.edit(c.meddle)
			}
			s.Clock().Advance(c.after)
			if saved := w.RefreshAndPlan(c.first.With(c.then)); saved.Failed() {
				t.Errorf("the plan says %s", saved.Diagnostics.Errors())
			}
			if said := w.Destroy(); said.Failed() || w.Object != nil {
				t.Errorf("the destruction says %s", said)
			}
			s.only()
		})
	}
}

// TestPersonalAccessToken_futureReplacement warns as long as the token is kept of what would become of its rights in a replacement: one that
// Terraform is told to make, or makes because of another resource, no plan of the provider can tell from a creation.
func TestPersonalAccessToken_futureReplacement(t *testing.T) {
	t.Parallel()
	narrow := values{"scope": []string{"sp:my-personal-access-tokens:read"}}
	named := values{"name": "ci", "lifetime": "720h"}
	for name, c := range map[string]struct {
		first, then values
		warns       string
	}{
		"scope removed":                 {named.With(narrow), named, futureRights},
		"scope removed, in place":       {overlapping(narrow), overlapping(values{"scope": nil}), ""},
		"scope kept":                    {named.With(narrow), named.With(narrow), ""},
		"all rights":                    {named, named, ""},
		"all rights, by name, removed":  {named.With(values{"scope": []string{"sp:scopes:all"}}), named, ""},
		"scope removed, change besides": {named.With(narrow), named.With(values{"name": "cd"}), futureRights},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			w := s.workspace(s.made(c.first))
			saved := w.Plan(c.then)
			if saved.Failed() || saved.Replaces() || warned(saved.Diagnostics) != c.warns {
				t.Errorf("the plan says %s", saved.Diagnostics)
			}
			for _, d := range saved.Diagnostics {
				s.pointsAt(d, "scope")
			}
			run := w.Apply(saved, c.then)
			if run.Failed != "" {
				t.Fatal(run.Diagnostics)
			}
			stored := s.minted()
			if want := w.Object.Attributes["scope"]; len(stored) != 1 || !strings.Contains(want.String(), stored[0].Scope[0]) {
				t.Errorf("the tenant keeps %+v", stored)
			}
		})
	}
}
