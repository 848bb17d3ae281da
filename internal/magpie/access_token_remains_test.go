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
		l := o.life(kind)
		config := func(generation, text string) map[string]any {
			return with("rotation_triggers", generation, "overlap", "72h", "description", text)
		}
		first := l.does("create", config("1", "before"))
		for _, text := range []string{"before", "after"} {
			o.Clock().Advance(time.Hour)
			theirs := o.seed(o.owner(kind), func(k *fake.Token) { k.Description = "theirs" })
			orphan := l.interrupt(config("2", text))
			second := o.protocol().apply(kind, l.now, arguments(kind, config("2", text))).fine()
			if text := second.remarks(); !strings.Contains(text, "newer than the token "+first.text("id")+": "+orphan+". They may belong") {
				t.Errorf("%s: warned %q", kind, text)
			}
			left, _ := o.Magpie.Token(orphan)
			o.lives(first.text("token"), second.text("token"), left.Secret)
			o.forget(orphan)
			o.forget(second.text("id"))
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
		l := o.life(kind)
		first := l.does("create", with("rotation_triggers", "1", "overlap", "72h"))
		orphan := l.interrupt(with("rotation_triggers", "2", "overlap", "72h"))
		o.forget(first.text("id"))
		o.Clock().Advance(settled)
		read := l.refresh()
		if text := read.warnings(); l.now == nil || read.text("status") != "missing" || !strings.Contains(text, "interrupted rotation has left is deleted then") {
			t.Fatalf("%s: warned %q", kind, text)
		}
		second := l.does("rotate", with("rotation_triggers", "2"))
		second.hasNoPrevious()
		if second.text("id") == orphan {
			t.Errorf("%s: %v", kind, second.values())
		}
		o.lives(second.text("token"))
		l.ends()
	}
}

// TestMagpieAccessToken_cutOffWithoutID deletes what a rotation that was cut off has marked with the generation before, because the
// current token was gone before its id could be told: with the resource, also in a second try, and with the next rotation, also when the
// generation before is gone.
func TestMagpieAccessToken_cutOffWithoutID(t *testing.T) {
	t.Parallel()
	config := with("rotation_triggers", "2", "overlap", "72h")
	together(t, map[string]func(t *testing.T, o *organization, l *life, first answer, orphan string){
		"destroyed": func(t *testing.T, _ *organization, l *life, _ answer, _ string) {
			t.Helper()
			l.ends()
		},
		"destroyed in two tries": func(t *testing.T, o *organization, l *life, _ answer, orphan string) {
			t.Helper()
			o.fault("DELETE", itemRoute, "slow:1ms", 1)
			o.fault("DELETE", itemRoute, "status:403", 1)
			kept := o.protocol().destroy(l.kind, *l.now).fails(`the earlier token ` + orphan + ` could not be revoked`)
			l.now = &kept
			o.left(orphan)
			l.refresh()
			l.ends()
		},
		"rotated without the generation before": func(t *testing.T, o *organization, l *life, first answer, _ string) {
			t.Helper()
			o.forget(first.text("id"))
			third := l.does("rotate", config)
			third.hasNoPrevious()
			o.lives(third.text("token"))
			l.ends()
		},
	}, func(t *testing.T, way func(*testing.T, *organization, *life, answer, string)) {
		t.Helper()
		o, l, first, own, other := unidentified(t, service)
		o.forget(own)
		o.forget(other)
		o.Clock().Advance(settled)
		if read := l.refresh(); read.text("status") != "missing" {
			t.Fatalf("read %v", read.values())
		}
		o.turn(func(w *fake.Switches) { w.ClearDescription = "ignored" })()
		way(t, o, l, first, l.interrupt(config))
	})
}
