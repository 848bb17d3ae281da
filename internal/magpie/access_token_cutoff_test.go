package magpie_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// interrupt carries a rotation out and throws its result away, as if the provider had been killed before Terraform learnt of it.
func (l *subject) interrupt(config values) (orphan string) {
	l.o.t.Helper()
	return l.interruptOn(&protocoltest.Network{}, config)
}

// interruptOn does so in a process that dies on the way.
func (l *subject) interruptOn(network *protocoltest.Network, config values) (orphan string) {
	l.o.t.Helper()
	before := l.o.ids()
	l.o.engineOn(network, l.kind).TryChange(l.Object, arguments(l.kind, config))
	fresh := slices.DeleteFunc(l.o.ids(), func(id string) bool { return slices.Contains(before, id) })
	if len(fresh) != 1 {
		l.o.t.Fatalf("the organization holds %v after %v", l.o.ids(), before)
	}
	return fresh[0]
}

// TestMagpieAccessToken_cutOff rotates again after a rotation that was cut off when its token was marked: the orphan is deleted.
func TestMagpieAccessToken_cutOff(t *testing.T) {
	t.Parallel()
	atOnce(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		l := o.subject(kind)
		config := func(generation string) values {
			return values{"rotation_triggers": generationOf(generation), "overlap": "72h", "disabled": false, "description": "mine"}
		}
		l.Does("create", config("1"))
		second := l.Does("rotate", config("2"))
		o.Clock().Advance(time.Hour)
		// The first PUT is the mark, and the description would be the second one.
		network := &protocoltest.Network{DiesWith: 1, AfterAnswer: true, Counts: protocoltest.Route(http.MethodPut, textRoute)}
		orphan := l.interruptOn(network, config("3"))
		if stored, _ := o.Magpie.Token(orphan); stored.Description != "terraform-provider-mint: rotation of "+second.Text("id")+" under way" {
			t.Errorf("%s: the orphan is described as %q", kind, stored.Description)
		}
		run := l.Run(config("3"))
		third := l.did("rotate", run)
		if text := run.Applied.String(); text != "" {
			t.Errorf("%s: said %q", kind, text)
		}
		o.hasPrevious(third, second)
		o.holdsWorking(third)
		o.left(second.Text("id"), third.Text("id"))
		o.lives(second.Text("token"), third.Text("token"))
		l.ends()
	})
}

// TestMagpieAccessToken_cutOffAndDestroyed deletes the orphan of a rotation that was cut off together with its token.
func TestMagpieAccessToken_cutOffAndDestroyed(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t, switched(func(w *fake.Switches) { w.ClearDescription = "ignored" }))
		l := o.subject(kind)
		first := l.Does("create", values{"rotation_triggers": generationOf("1"), "overlap": "72h"})
		theirs := o.seed(o.owner(kind), func(k *fake.Token) {
			k.Description = "terraform-provider-mint: rotation of 4711 under way"
		})
		orphan := l.interrupt(values{"rotation_triggers": generationOf("2"), "overlap": "72h"})
		o.left(first.Text("id"), theirs.ID, orphan)
		l.ends(theirs.ID)
	}
}

// TestMagpieAccessToken_cutOffUnmarked cannot prove which token a rotation has left that was cut off before it was marked: it is
// named, and left alone, whether or not lists show descriptions. Tokens that this run looks after, older and described ones are
// none of that.
func TestMagpieAccessToken_cutOffUnmarked(t *testing.T) {
	t.Parallel()
	for _, hides := range []bool{false, true} {
		o := emulate(t, switched(func(w *fake.Switches) { w.HideDescription = hides }))
		o.seed(robot)
		o.Clock().Advance(time.Hour)
		l := o.subject(service)
		config := func(generation string) values {
			return values{"rotation_triggers": generationOf(generation), "overlap": "72h"}
		}
		first := l.Does("create", config("1"))
		o.Clock().Advance(time.Hour)
		described := o.seed(robot, func(k *fake.Token) { k.Description = "theirs" })
		sibling := o.seed(robot)
		o.fault("PUT", textRoute, "status:403", 2)
		orphan := l.interrupt(config("2"))
		o.Faults().Clear()
		l.refresh()
		p := o.engine(service)
		p.MustRead(o.known(p, values{"id": sibling.ID, "user_name": robot}))
		second, diagnostics := p.TryChange(l.Object, arguments(service, config("2")))
		text := o.warned(diagnostics)
		named := "newer than the token " + first.Text("id") + ": " + orphan + ". They may belong"
		if hides {
			named = "newer than the token " + first.Text("id") + ": " + described.ID + ", " + orphan + ". They may belong"
		}
		if !strings.Contains(text, named) || !strings.Contains(text, "delete what no Terraform state holds and nobody else made") {
			t.Errorf("hidden %t: warned %q", hides, text)
		}
		o.hasPrevious(second, first)
		o.forget(orphan)
		o.lives(first.Text("token"), second.Text("token"))
		o.engine(service).Destroy(second)
	}
}

