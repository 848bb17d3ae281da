package magpie_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// interrupt carries a rotation out and throws its result away, as if the provider had been killed before Terraform learnt of it.
func (l *life) interrupt(config map[string]any, options ...func(map[string]any)) (orphan string) {
	l.o.t.Helper()
	before := l.o.ids()
	p := l.o.protocol(options...)
	p.apply(l.kind, l.now, arguments(l.kind, config))
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
		l := o.life(kind)
		config := func(generation string) map[string]any {
			return with("rotation_triggers", generation, "overlap", "72h", "disabled", false, "description", "mine")
		}
		l.does("create", config("1"))
		second := l.does("rotate", config("2"))
		o.Clock().Advance(time.Hour)
		// The first PUT is the mark, the second one the description.
		o.fault("PUT", textRoute, "slow:1ms", 1)
		o.fault("PUT", textRoute, "hang", 1)
		orphan := l.interrupt(config("3"), func(block map[string]any) {
			block["http"] = map[string]any{"max_retries": 0, "timeout": "3s"}
		})
		o.Faults().Clear()
		if stored, _ := o.Magpie.Token(orphan); stored.Description != "terraform-provider-mint: rotation of "+second.text("id")+" under way" {
			t.Errorf("%s: the orphan is described as %q", kind, stored.Description)
		}
		done, third := l.try(config("3"))
		if third.fine(); done != "rotate" || third.remarks() != "" {
			t.Errorf("%s: %s, warned %q", kind, done, third.remarks())
		}
		third.hasPrevious(second)
		o.holdsWorking(third)
		o.left(second.text("id"), third.text("id"))
		o.lives(second.text("token"), third.text("token"))
		l.ends()
	})
}

// TestMagpieAccessToken_cutOffAndDestroyed deletes the orphan of a rotation that was cut off together with its token.
func TestMagpieAccessToken_cutOffAndDestroyed(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t, switched(func(w *fake.Switches) { w.ClearDescription = "ignored" }))
		l := o.life(kind)
		first := l.does("create", with("rotation_triggers", "1", "overlap", "72h"))
		theirs := o.seed(o.owner(kind), func(k *fake.Token) {
			k.Description = "terraform-provider-mint: rotation of 4711 under way"
		})
		orphan := l.interrupt(with("rotation_triggers", "2", "overlap", "72h"))
		o.left(first.text("id"), theirs.ID, orphan)
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
		l := o.life(service)
		config := func(generation string) map[string]any {
			return with("rotation_triggers", generation, "overlap", "72h")
		}
		first := l.does("create", config("1"))
		o.Clock().Advance(time.Hour)
		described := o.seed(robot, func(k *fake.Token) { k.Description = "theirs" })
		sibling := o.seed(robot)
		o.fault("PUT", textRoute, "status:403", 2)
		orphan := l.interrupt(config("2"))
		o.Faults().Clear()
		l.refresh()
		p := o.protocol()
		p.read(service, p.encode(p.typeOf(service), map[string]any{"id": sibling.ID, "user_name": robot}))
		second := p.apply(service, l.now, arguments(service, config("2"))).fine()
		l.now = &second
		text := second.remarks()
		named := "newer than the token " + first.text("id") + ": " + orphan + ". They may belong"
		if hides {
			named = "newer than the token " + first.text("id") + ": " + described.ID + ", " + orphan + ". They may belong"
		}
		if !strings.Contains(text, named) || !strings.Contains(text, "delete what no Terraform state holds and nobody else made") {
			t.Errorf("hidden %t: warned %q", hides, text)
		}
		second.hasPrevious(first)
		o.forget(orphan)
		o.lives(first.text("token"), second.text("token"))
		o.protocol().destroy(service, second).fine()
	}
}

// TestMagpieAccessToken_markStays does not show a mark as a description where the organization cannot clear it, and describes the
// token when that failed.
func TestMagpieAccessToken_markStays(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"ignored", "refused"} {
		o := emulate(t, switched(func(w *fake.Switches) { w.ClearDescription = word }))
		l := o.life(service)
		l.does("create", with("rotation_triggers", "1", "overlap", "72h"))
		_, second := l.try(with("rotation_triggers", "2", "overlap", "72h"))
		second.fine()
		if stored, _ := o.Magpie.Token(second.text("id")); !strings.HasPrefix(stored.Description, "terraform-provider-mint: ") {
			t.Errorf("%s: described as %q", word, stored.Description)
		}
		if warned := strings.Contains(second.remarks(), "still says that a rotation is under way, which is done"); warned != (word == "refused") {
			t.Errorf("%s: warned %q", word, second.remarks())
		}
		l.does("nothing", with("rotation_triggers", "2", "overlap", "72h"))
		// Nor does it stand in the way of a change.
		l.does("update", with("rotation_triggers", "2", "overlap", "48h", "disabled", true))
		l.does("update", with("rotation_triggers", "2", "overlap", "72h"))
		// The next rotation does not take the current token for an orphan.
		third := l.does("rotate", with("rotation_triggers", "3", "overlap", "72h", "description", "mine"))
		third.hasPrevious(second)
		o.lives(second.text("token"), third.text("token"))
		l.ends()
	}
	o := emulate(t)
	l := o.life(service)
	l.does("create", with("rotation_triggers", "1", "overlap", "72h", "description", "mine"))
	o.fault("PUT", textRoute, "slow:1ms", 1)
	o.fault("PUT", textRoute, "status:403", 1)
	l.fails(`the description could not be set`, with("rotation_triggers", "2", "overlap", "72h", "description", "mine"))
	made := l.does("update", with("rotation_triggers", "2", "overlap", "72h", "description", "mine"))
	if stored, _ := o.Magpie.Token(made.text("id")); stored.Description != "mine" {
		t.Errorf("described as %q", stored.Description)
	}
	l.ends()
}

