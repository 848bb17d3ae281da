package lifecycle_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestImport: what the row tells is in the state, and nothing else; arguments that agree with the token change nothing on the server; and
// nothing rotates because of an import.
func TestImport(t *testing.T) {
	t.Parallel()
	generated := rotation.NewName("ci-")
	for name, c := range map[string]struct {
		token  toyToken
		lives  time.Duration
		setup  func(*toyServer)
		shows  map[string]string
		config values
		want   action
	}{
		"a generated name": {
			toyToken{Name: generated, Region: "eu", Note: "a"},
			720 * time.Hour, nil,
			map[string]string{"name": generated, "name_prefix": "", "lifetime": "", "expires_at": "2030-03-02T12:00:00Z", "region": "eu", "note": "a", "scope": "all", "owner": "ann", "status": "active"},
			values{"name_prefix": "ci-", "lifetime": "720h", "region": "eu", "note": "a", "overlap": "24h"},
			update,
		},
		"a name of its own":      {toyToken{Name: "ci"}, 0, nil, map[string]string{"name": "ci", "name_prefix": "", "lifetime": "", "expires_at": ""}, values{"name": "ci"}, nothing},
		"half a day":             {toyToken{Name: "ci"}, 12 * time.Hour, nil, map[string]string{"lifetime": "", "expires_at": "2030-02-01T00:00:00Z"}, values{"name": "ci"}, nothing},
		"a request took a while": {toyToken{Name: "ci"}, 720*time.Hour - 20*time.Second, nil, nil, values{"name": "ci", "lifetime": "720h"}, update},
		"an odd lifetime":        {toyToken{Name: "ci"}, 720*time.Hour + 17*time.Minute + 7*time.Second, nil, map[string]string{"lifetime": "", "expires_at": "2030-03-02T12:17:07Z"}, values{"name": "ci"}, nothing},
		"by the day":             {toyToken{Name: "ci"}, 720 * time.Hour, func(s *toyServer) { s.Precision = day }, map[string]string{"lifetime": "", "expires_at": "2030-03-02T00:00:00Z"}, values{"name": "ci"}, nothing},
		"another lifetime":       {toyToken{Name: "ci"}, 720 * time.Hour, nil, nil, values{"name": "ci", "lifetime": "8760h"}, update},
		"triggers":               {toyToken{Name: "ci"}, 720 * time.Hour, nil, nil, values{"name": "ci"}.With(triggered("1")), update},
		"a whole name that was generated": {
			toyToken{Name: generated}, 0, nil, map[string]string{"name_prefix": ""}, values{"name": generated}, nothing,
		},
		"another scope": {toyToken{Name: "ci", Scope: "w"}, 0, nil, map[string]string{"scope": "w"}, values{"name": "ci", "scope": "r"}, replace},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			if c.setup != nil {
				c.setup(w.toyServer)
			}
			if c.lives > 0 {
				end := w.now.Add(c.lives)
				c.token.Expiry = &end
			}
			w.Add(c.token)
			for _, by := range []string{"id", "identity"} {
				e := w.Start()
				var said diagnostics
				if w.Object, said = e.Import("t1"); by == "identity" {
					w.Object, said = e.ImportByIdentity(values{"id": "t1"})
				}
				if len(said) > 0 || w.Object == nil || w.Object.IdentityAttributes.Text("id") != "t1" {
					t.Fatalf("by %s: %s", by, said)
				}
			}
			for attribute, want := range c.shows {
				if got := w.Object.Text(attribute); got != want {
					t.Errorf("%s is %q instead of %q", attribute, got, want)
				}
			}
			for _, attribute := range []string{"secret", "encrypted_secret", "previous_id"} {
				if !w.Object.IsNull(attribute) {
					t.Errorf("%s is not null", attribute)
				}
			}
			// What Terraform generates from the state is a configuration that changes nothing.
			generated := w.Start().Generate(w.Object)
			if said := w.Start().Validate(generated); said.Failed() {
				t.Errorf("%v: %s", generated, said)
			}
			w.Settled(generated)
			w.Requests()
			if w.Does(c.want, c.config); c.want != replace {
				w.Sent("")
			}
		})
	}
}