// TestMagpieAccessToken_markStays does not show a mark as a description where the organization cannot clear it, and describes the
// token when that failed.
func TestMagpieAccessToken_markStays(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"ignored", "refused"} {
		o := emulate(t, switched(func(w *fake.Switches) { w.ClearDescription = word }))
		l := o.subject(service)
		l.Does("create", values{"rotation_triggers": generationOf("1"), "overlap": "72h"})
		run := l.Run(values{"rotation_triggers": generationOf("2"), "overlap": "72h"})
		second := l.did("rotate", run)
		if stored, _ := o.Magpie.Token(second.Text("id")); !strings.HasPrefix(stored.Description, "terraform-provider-mint: ") {
			t.Errorf("%s: described as %q", word, stored.Description)
		}
		text := o.warned(run.Diagnostics)
		if warned := strings.Contains(text, "still says that a rotation is under way, which is done"); warned != (word == "refused") {
			t.Errorf("%s: warned %q", word, text)
		}
		l.Does("nothing", values{"rotation_triggers": generationOf("2"), "overlap": "72h"})
		// Nor does it stand in the way of a change.
		l.Does("update", values{"rotation_triggers": generationOf("2"), "overlap": "48h", "disabled": true})
		l.Does("update", values{"rotation_triggers": generationOf("2"), "overlap": "72h"})
		// The next rotation does not take the current token for an orphan.
		third := l.Does("rotate", values{"rotation_triggers": generationOf("3"), "overlap": "72h", "description": "mine"})
		o.hasPrevious(third, second)
		o.lives(second.Text("token"), third.Text("token"))
		l.ends()
	}
	o := emulate(t)
	l := o.subject(service)
	l.Does("create", values{"rotation_triggers": generationOf("1"), "overlap": "72h", "description": "mine"})
	o.fault("PUT", textRoute, "slow:1ms", 1)
	o.fault("PUT", textRoute, "status:403", 1)
	l.fails(`the description could not be set`, values{"rotation_triggers": generationOf("2"), "overlap": "72h", "description": "mine"})
	made := l.Does("update", values{"rotation_triggers": generationOf("2"), "overlap": "72h", "description": "mine"})
	if stored, _ := o.Magpie.Token(made.Text("id")); stored.Description != "mine" {
		t.Errorf("described as %q", stored.Description)
	}
	l.ends()
}

// unidentified is a token whose rotation cannot tell its id, because somebody else mints at the same time.
func unidentified(t *testing.T, kind string) (o *organization, l *subject, first *object, own, other string) {
	t.Helper()
	o = emulate(t)
	l = o.subject(kind)
	first = l.Does("create", values{"rotation_triggers": generationOf("1"), "overlap": "72h"})
	o.Clock().Advance(time.Hour)
	o.meanwhile(func() { other = o.seed(o.owner(kind)).ID })
	run := l.Run(values{"rotation_triggers": generationOf("2"), "overlap": "72h"})
	o.refused(`its id is not certain. It is one of: `, run.Diagnostics)
	o.refused(`The token before keeps working.`, run.Diagnostics)
	made := l.Object
	o.hasPrevious(made, first)
	for _, token := range o.stored() {
		if token.Secret == made.Text("token") {
			own = token.ID
		}
	}
	if own == "" || made.Text("id") != "" || !o.use(made.Text("token")).Works() || !o.use(first.Text("token")).Works() {
		t.Fatalf("%s: the state holds %v", kind, made.Attributes)
	}
	return o, l, first, own, other
}

