package magpie_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestMagpieAccessToken_unidentifiedReplaced cannot tell the id of a new token: the secret is kept, and every run wants to replace the
// token, names what it could be and touches nothing.
func TestMagpieAccessToken_unidentifiedReplaced(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.Clock().Advance(48 * time.Hour)
	o.meanwhile(func() { o.seed(robot) })
	l := o.subject(service)
	made := l.fails(`It is one of: 18, created`, nil)
	if stored, _ := o.Magpie.Token("19"); made.Text("id") != "" || made.Text("token") != stored.Secret || !o.use(stored.Secret).Works() {
		t.Errorf("the state holds %v", made)
	}
	for range 2 {
		run := l.Run(nil)
		if o.refused(`the provider could delete somebody else's token. It is one of: 18, created`, run.Diagnostics); run.Action != protocoltest.Replace || run.Failed != "destroy" {
			t.Errorf("%s has failed in the %s", run.Action, run.Failed)
		}
		o.left("18", "19")
	}
	o.refused(`Find out which one it is and delete it on the server; then remove the resource from the state with terraform state rm`, l.Destroy())
	o.left("18", "19")
	o.forget("18")
	o.forget("19")
	o.Clock().Advance(afterLag)
	// Whose list lacks it is not known any more; the advice is followed.
	o.refused(`nothing proves that it was minted for the user whose tokens the provider lists`, l.Run(nil).Diagnostics)
	l.Object = nil
	second := l.Does("create", nil)
	o.holdsWorking(second)
	o.left(second.Text("id"))
	l.destroys()
}

// candidates is how a message names tokens.
func (o *organization) candidates(ids ...string) string {
	o.t.Helper()
	var named []string
	for _, id := range ids {
		stored, _ := o.Magpie.Token(id)
		named = append(named, id+", created "+stored.Created.Format(time.RFC3339))
	}
	return strings.Join(named, "; ")
}

// TestMagpieAccessToken_unidentified is about the same without Terraform: what was there before is no candidate, nothing is deleted until
// no candidate is left, and a refresh, which can find out nothing, sends nothing.
func TestMagpieAccessToken_unidentified(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t)
		old := o.seed(o.owner(kind))
		o.meanwhile(func() { o.seed(o.owner(kind)) })
		made := o.fails(`It is one of: 19, created `)(o.engine(kind).TryChange(nil, arguments(kind, nil)))
		if made == nil || !made.Tainted || made.Text("id") != "" || !o.use(made.Text("token")).Works() {
			t.Fatalf("%s: the state holds %v", kind, made)
		}
		o.Journal().Reset()
		read, diagnostics := o.engine(kind).Read(made)
		if text := o.warned(diagnostics); !same(read, made) || !bytes.Equal(read.Private, made.Private) || !strings.Contains(text, "its id could not be found. Its secret is in the state. Find out which token it is") {
			t.Errorf("%s: warned %q, read %v", kind, text, read)
		}
		o.asked("", "", 0)
		kept := o.fails(`the provider could delete somebody else's token. It is one of: ` + o.candidates("19", "20") + `, or one that the list does not show yet. Find out which one`)(o.engine(kind).TryDestroy(made))
		o.Clock().Advance(afterLag)
		kept = o.fails(`the provider could delete somebody else's token. It is one of: ` + o.candidates("19", "20") + `. Find out which one`)(o.engine(kind).TryDestroy(kept))
		o.left(old.ID, "19", "20")
		o.forget("19")
		kept = o.fails(`It is one of: ` + o.candidates("20") + `. Find out`)(o.engine(kind).TryDestroy(kept))
		o.asked("DELETE", "", 0)
		o.forget("20")
		o.engine(kind).Destroy(kept)
		o.asked("DELETE", "", 0)
		o.left(old.ID)
	}
}

