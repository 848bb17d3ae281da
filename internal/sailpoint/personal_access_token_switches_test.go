package sailpoint_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// undocumented is one answer to what the vendor's pages leave open, with two configurations that meet it.
type undocumented struct {
	version       string
	set           func(*fake.Switches)
	first, second values
	replaces      bool
}

func undocumentedCases() map[string]undocumented {
	scopes := []string{"sp:my-personal-access-tokens:manage", "sp:my-personal-access-tokens:read", "sp:scopes:default"}
	fewer := []string{"sp:my-personal-access-tokens:read", "sp:scopes:default"}
	never := values{"never_expires": true, "scope": scopes}
	lasting := values{"lifetime": "720h", "scope": fewer}
	unscoped := values{"never_expires": true}
	half := values{"lifetime": "700h", "scope": scopes}
	long := values{"expires_at": ahead(9 * 30 * 24 * time.Hour), "scope": scopes}
	// On the older contract a lifetime that was edited is not the one that the token has, and an import cannot tell it.
	same, none, noneFewer := values{"lifetime": "700h", "scope": fewer}, values{"scope": scopes}, values{"scope": fewer}
	as := func(version string, set func(*fake.Switches), first, second values) undocumented {
		return undocumented{version: version, set: set, first: first, second: second}
	}
	lifted := as("beta", func(w *fake.Switches) { w.OldCapLifted = true }, half, long)
	lifted.replaces = true
	usual := func(*fake.Switches) {}
	// The forms that the client reads as one and the same, which its own tests go through, are met all at once below. Here is what a
	// token makes of the rest, each by itself.
	return map[string]undocumented{
		"usual, ends no more":    as("v1", usual, lasting, never),
		"usual, unscoped":        as("v1", usual, unscoped, lasting),
		"usual, beta, ends":      as("beta", usual, half, same),
		"usual, beta, says none": as("beta", usual, none, noneFewer),
		"HideExpired":            as("v1", func(w *fake.Switches) { w.HideExpired = true }, lasting, half),
		"OldCapLifted":           lifted,
		"OldDefaultLifted":       as("beta", func(w *fake.Switches) { w.OldDefaultLifted = true }, none, noneFewer),
		"Microseconds":           as("v1", func(w *fake.Switches) { w.Microseconds = true }, half, lasting),
		"Microseconds, beta":     as("beta", func(w *fake.Switches) { w.Microseconds = true }, half, same),
		"OmittedScope null":      as("v1", func(w *fake.Switches) { w.OmittedScope = "null" }, unscoped, lasting),
		"OmittedScope, kept":     as("v1", func(w *fake.Switches) { w.OmittedScope = "null" }, unscoped, values{"lifetime": "720h"}),
		"OmitIdentityID":         as("v1", func(w *fake.Switches) { w.OmitIdentityID = true }, never, lasting),
	}
}

// TestPersonalAccessToken_undocumented meets each of these answers: a token is created, not planned for a change, changed, imported and
// destroyed.
func TestPersonalAccessToken_undocumented(t *testing.T) {
	t.Parallel()
	for name, c := range undocumentedCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t, switched(c.set))
			one, two := c.first.With(values{"name": "one"}), c.second.With(values{"name": "two"})
			w := s.workspace(nil, versioned(c.version))
			first := w.Does(protocoltest.Create, one)
			changed := protocoltest.Update
			if c.replaces {
				changed = protocoltest.Replace
			}
			second := w.Does(changed, two)
			if got := second.Text("id") != first.Text("id"); got != c.replaces {
				t.Errorf("replaced: %t", got)
			}
			imported := s.workspace(s.engine(versioned(c.version)).MustImport(second.Text("id")), versioned(c.version))
			does := protocoltest.Nothing
			if two["lifetime"] != nil {
				// No tenant tells it, and no request sets it.
				does = protocoltest.Update
			}
			s.Journal().Reset()
			imported.Does(does, two)
			if sent := s.requests("PATCH", "") + s.requests("DELETE", ""); sent != 0 {
				t.Errorf("%d requests have changed the imported token", sent)
			}
			s.mustWork(second.Text("id"), second.Text("secret"))
			s.only(second.Text("id"))
			if said := w.Destroy(); said.Failed() {
				t.Error(said)
			}
			s.only()
		})
	}
}

// TestPersonalAccessToken_undocumentedTogether meets all answers at once, on both contracts, and imports what comes of it as it is.
func TestPersonalAccessToken_undocumentedTogether(t *testing.T) {
	t.Parallel()
	scopes := values{"scope": []string{"sp:my-personal-access-tokens:read", "sp:my-personal-access-tokens:manage", "sp:scopes:default"}}
	for version, ends := range map[string]values{"v1": {"never_expires": true}, "beta": {}} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t, switched(func(w *fake.Switches) {
				w.NeverExpiration, w.ClearExpiration, w.HideExpired, w.HideNeverExpiresFlag = "empty", "replace_null", true, true
				w.OldCapLifted, w.OldDefaultLifted = true, true
				w.Microseconds, w.ShuffleScopes, w.OmittedScope, w.OmitIdentityID = true, true, "null", true
			}))
			w := s.workspace(nil, versioned(version))
			first := w.Does(protocoltest.Create, ends.With(values{"name": "one"}))
			s.mustWork(first.Text("id"), first.Text("secret"))
			w.Does(protocoltest.Update, scopes.With(values{"name": "two", "lifetime": "720h"}))
			last := w.Does(protocoltest.Update, ends.With(scopes, values{"name": "two"}))
			s.isNull(last, "expires_at")
			s.mustWork(first.Text("id"), first.Text("secret"))
			s.only(first.Text("id"))
			imported := s.engine(versioned(version)).MustImport(first.Text("id"))
			if changed := last.Differences(imported.Attributes); last.Text("secret") != first.Text("secret") || !slices.Equal(changed, []string{"secret"}) {
				t.Errorf("imported with other %v", changed)
			}
			if said := w.Destroy(); said.Failed() {
				t.Error(said)
			}
			s.only()
			s.mustFail(first.Text("id"), first.Text("secret"))
		})
	}
}

// TestPersonalAccessToken_olderCap shows the tenant's own words for an expiry that the older contract refuses.
func TestPersonalAccessToken_olderCap(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	w := s.workspace(nil, versioned("beta"))
	run := w.Run(lasting("6480h"))
	failure := s.failed(run.Diagnostics)
	if run.Failed != "apply" || failure == nil || !says(`expirationDate must not be more than 6 months after the creation date`).MatchString(failure.Detail) {
		t.Errorf("the %s failed with %+v", run.Failed, failure)
	}
	if left := s.minted(); w.Object != nil || len(left) != 0 {
		t.Errorf("there are %v and %+v", w.Object, left)
	}
}
