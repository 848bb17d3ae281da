package magpie_test

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// interrupt carries a rotation out and throws its result away, as if the provider had been killed before Terraform stored it.
func (s *subject) interrupt(config values) (orphan string) {
	s.o.t.Helper()
	return s.interruptOn(&protocoltest.Network{}, config)
}

// interruptOn does so in a process that dies on the way.
func (s *subject) interruptOn(network *protocoltest.Network, config values) (orphan string) {
	s.o.t.Helper()
	before := s.o.ids()
	s.o.engineOn(network, s.kind).TryChange(s.Object, arguments(s.kind, config))
	fresh := slices.DeleteFunc(s.o.ids(), func(id string) bool { return slices.Contains(before, id) })
	if len(fresh) != 1 {
		s.o.t.Fatalf("the organization holds %v after %v", s.o.ids(), before)
	}
	return fresh[0]
}

// interruptMarked does so with the first request that describes the token: that is the mark, and its own description would come second.
func (s *subject) interruptMarked(config values) (orphan string) {
	s.o.t.Helper()
	return s.interruptOn(&protocoltest.Network{DiesWith: 1, AfterAnswer: true, Counts: protocoltest.Route(http.MethodPut, textRoute)}, config)
}

// unclearable is an organization that keeps the marks of rotations.
func unclearable(w *fake.Switches) { w.ClearDescription = "ignored" }

// TestMagpieAccessToken_interrupted rotates again after a rotation that was interrupted when its token was marked: the orphan is deleted.
func TestMagpieAccessToken_interrupted(t *testing.T) {
	t.Parallel()
	config := func(generation string) values {
		return overlapping(generation, values{"disabled": false, "description": "mine"})
	}
	o, l, _, second := inOverlap(t, service, values{"disabled": false, "description": "mine"})
	o.Clock().Advance(time.Hour)
	orphan := l.interruptMarked(config("3"))
	if stored, _ := o.Magpie.Token(orphan); stored.Description != "terraform-provider-mint: rotation of "+second.Text("id")+" under way" {
		t.Errorf("the orphan is described as %q", stored.Description)
	}
	if text := l.refresh(); !strings.Contains(text, "An interrupted rotation has left the token "+orphan+" behind") || !strings.Contains(text, "The next rotation of the resource deletes it") {
		t.Errorf("warned %q", text)
	}
	run := l.Run(config("3"))
	third := l.did("rotate", run)
	if text := run.Applied.String(); text != "" {
		t.Errorf("said %q", text)
	}
	o.hasPrevious(third, second)
	o.holdsWorking(third)
	o.left(second.Text("id"), third.Text("id"))
	o.alive(second.Text("token"), third.Text("token"))
	l.destroys()
}

// TestMagpieAccessToken_interruptedAndDestroyed deletes the orphan of an interrupted rotation together with its token. The mark of
// another token's rotation is none of that.
func TestMagpieAccessToken_interruptedAndDestroyed(t *testing.T) {
	t.Parallel()
	o := emulate(t, switched(unclearable))
	l := o.subject(service)
	first := l.Does("create", overlapping("1"))
	theirs := o.seed(o.owner(service), func(k *fake.Token) {
		k.Description = "terraform-provider-mint: rotation of 4711 under way"
	})
	orphan := l.interrupt(overlapping("2"))
	o.left(first.Text("id"), theirs.ID, orphan)
	l.destroys(theirs.ID)
}

// TestMagpieAccessToken_destroyedInTwoTries deletes in the order previous, pending, orphan, current. None is kept alive because another
// could not be deleted, and the one that is left is not forgotten over a refresh: neither an orphan, which its mark alone tells, nor the
// current one.
func TestMagpieAccessToken_destroyedInTwoTries(t *testing.T) {
	t.Parallel()
	for _, refused := range []int{2, 3} {
		o, l, pending, previous := inOverlap(t, service)
		o.fault("DELETE", itemRoute, "status:403", 1)
		current := l.fails(`the token `+pending.Text("id")+`, a previous one of `, overlapping("3"))
		o.hasPrevious(current, previous)
		orphan := l.interruptMarked(overlapping("4"))
		order := []string{previous.Text("id"), pending.Text("id"), orphan, current.Text("id")}

		o.fault("DELETE", itemRoute, "slow:1ms", refused)
		o.fault("DELETE", itemRoute, "status:403", 1)
		o.Journal().Reset()
		l.Object = o.fails(order[refused])(o.engine(service).TryDestroy(l.Object))
		var deleted []string
		for _, entry := range o.Journal().Select(fakeapi.Filter{Method: "DELETE"}) {
			deleted = append(deleted, path.Base(entry.Path))
		}
		if !slices.Equal(deleted, order) {
			t.Errorf("deleted were %v instead of %v", deleted, order)
		}
		o.left(order[refused])
		l.refresh()
		l.destroys()
	}
}

