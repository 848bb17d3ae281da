package lifecycle_test

import "testing"

// TestIdentity: an object has its identity after every step, also where the engine that has written its state knew none, and where the
// step has failed. A rotation in place changes it.
func TestIdentity(t *testing.T) {
	t.Parallel()
	for resource, config := range map[string]values{named: overlapping(), nameless: account()} {
		t.Run(resource, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, resource)
			has := func(id string) {
				t.Helper()
				if w.Object.IdentityAttributes.Text("id") != id || resource == nameless && w.Object.IdentityAttributes.Text("account") != "acc" {
					t.Errorf("the identity is %v instead of %s", w.Object.IdentityAttributes, id)
				}
				w.Object.Identity, w.Object.IdentityAttributes = nil, nil
			}
			w.Does(create, config)
			has("t1")
			w.Refresh()
			has("t1")
			w.Fail("create", refused)
			e := w.Start()
			w.Object, _ = e.Apply(e.Plan(w.Object, config.With(triggered("2"))))
			has("t1")
			w.Does(rotate, config.With(triggered("2")))
			has("t2")
			w.Does(update, config.With(triggered("2"), values{"note": "b"}))
			has("t2")
		})
	}
}