// TestMagpieAccessToken_unidentifiedChange changes and rotates nothing whose id is not known, should somebody have untainted the resource;
// what needs no request can be edited.
func TestMagpieAccessToken_unidentifiedChange(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t)
		l := o.subject(kind)
		o.meanwhile(func() { o.seed(o.owner(kind)) })
		l.fails(`It is one of: `, overlapping("1"))
		l.Object.Tainted = false
		o.Journal().Reset()
		l.fails(`without it the token could not be revoked after its overlap. Its secret is in the state. Find out which token it is and delete it on the server; then remove the resource from the state with terraform state rm`, overlapping("2"))
		l.fails(`the token cannot be changed, because its id could not be found when it was minted. Its secret is in the state. Find out which token it is and delete it on the server`, overlapping("1").With(values{"disabled": true}))
		if edited := l.did("update", l.Run(overlapping("1").With(values{"overlap": "48h"}))); !o.use(edited.Text("token")).Works() {
			t.Errorf("%s: the state holds %v", kind, edited.Attributes)
		}
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			if got := o.requests(method, "") - o.requests(method, loginRoute); got != 0 {
				t.Errorf("%s: %d requests %s", kind, got, method)
			}
		}
	}
}

// TestMagpieAccessToken_unidentifiedSeenBefore counts the minted token among the candidates although another object of the run has
// listed it before the answer to its mint came.
func TestMagpieAccessToken_unidentifiedSeenBefore(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t)
		e := o.engine(kind)
		sibling := e.Create(arguments(kind, nil))
		o.Magpie.OnAfterCreate(func(user string) {
			o.Magpie.OnAfterCreate(nil)
			o.seed(user)
			e.Destroy(sibling)
		})
		made := o.fails(`It is one of: `)(e.TryChange(nil, arguments(kind, nil)))
		o.Clock().Advance(afterLag)
		o.fails(`It is one of: ` + o.candidates("19", "20") + `. Find out`)(o.engine(kind).TryDestroy(made))
		o.left("19", "20")
	}
}

// TestMagpieAccessToken_unlistableAfterMint keeps the secret although the id cannot be looked for. While a list may not show the token
// yet, its absence proves nothing.
func TestMagpieAccessToken_unlistableAfterMint(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t)
		old := o.seed(o.owner(kind))
		o.meanwhile(func() { o.fault("GET", listOf(kind), "html", 1) })
		made := o.fails(`the token was created, but its id could not be found, because the list failed`)(o.engine(kind).TryChange(nil, arguments(kind, nil)))
		if !o.use(made.Text("token")).Works() {
			t.Errorf("%s: the state holds %v", kind, made.Attributes)
		}
		// One list, and four more looks.
		o.fault("GET", listOf(kind), "lag:5", 1)
		kept := o.fails(`its id could not be found, and the list does not show it yet. Apply again in two minutes`)(o.engine(kind).TryDestroy(made))
		o.fault("GET", listOf(kind), "lag:4", 1)
		kept = o.fails(`It is one of: ` + o.candidates("19"))(o.engine(kind).TryDestroy(kept))
		o.left(old.ID, "19")
		o.forget("19")
		o.Clock().Advance(afterLag)
		o.engine(kind).Destroy(kept)
		o.left(old.ID)
	}
}

// TestMagpieAccessToken_idTold takes the id that an answer tells after all if the list shows it, and names it if the list cannot prove it.
func TestMagpieAccessToken_idTold(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t, switched(func(w *fake.Switches) { w.CreateID = true }))
		// The first look is enough, and somebody else's token is no matter.
		o.meanwhile(func() { o.seed(o.owner(kind)) })
		made := o.engine(kind).Create(arguments(kind, nil))
		o.asked("GET", listOf(kind), 2)
		o.holdsWorking(made)
		o.Magpie.OnBeforeCreate(func(string) { o.fault("GET", listOf(kind), "html", 1) })
		made = o.fails(`the answer names the id 20, which could not be verified, because the list failed`)(o.engine(kind).TryChange(nil, arguments(kind, nil)))
		if !o.use(made.Text("token")).Works() {
			t.Errorf("%s: the state lacks the secret: %v", kind, made.Attributes)
		}
		o.Magpie.OnBeforeCreate(func(string) { o.fault("GET", listOf(kind), "lag:4", 1) })
		o.fails(`the answer names the id 21, but the list does not show it. New in the list: none`)(o.engine(kind).TryChange(nil, arguments(kind, nil)))
	}
}