// unidentified is a token whose rotation cannot tell its id, because somebody else mints at the same time.
func unidentified(t *testing.T, kind string) (o *organization, l *life, first answer, own, other string) {
	t.Helper()
	o = emulate(t)
	l = o.life(kind)
	first = l.does("create", with("rotation_triggers", "1", "overlap", "72h"))
	o.Clock().Advance(time.Hour)
	o.meanwhile(func() { other = o.seed(o.owner(kind)).ID })
	made := l.fails(`its id is not certain. It is one of: `, with("rotation_triggers", "2", "overlap", "72h"))
	if text := made.errors(); !strings.Contains(text, "The token before keeps working.") {
		t.Errorf("%s: %q", kind, text)
	}
	made.hasPrevious(first)
	for _, token := range o.stored() {
		if token.Secret == made.text("token") {
			own = token.ID
		}
	}
	if own == "" || made.text("id") != "" || !o.use(made.text("token")).Works() || !o.use(first.text("token")).Works() {
		t.Fatalf("%s: the state holds %v", kind, made.values())
	}
	return o, l, first, own, other
}

// TestMagpieAccessToken_unidentifiedInPlace finds its way out when the id of a token that a rotation has minted could not be told.
func TestMagpieAccessToken_unidentifiedInPlace(t *testing.T) {
	t.Parallel()
	config := with("rotation_triggers", "2", "overlap", "72h")
	ways := map[string]func(t *testing.T, o *organization, l *life, first answer, own, other string){
		"the other one goes": func(t *testing.T, o *organization, l *life, first answer, own, other string) {
			t.Helper()
			o.forget(other)
			found := l.does("nothing", config)
			o.holdsWorking(found)
			found.hasPrevious(first)
			if found.text("id") != own || found.identityValues()["id"] != own {
				t.Errorf("found %v", found.values())
			}
			l.ends()
		},
		"its own goes": func(t *testing.T, o *organization, l *life, first answer, own, other string) {
			t.Helper()
			o.forget(own)
			l.does("nothing", config)
			o.Clock().Advance(settled)
			third := l.does("rotate", config)
			o.holdsWorking(third)
			third.hasPrevious(first)
			o.lives(first.text("token"), third.text("token"))
			l.ends(other)
		},
		"both go": func(t *testing.T, o *organization, l *life, first answer, own, other string) {
			t.Helper()
			o.forget(own)
			o.forget(other)
			o.Clock().Advance(settled)
			third := l.does("rotate", config)
			third.hasPrevious(first)
			o.lives(first.text("token"), third.text("token"))
			l.ends()
		},
		"nothing goes": staysUnidentified,
	}
	together(t, ways, func(t *testing.T, way func(*testing.T, *organization, *life, answer, string, string)) {
		t.Helper()
		for _, kind := range plainKinds() {
			o, l, first, own, other := unidentified(t, kind)
			way(t, o, l, first, own, other)
		}
	})
}

// staysUnidentified changes and revokes nothing while it is in doubt which token is the current one.
func staysUnidentified(t *testing.T, o *organization, l *life, first answer, own, other string) {
	t.Helper()
	o.Clock().Advance(80 * time.Hour)
	if text := l.refresh().remarks(); !strings.Contains(text, "find out in Magpie which one nobody else made, and delete it there") {
		t.Errorf("warned %q", text)
	}
	// The generation before is not revoked while the current one is in doubt.
	l.does("nothing", with("rotation_triggers", "2", "overlap", "72h"))
	const refused = `cannot be changed or rotated, because its id could not be told`
	l.fails(refused, with("rotation_triggers", "3", "overlap", "72h"))
	l.fails(refused, with("rotation_triggers", "2", "overlap", "72h", "description", "mine"))
	o.lives(first.text("token"), l.now.text("token"))
	kept := o.protocol().destroy(l.kind, *l.now).fails(`deleting it could hit somebody else's. It is one of: ` + other + `, ` + own)
	kept.hasNoPrevious()
	o.left(other, own)
	o.forget(own)
	o.forget(other)
	o.protocol().destroy(l.kind, kept).fine()
}

// TestMagpieAccessToken_unlistableInPlace identifies a token at the next refresh that a failing list has hidden, with its secret
// in plain and without.
func TestMagpieAccessToken_unlistableInPlace(t *testing.T) {
	t.Parallel()
	for _, encrypts := range []bool{false, true} {
		o := emulate(t)
		l := o.life(service)
		config := func(generation string) map[string]any {
			c := with("rotation_triggers", generation, "overlap", "72h", "description", "mine")
			if encrypts {
				c["encrypt_secret_to"] = with("encrypt_secret_to", []string{newKey(t).Recipient().String()})["encrypt_secret_to"]
			}
			return c
		}
		first := l.does("create", config("1"))
		last := config("2")
		o.Clock().Advance(time.Hour)
		o.meanwhile(func() { o.fault("GET", userRoute, "html", 1) })
		_, made := l.try(last)
		made.fails(`its id could not be found, because the list failed`)
		made.hasPrevious(first)
		// It is found, and described then.
		found := l.does("update", last)
		found.hasPrevious(first)
		if stored, _ := o.Magpie.Token(found.text("id")); stored.Description != "mine" {
			t.Errorf("described as %q", stored.Description)
		}
		o.left(first.text("id"), found.text("id"))
		l.ends()
	}
}