// TestImport_lifetime: where the server moves expiries, a lifetime that the token was minted with moves none, and another one does, once.
func TestImport_lifetime(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.MovesExpiry = true })
	end := w.now.Add(30*day - 10*time.Second)
	w.Add(toyToken{Name: rotation.NewName("ci-"), Expiry: &end})
	w.Object = w.Start().MustImport("t1")
	config := values{"name_prefix": "ci-", "lifetime": "720h"}
	w.Does(update, config)
	w.Sent("")
	w.Does(update, config.With(values{"lifetime": "1000h"}))
	w.Sent("change t1")
	if got := w.Token("t1").Expiry; !got.Equal(w.Now().Add(1000 * time.Hour)) {
		t.Errorf("it expires at %s", got)
	}
}

// TestImport_refused: each with one error, and nothing is in the state.
func TestImport_refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		resource string
		run      func(e *engine) (*object, diagnostics)
		says     []string
	}{
		"no such id":             {named, func(e *engine) (*object, diagnostics) { return e.Import("t9") }, []string{"No such Toy named token", "None of the tokens that the provider can see has the id t9"}},
		"an empty id":            {named, func(e *engine) (*object, diagnostics) { return e.Import("") }, []string{"Invalid import ID", "requires id"}},
		"an empty identity":      {named, func(e *engine) (*object, diagnostics) { return e.ImportByIdentity(values{"id": ""}) }, []string{"Invalid import ID", "requires id"}},
		"half an identity":       {nameless, func(e *engine) (*object, diagnostics) { return e.ImportByIdentity(values{"id": "t1", "account": ""}) }, []string{"Invalid import ID", "requires account"}},
		"half an id":             {nameless, func(e *engine) (*object, diagnostics) { return e.Import("t1") }, []string{"Invalid import ID", "<account>/<id>"}},
		"an empty part":          {nameless, func(e *engine) (*object, diagnostics) { return e.Import("acc/") }, []string{"Invalid import ID", "requires id"}},
		"an id of no account":    {nameless, func(e *engine) (*object, diagnostics) { return e.Import("other/t1") }, []string{"No such Toy nameless token"}},
		"it cannot be looked up": {nameless, func(e *engine) (*object, diagnostics) { return e.Import("unreachable/t1") }, []string{"Unable to import", "could not be looked up"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, c.resource)
			w.Add(toyToken{Name: "ci", Account: map[bool]string{true: "acc"}[c.resource == nameless]})
			o, said := c.run(w.Start())
			says(t, said, c.says...)
			if o != nil {
				t.Error("something is imported")
			}
		})
	}
}

// TestImport_nameless: the id of the kind's own making leads to all that identifies the token.
func TestImport_nameless(t *testing.T) {
	t.Parallel()
	w := newToy(t, nameless)
	w.Add(toyToken{Account: "acc", Note: "a"})
	for range 2 {
		o, said := w.Start().Import("acc/t1")
		if w.Object == nil {
			w.Object = o
		} else {
			w.Object, said = w.Start().ImportByIdentity(values{"id": "t1", "account": "acc"})
		}
		if len(said) > 0 || w.Object == nil || w.Object.Text("id") != "t1" || w.Object.Text("account") != "acc" || w.Object.IdentityAttributes.Text("account") != "acc" {
			t.Fatal(said)
		}
		w.Does(nothing, values{"account": "acc", "note": "a"})
	}
}

// TestImport_rotation: the next token is one like any other; of the imported one nobody has the secret.
func TestImport_rotation(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	end := w.now.Add(720 * time.Hour)
	w.Add(toyToken{Name: rotation.NewName("ci-"), Expiry: &end, Scope: "r", Region: "eu", Note: "a"})
	w.Object, _ = w.Start().Import("t1")
	w.Does(update, overlapping())
	w.Does(rotate, overlapping(triggered("2")))
	if w.Object.Text("previous_id") != "t1" || !w.Object.IsNull("previous_secret") || w.Object.Text("secret") != "secret-t2" {
		t.Errorf("the state holds %v", w.Object)
	}
	w.HasAlive("t1 t2")
	w.Pass(25 * time.Hour)
	w.Does(update, overlapping(triggered("2")))
	w.HasAlive("t2")
}

// TestImport_elsewhere: where a token was imported is remembered, too.
func TestImport_elsewhere(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Add(toyToken{Name: "ci"})
	w.Object, _ = w.Start().Import("t1")
	w.Pass(time.Hour)
	w.Remove("t1")
	w.Login = "bob"
	if said := w.Refresh(); !strings.Contains(said.String(), "minted as ann") {
		t.Error(said)
	}
}
