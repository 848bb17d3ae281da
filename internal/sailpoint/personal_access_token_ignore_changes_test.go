package sailpoint_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestPersonalAccessToken_pinned: an expires_at that is configured as lifetime had computed it is set: a changed trigger mints a token
// with it, in place or by a replacement, also where the record of an earlier version does not tell.
func TestPersonalAccessToken_pinned(t *testing.T) {
	t.Parallel()
	for name, overlap := range map[string]any{"in place": "24h", "replaced": nil} {
		for memory, forgets := range map[string]bool{"learnt": false, "forgotten": true} {
			t.Run(name+", "+memory, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				config := overlapping(values{"overlap": overlap})
				made := s.made(config)
				end := made.Text("expires_at")
				pinned := config.With(values{"lifetime": nil, "expires_at": end})
				w := s.workspace(made)
				w.Does(protocoltest.Update, pinned)
				if forgets {
					object := *w.Object
					object.Private = nil
					w.Object = &object
				}
				run := w.Run(pinned.With(triggered("2")))
				if run.Failed != "" || strings.Contains(run.Diagnostics.Summaries(), "ignore_changes") {
					t.Fatalf("%s, %q: %s", run.Action, run.Failed, run.Diagnostics)
				}
				if w.Object.Text("id") == made.Text("id") || w.Object.Text("expires_at") != end {
					t.Errorf("the state is %s", w.Object.Attributes)
				}
				if got := s.onTenant(w.Object.Text("id")); got.Expiration == nil || !got.Expiration.Equal(made.Time("expires_at")) {
					t.Errorf("the tenant has %v", got)
				}
				s.keeps(map[bool]int{true: 2, false: 1}[overlap != nil])
			})
		}
	}
}

// TestPersonalAccessToken_ignoredNever: never_expires = true is carried out also where ignore_changes names expires_at: once, and from then
// on nothing is planned. The next token never expires either.
func TestPersonalAccessToken_ignoredNever(t *testing.T) {
	t.Parallel()
	for name, ignores := range map[string][]string{"expires_at": {"expires_at"}, "nothing": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			w := s.workspace(s.made(overlapping()))
			w.IgnoreChanges = ignores
			config := overlapping(values{"lifetime": nil, "never_expires": true})
			isEndless := func() {
				t.Helper()
				if got := s.onTenant(w.Object.Text("id")); got.Expiration != nil {
					t.Errorf("the token expires at %s", got.Expiration)
				}
				if w.Object.Attributes.Text("expires_at") != "" || !w.Object.IsNull("rotation_due_at") {
					t.Errorf("the state is %s", w.Object.Attributes)
				}
			}
			w.Does(protocoltest.Update, config)
			isEndless()
			w.Does(protocoltest.Nothing, config)
			w.Does(protocoltest.Rotate, config.With(triggered("2")))
			isEndless()
			s.keeps(2)
		})
	}
	// The edit and the rotation at once.
	s := emulate(t)
	w := s.workspace(s.made(overlapping()))
	w.IgnoreChanges = []string{"expires_at"}
	w.Does(protocoltest.Rotate, overlapping(values{"lifetime": nil, "never_expires": true}, triggered("2")))
	if got := s.onTenant(w.Object.Text("id")); got.Expiration != nil {
		t.Errorf("the token expires at %s", got.Expiration)
	}
}

// TestPersonalAccessToken_ignoredLifetime: a lifetime that ignore_changes keeps is one that decides, in the plan and in the apply.
func TestPersonalAccessToken_ignoredLifetime(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(overlapping())
	w := s.workspace(made)
	w.IgnoreChanges = []string{"lifetime"}
	config := overlapping(values{"lifetime": nil})
	w.Does(protocoltest.Nothing, config)
	w.Does(protocoltest.Rotate, config.With(triggered("2")))
	s.keeps(2)
	s.tenantHas(w.Object, livesFor(720*time.Hour))
	// Once time asks for it, too.
	s.Clock().Advance(721 * time.Hour)
	w.Does(protocoltest.Rotate, config.With(triggered("2")))
	s.keeps(1)
	s.tenantHas(w.Object, livesFor(720*time.Hour))
	if scope := s.onTenant(w.Object.Text("id")).Scope; !slices.Equal(scope, []string{"sp:my-personal-access-tokens:read"}) {
		t.Errorf("the token has %v", scope)
	}
}

// TestPersonalAccessToken_ignoredUndecided: where ignore_changes sends an expires_at that nothing asks for, the plan cannot tell, and the
// apply refuses before anything is sent. The token can be destroyed.
func TestPersonalAccessToken_ignoredUndecided(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	w := s.workspace(s.made(overlapping()))
	w.IgnoreChanges = []string{"expires_at"}
	config := overlapping(nullLifetime())
	w.Does(protocoltest.Update, config)
	run := w.Run(config.With(triggered("2")))
	if run.Failed != "apply" || !strings.Contains(run.Applied.Summaries(), undecided) || !strings.Contains(run.Diagnostics.Warnings().Summaries(), "The plan shows the expiry of the previous token") {
		t.Fatalf("%s, %q: %s", run.Action, run.Failed, run.Diagnostics)
	}
	s.keeps(1)
	if said := w.Destroy(); said.Failed() {
		t.Error(said)
	}
	s.keeps(0)
}
