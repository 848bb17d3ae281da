package magpie_test

import (
	"testing"
	"time"
)

// TestMagpieAccessToken_secretVersion: every rotation has a higher version, and nothing else changes it. A state of an older version has
// one after the refresh, whether or not the list tells when tokens were created.
func TestMagpieAccessToken_secretVersion(t *testing.T) {
	t.Parallel()
	eachOf(t, distinctKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		l := o.subject(kind)
		config := func(n, text string) values {
			return values{"rotation_triggers": generationOf(n), "description": text}.With(values{"overlap": map[bool]any{true: nil, false: "24h"}[kind == exclusive]})
		}
		first := l.Does("create", config("1", "a")).Number("secret_version")
		if off := o.Clock().Now().Unix() - first; off < 0 || off > 60 {
			t.Errorf("the first version is %d", first)
		}
		o.Clock().Advance(time.Hour)
		if l.Does("update", config("1", "b")).Number("secret_version") != first {
			t.Error("a change has another version")
		}
		l.refresh()
		if saved := l.plans(config("2", "b")); saved.IsKnown("secret_version") {
			t.Error("a rotation knows its version")
		}
		second := l.Does("rotate", config("2", "b")).Number("secret_version")
		if off := o.Clock().Now().Unix() - second; off < 0 || off > 60 {
			t.Errorf("the second version is %d after %d", second, first)
		}
		// At once.
		if third := l.Does("rotate", config("3", "b")).Number("secret_version"); third <= second {
			t.Errorf("the third version is %d after %d", third, second)
		}
		l.Object = o.engine(kind).Forget(l.Object, "secret_version")
		filled := l.Does("nothing", config("3", "b")).Number("secret_version")
		o.Clock().Advance(time.Hour)
		if again := l.Does("nothing", config("3", "b")).Number("secret_version"); filled == 0 || again != filled {
			t.Errorf("filled in is %d, and then %d", filled, again)
		}
		l.destroys()
	})
}
