package lifecycle_test

import (
	"testing"
	"time"
)

// hasVersion fails the test unless the state has this version.
func (w *toy) hasVersion(want int64) {
	w.T.Helper()
	if got := w.Object.Number("secret_version"); got != want {
		w.T.Errorf("the version is %d instead of %d", got, want)
	}
}

// without is an object as an older version of the provider has left it: without some attributes, and with a record of its own.
func (w *toy) without(record string, attributes ...string) {
	w.T.Helper()
	w.Remember(record)
	w.Object = w.Start().Forget(w.Object, attributes...)
}

// TestSecretVersion_mints: a mint is the only thing that changes the version, and its plan the only one in which it is not known.
func TestSecretVersion_mints(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]string{"with a name": named, "without": nameless} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, kind, func(s *toyServer) { s.TellsID = true })
			config := overlapping()
			if kind == nameless {
				config = account(values{"overlap": "24h"})
			}
			if saved := w.Plan(config); saved.IsKnown("secret_version") {
				t.Errorf("a creation plans %s", saved.Attributes["secret_version"])
			}
			w.Does(create, config)
			first := w.Now().Unix()
			w.hasVersion(first)
			for _, edit := range []values{{"note": "b"}, {"rotate_before_expiry": "100h"}, {"overlap": "48h"}, newReader(t).to(), newReader(t).to()} {
				w.Pass(time.Hour)
				config = config.With(edit)
				if saved := w.RefreshAndPlan(config); saved.Number("secret_version") != first {
					t.Errorf("%v plans %s", edit, saved.Attributes["secret_version"])
				}
				w.Does(update, config)
				w.hasVersion(first)
			}
			config = config.With(triggered("2"))
			if saved := w.Plan(config); saved.IsKnown("secret_version") {
				t.Errorf("a rotation plans %s", saved.Attributes["secret_version"])
			}
			w.Does(rotate, config)
			second := w.Now().Unix()
			w.hasVersion(second)
			// At once, and with a clock that is set back.
			config = config.With(triggered("3"))
			w.Does(rotate, config)
			w.hasVersion(second + 1)
			w.Pass(-time.Hour)
			config = config.With(triggered("4"))
			w.Does(rotate, config)
			w.hasVersion(second + 2)
			w.Pass(49 * time.Hour)
			w.Does(update, config)
			w.hasVersion(second + 2)
		})
	}
}

// TestSecretVersion_replaced: a replacement has the version of its own mint, in either order.
func TestSecretVersion_replaced(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	config := basic(triggered("1"))
	for _, first := range []bool{false, true} {
		w.CreateBeforeDestroy = first
		w.Object = nil
		w.Does(create, config)
		w.Pass(time.Second)
		saved := w.RefreshAndPlan(config.With(triggered("2")))
		if saved.Creation == nil || saved.Creation.IsKnown("secret_version") {
			t.Fatal("the version is known")
		}
		w.Does(replace, config.With(triggered("2")))
		w.hasVersion(w.Now().Unix())
	}
}

// TestSecretVersion_lost: a token whose secret could not be encrypted was minted all the same.
func TestSecretVersion_lost(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	w.Pass(time.Hour)
	w.FailsEncryption = true
	w.Fails("apply", overlapping(triggered("2")), "Unable to encrypt the secret")
	w.hasVersion(w.Now().Unix())
}

// TestSecretVersion_filled: a state without a version gets one in a refresh, from when the token was minted, and keeps it.
func TestSecretVersion_filled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		record string
		hides  bool
		// since is how long after the mint the version is.
		since time.Duration
	}{
		"the server tells":   {`{"version":1}`, false, 0},
		"the record tells":   {`{"version":1,"minted_at":"2030-01-31T12:00:07Z"}`, true, 7 * time.Second},
		"nothing tells":      {`{"version":1}`, true, 50 * time.Hour},
		"an old record does": {`{"granted_expiry":"2030-03-02T12:00:00Z"}`, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named, func(s *toyServer) { s.HidesCreation = c.hides })
			config := overlapping(values{"rotate_before_expiry": nil})
			w.Does(create, config)
			minted := w.Now()
			w.without(c.record, "secret_version")
			if plan := w.Plan(config); plan.Action != nothing {
				t.Errorf("without a refresh: %s of %v", plan.Action, plan.Changes())
			}
			w.Pass(50 * time.Hour)
			w.Does(nothing, config)
			w.hasVersion(minted.Add(c.since).Unix())
			w.Pass(time.Hour)
			w.Does(update, config.With(values{"note": "b"}))
			w.hasVersion(minted.Add(c.since).Unix())
			w.Does(rotate, config.With(triggered("2"), values{"scope": "w"}))
			w.hasVersion(w.Now().Unix())
		})
	}
}

// TestSecretVersion_imported: an import has a version although nobody knows the secret.
func TestSecretVersion_imported(t *testing.T) {
	t.Parallel()
	for _, hides := range []bool{false, true} {
		w := newToy(t, named, func(s *toyServer) { s.HidesCreation = hides })
		created := w.Now()
		w.Add(toyToken{Name: "ci"})
		w.Pass(time.Hour)
		w.Object = w.Start().MustImport("t1")
		if hides {
			created = w.Now()
		}
		w.hasVersion(created.Unix())
		w.Pass(time.Hour)
		w.Does(nothing, values{"name": "ci"})
		w.hasVersion(created.Unix())
	}
}