// TestMagpieAccessToken_interruptedUnmarked leaves alone what a rotation has left that was interrupted before its token was marked, or
// when everything was done: nothing proves whose it is.
func TestMagpieAccessToken_interruptedUnmarked(t *testing.T) {
	t.Parallel()
	for name, interrupt := range map[string]func(o *organization, l *subject, config values) string{
		"before the mark": func(o *organization, l *subject, config values) string {
			o.fault("PUT", textRoute, "status:403", 1)
			return l.interruptMarked(config)
		},
		"when it was done": func(_ *organization, l *subject, config values) string { return l.interrupt(config) },
	} {
		for _, hides := range []bool{false, true} {
			o := emulate(t, switched(func(w *fake.Switches) { w.HideDescription = hides }))
			old := o.seed(o.owner(service))
			l := o.subject(service)
			config := func(generation string) values { return overlapping(generation, values{"description": "mine"}) }
			made := l.Does("create", config("1"))
			o.Clock().Advance(time.Hour)
			orphan := interrupt(o, l, config("2"))
			if text := l.refresh(); text != "" {
				t.Errorf("%s: warned %q", name, text)
			}
			run := l.Run(config("2"))
			second := l.did("rotate", run)
			if text := run.Applied.String(); text != "" {
				t.Errorf("%s: said %q", name, text)
			}
			o.hasPrevious(second, made)
			o.holdsWorking(second)
			o.left(old.ID, made.Text("id"), orphan, second.Text("id"))
			l.destroys(old.ID, orphan)
		}
	}
}

// TestMagpieAccessToken_interruptedAndMissing keeps a resource whose token was deleted outside Terraform while one is left that a
// rotation of it has marked.
func TestMagpieAccessToken_interruptedAndMissing(t *testing.T) {
	t.Parallel()
	o := emulate(t, switched(unclearable))
	l := o.subject(service)
	first := l.Does("create", overlapping("1"))
	orphan := l.interrupt(overlapping("2"))
	o.forget(first.Text("id"))
	o.Clock().Advance(afterLag)
	text := l.refresh()
	if l.Object == nil || l.Object.Text("status") != "missing" || !strings.Contains(text, "another token of the same resource, "+orphan+", is still alive") ||
		!strings.Contains(text, "An interrupted rotation has left the token "+orphan+" behind") {
		t.Fatalf("warned %q", text)
	}
	second := l.Does("rotate", values{"rotation_triggers": generationOf("2")})
	o.hasNoPrevious(second)
	if second.Text("id") == orphan {
		t.Errorf("%v", second.Attributes)
	}
	o.left(second.Text("id"))
	o.alive(second.Text("token"))
	l.destroys()
}

// TestMagpieAccessToken_markStays does not show a mark as a description where the organization cannot clear it, and describes the
// token when that failed.
func TestMagpieAccessToken_markStays(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"ignored", "refused"} {
		o := emulate(t, switched(func(w *fake.Switches) { w.ClearDescription = word }))
		l := o.subject(service)
		l.Does("create", overlapping("1"))
		run := l.Run(overlapping("2"))
		second := l.did("rotate", run)
		if stored, _ := o.Magpie.Token(second.Text("id")); !strings.HasPrefix(stored.Description, "terraform-provider-mint: ") {
			t.Errorf("%s: described as %q", word, stored.Description)
		}
		text := o.warned(run.Diagnostics)
		if warned := strings.Contains(text, "still says that a rotation is under way, although it is done"); warned != (word == "refused") {
			t.Errorf("%s: warned %q", word, text)
		}
		l.Does("nothing", overlapping("2"))
		// Nor does it stand in the way of a change.
		l.Does("update", values{"rotation_triggers": generationOf("2"), "overlap": "48h", "disabled": true})
		l.Does("update", overlapping("2"))
		// The next rotation does not take the current token for an orphan.
		third := l.Does("rotate", overlapping("3", values{"description": "mine"}))
		o.hasPrevious(third, second)
		o.alive(second.Text("token"), third.Text("token"))
		l.destroys()
	}
	o := emulate(t)
	l := o.subject(service)
	l.Does("create", overlapping("1", values{"description": "mine"}))
	o.fault("PUT", textRoute, "slow:1ms", 1)
	o.fault("PUT", textRoute, "status:403", 1)
	l.fails(`the description could not be set`, overlapping("2", values{"description": "mine"}))
	made := l.Does("update", overlapping("2", values{"description": "mine"}))
	if stored, _ := o.Magpie.Token(made.Text("id")); stored.Description != "mine" {
		t.Errorf("described as %q", stored.Description)
	}
	l.destroys()
}
