package magpie_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// TestMagpieAccessToken_cutOffDescribed loses the result of a rotation that was done, which a state that could not be written does,
// too: the token bears the resource's own description then, and is named like one without.
func TestMagpieAccessToken_cutOffDescribed(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t)
		l := o.subject(kind)
		config := func(generation, text string) values {
			return values{"rotation_triggers": generationOf(generation), "overlap": "72h", "description": text}
		}
		first := l.Does("create", config("1", "before"))
		for _, text := range []string{"before", "after"} {
			o.Clock().Advance(time.Hour)
			theirs := o.seed(o.owner(kind), func(k *fake.Token) { k.Description = "theirs" })
			orphan := l.interrupt(config("2", text))
			second, diagnostics := o.engine(kind).TryChange(l.Object, arguments(kind, config("2", text)))
			if text := o.warned(diagnostics); !strings.Contains(text, "newer than the token "+first.Text("id")+": "+orphan+". They may belong") {
				t.Errorf("%s: warned %q", kind, text)
			}
			left, _ := o.Magpie.Token(orphan)
			o.lives(first.Text("token"), second.Text("token"), left.Secret)
			o.forget(orphan)
			o.forget(second.Text("id"))
			o.forget(theirs.ID)
		}
		l.ends()
	}
}

// TestMagpieAccessToken_cutOffAndMissing does not give up a resource whose token was deleted elsewhere while one is left that a
// rotation of it has marked.
func TestMagpieAccessToken_cutOffAndMissing(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t, switched(func(w *fake.Switches) { w.ClearDescription = "ignored" }))
		l := o.subject(kind)
		first := l.Does("create", values{"rotation_triggers": generationOf("1"), "overlap": "72h"})
		orphan := l.interrupt(values{"rotation_triggers": generationOf("2"), "overlap": "72h"})
		o.forget(first.Text("id"))
		o.Clock().Advance(settled)
		if text := l.refresh(); l.Object == nil || l.Object.Text("status") != "missing" || !strings.Contains(text, "interrupted rotation has left is deleted then") {
			t.Fatalf("%s: warned %q", kind, text)
		}
		second := l.Does("rotate", values{"rotation_triggers": generationOf("2")})
		o.hasNoPrevious(second)
		if second.Text("id") == orphan {
			t.Errorf("%s: %v", kind, second.Attributes)
		}
		o.lives(second.Text("token"))
		l.ends()
	}
}

// TestMagpieAccessToken_cutOffWithoutID deletes what a rotation that was cut off has marked with the generation before, because the
// current token was gone before its id could be told: with the resource, also in a second try, and with the next rotation, also when the
// generation before is gone.
func TestMagpieAccessToken_cutOffWithoutID(t *testing.T) {
	t.Parallel()
	config := values{"rotation_triggers": generationOf("2"), "overlap": "72h"}
	together(t, map[string]func(t *testing.T, o *organization, l *subject, first *object, orphan string){
		"destroyed": func(t *testing.T, _ *organization, l *subject, _ *object, _ string) {
			t.Helper()
			l.ends()
		},
		"destroyed in two tries": func(t *testing.T, o *organization, l *subject, _ *object, orphan string) {
			t.Helper()
			o.fault("DELETE", itemRoute, "slow:1ms", 1)
			o.fault("DELETE", itemRoute, "status:403", 1)
			kept := o.fails(`the earlier token ` + orphan + ` could not be revoked`)(o.engine(l.kind).TryDestroy(l.Object))
			l.Object = kept
			o.left(orphan)
			l.refresh()
			l.ends()
		},
		"rotated without the generation before": func(t *testing.T, o *organization, l *subject, first *object, _ string) {
			t.Helper()
			o.forget(first.Text("id"))
			third := l.Does("rotate", config)
			o.hasNoPrevious(third)
			o.lives(third.Text("token"))
			l.ends()
		},
	}, func(t *testing.T, way func(*testing.T, *organization, *subject, *object, string)) {
		t.Helper()
		o, l, first, own, other := unidentified(t, service)
		o.forget(own)
		o.forget(other)
		o.Clock().Advance(settled)
		if l.refresh(); l.Object.Text("status") != "missing" {
			t.Fatalf("read %v", l.Object)
		}
		o.turn(func(w *fake.Switches) { w.ClearDescription = "ignored" })()
		way(t, o, l, first, l.interrupt(config))
	})
}