// TestMagpieAccessToken_unidentifiedInPlace finds its way out when the id of a token that a rotation has minted could not be told.
func TestMagpieAccessToken_unidentifiedInPlace(t *testing.T) {
	t.Parallel()
	config := values{"rotation_triggers": generationOf("2"), "overlap": "72h"}
	ways := map[string]func(t *testing.T, o *organization, l *subject, first *object, own, other string){
		"the other one goes": func(t *testing.T, o *organization, l *subject, first *object, own, other string) {
			t.Helper()
			o.forget(other)
			found := l.Does("nothing", config)
			o.holdsWorking(found)
			o.hasPrevious(found, first)
			if found.Text("id") != own || found.IdentityAttributes.Text("id") != own {
				t.Errorf("found %v", found.Attributes)
			}
			l.ends()
		},
		"its own goes": func(t *testing.T, o *organization, l *subject, first *object, own, other string) {
			t.Helper()
			o.forget(own)
			l.Does("nothing", config)
			o.Clock().Advance(settled)
			third := l.Does("rotate", config)
			o.holdsWorking(third)
			o.hasPrevious(third, first)
			o.lives(first.Text("token"), third.Text("token"))
			l.ends(other)
		},
		"both go": func(t *testing.T, o *organization, l *subject, first *object, own, other string) {
			t.Helper()
			o.forget(own)
			o.forget(other)
			o.Clock().Advance(settled)
			third := l.Does("rotate", config)
			o.hasPrevious(third, first)
			o.lives(first.Text("token"), third.Text("token"))
			l.ends()
		},
		"nothing goes": staysUnidentified,
	}
	together(t, ways, func(t *testing.T, way func(*testing.T, *organization, *subject, *object, string, string)) {
		t.Helper()
		for _, kind := range plainKinds() {
			o, l, first, own, other := unidentified(t, kind)
			way(t, o, l, first, own, other)
		}
	})
}

// staysUnidentified changes and revokes nothing while it is in doubt which token is the current one.
func staysUnidentified(t *testing.T, o *organization, l *subject, first *object, own, other string) {
	t.Helper()
	o.Clock().Advance(80 * time.Hour)
	if text := l.refresh(); !strings.Contains(text, "find out in Magpie which one nobody else made, and delete it there") {
		t.Errorf("warned %q", text)
	}
	// The generation before is not revoked while the current one is in doubt.
	l.Does("nothing", values{"rotation_triggers": generationOf("2"), "overlap": "72h"})
	const refused = `cannot be changed or rotated, because its id could not be told`
	l.fails(refused, values{"rotation_triggers": generationOf("3"), "overlap": "72h"})
	l.fails(refused, values{"rotation_triggers": generationOf("2"), "overlap": "72h", "description": "mine"})
	o.lives(first.Text("token"), l.Object.Text("token"))
	kept := o.fails(`deleting it could hit somebody else's. It is one of: ` + other + `, ` + own)(o.engine(l.kind).TryDestroy(l.Object))
	o.hasNoPrevious(kept)
	o.left(other, own)
	o.forget(own)
	o.forget(other)
	o.engine(l.kind).Destroy(kept)
}

// TestMagpieAccessToken_unlistableInPlace identifies a token at the next refresh that a failing list has hidden, with its secret
// in plain and without.
func TestMagpieAccessToken_unlistableInPlace(t *testing.T) {
	t.Parallel()
	for _, encrypts := range []bool{false, true} {
		o := emulate(t)
		l := o.subject(service)
		config := func(generation string) values {
			c := values{"rotation_triggers": generationOf(generation), "overlap": "72h", "description": "mine"}
			if encrypts {
				c["encrypt_secret_to"] = []string{newKey(t).Recipient().String()}
			}
			return c
		}
		first := l.Does("create", config("1"))
		last := config("2")
		o.Clock().Advance(time.Hour)
		o.meanwhile(func() { o.fault("GET", userRoute, "html", 1) })
		o.hasPrevious(l.fails(`its id could not be found, because the list failed`, last), first)
		// It is found, and described then.
		found := l.Does("update", last)
		o.hasPrevious(found, first)
		if stored, _ := o.Magpie.Token(found.Text("id")); stored.Description != "mine" {
			t.Errorf("described as %q", stored.Description)
		}
		o.left(first.Text("id"), found.Text("id"))
		l.ends()
	}
}
