package magpie_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestMagpieAccessToken_overlap rotates in place: both generations work until the overlap is over, and then the first apply
// revokes the older one.
func TestMagpieAccessToken_overlap(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	l := o.subject(service)
	config := func(generation string) values { return overlapping(generation, values{"description": "mine"}) }
	first := l.Does("create", config("1"))
	o.hasNoPrevious(first)
	o.Clock().Advance(time.Hour)
	mints := o.requests("POST", mintOf(service))
	second := l.Does("rotate", config("2"))
	o.asked("POST", mintOf(service), mints+1)
	o.hasPrevious(second, first)
	o.holdsWorking(second)
	around(t, second.Time("previous_revoked_after"), o.Clock().Now().Add(72*time.Hour))
	o.alive(first.Text("token"), second.Text("token"))
	if stored, _ := o.Magpie.Token(second.Text("id")); stored.Description != "mine" || second.Text("description") != "mine" {
		t.Errorf("described as %q", stored.Description)
	}
	if got := second.IdentityAttributes.Text("id"); got != second.Text("id") {
		t.Errorf("identity %s", got)
	}
	if text := l.Plan(config("2")).Diagnostics.Warnings().String(); !strings.Contains(text, "The previous token still works: The token "+first.Text("id")+", the previous one of "+second.Text("id")) {
		t.Errorf("warned %q", text)
	}
	o.Clock().Advance(71 * time.Hour)
	l.Does("nothing", config("2"))
	o.alive(first.Text("token"), second.Text("token"))
	o.Clock().Advance(2 * time.Hour)
	l.refresh()
	if text := l.Plan(config("2")).Diagnostics.Warnings().String(); !strings.Contains(text, "is due for revocation") {
		t.Errorf("warned %q", text)
	}
	o.hasNoPrevious(l.Does("update", config("2")))
	o.alive(second.Text("token"))
	l.Does("rotate", config("3"))
	o.left(second.Text("id"), l.Object.Text("id"))
	l.destroys()
}

// TestMagpieAccessToken_overlapDisabled mints a disabled successor of a disabled token, and leaves no mark on it.
func TestMagpieAccessToken_overlapDisabled(t *testing.T) {
	t.Parallel()
	for _, described := range []any{nil, "mine"} {
		o, l, _, second := inOverlap(t, personal, values{"disabled": true, "description": described})
		stored, _ := o.Magpie.Token(second.Text("id"))
		if want, _ := described.(string); !stored.Disabled || stored.Description != want || second.Text("status") != "disabled" {
			t.Errorf("stored %+v", stored)
		}
		o.alive()
		l.destroys()
	}
}

// TestMagpieAccessToken_overlapTwice rotates again inside an overlap: the oldest makes way, the current one never does.
func TestMagpieAccessToken_overlapTwice(t *testing.T) {
	t.Parallel()
	o, l, _, second := inOverlap(t, service)
	third := l.Does("rotate", overlapping("3"))
	o.hasPrevious(third, second)
	o.alive(second.Text("token"), third.Text("token"))
	l.destroys()
}

// TestMagpieAccessToken_overlapTogether rotates tokens of one account at the same time, in one run: each finds its own successor.
func TestMagpieAccessToken_overlapTogether(t *testing.T) {
	t.Parallel()
	const count = 5
	o := emulate(t)
	config := func(generation string) values {
		return arguments(service, values{"rotation_triggers": generationOf(generation), "overlap": "72h", "description": "mine"})
	}
	var first, second, read [count]*object
	var planned [count]*protocoltest.Plan
	var said [count]protocoltest.Diagnostics
	p := o.engine(service)
	for i := range first {
		first[i] = p.Create(config("1"))
		o.Clock().Advance(2 * time.Second)
	}
	o.Clock().Advance(time.Hour)
	refreshing, p := o.engine(service), o.engine(service)
	for i := range first {
		read[i] = refreshing.MustRead(first[i])
		planned[i] = p.MustPlan(read[i], config("2"))
	}
	// The run that applies has not refreshed.
	var all sync.WaitGroup
	for i := range first {
		all.Go(func() { second[i], said[i] = p.Apply(planned[i]) })
	}
	all.Wait()
	var secrets []string
	for i := range first {
		if len(said[i]) > 0 {
			t.Fatal(said[i])
		}
		o.hasPrevious(second[i], first[i])
		o.holdsWorking(second[i])
		secrets = append(secrets, first[i].Text("token"), second[i].Text("token"))
	}
	o.alive(secrets...)
	for i := range second {
		o.engine(service).Destroy(second[i])
	}
	o.left()
}

// TestMagpieAccessToken_overlapRevocationFails keeps what it could not revoke in mind until it is revoked.
func TestMagpieAccessToken_overlapRevocationFails(t *testing.T) {
	t.Parallel()
	o, l, first, second := inOverlap(t, service)
	o.fault("DELETE", itemRoute, "status:403", 1)
	third := l.fails(`The token `+first.Text("id")+`, a previous one of `, overlapping("3"))
	o.hasPrevious(third, second)
	o.alive(first.Text("token"), second.Text("token"), third.Text("token"))
	l.refresh()
	if text := l.Plan(overlapping("3")).Diagnostics.Warnings().String(); !strings.Contains(text, "still to be revoked: An earlier apply could not revoke the token "+first.Text("id")) {
		t.Errorf("warned %q", text)
	}
	revoked := l.Does("update", overlapping("3"))
	o.hasPrevious(revoked, second)
	if revoked.Text("previous_revoked_after") != third.Text("previous_revoked_after") {
		t.Error("the overlap moved")
	}
	o.alive(second.Text("token"), third.Text("token"))

	// The end of an overlap may fail, too; and a destroy takes all with it, or says what it could not.
	o.Clock().Advance(73 * time.Hour)
	o.fault("DELETE", itemRoute, "status:403", 1)
	o.hasPrevious(l.fails(`The token `+second.Text("id")+`, a previous one of the token `+third.Text("id")+`, could not be revoked, and may still work.`, overlapping("3")), second)
	o.fault("DELETE", itemRoute, "status:403", 1)
	kept := o.fails(`The token ` + second.Text("id") + `, a previous one of the token ` + third.Text("id") + `, could not be revoked`)(o.engine(service).TryDestroy(l.Object))
	if kept.Text("previous_id") != second.Text("id") {
		t.Errorf("kept %v", kept.Attributes)
	}
	o.left(second.Text("id"))
	o.engine(service).Destroy(kept)
	o.left()
}

// TestMagpieAccessToken_overlapMintFails leaves everything as it was.
func TestMagpieAccessToken_overlapMintFails(t *testing.T) {
	t.Parallel()
	config := func(generation string) values { return overlapping(generation, values{"description": "mine"}) }
	o, l, first, second := inOverlap(t, service, values{"description": "mine"})
	o.fault("POST", mintOf(service), "status:403", 1)
	failed := l.fails(`the user needs the permission AccessToken`, config("3"))
	if !same(failed, second) {
		t.Errorf("the state is %v", failed.Attributes)
	}
	o.alive(first.Text("token"), second.Text("token"))
	third := l.Does("rotate", config("3"))
	o.hasPrevious(third, second)
	o.alive(second.Text("token"), third.Text("token"))
	l.destroys()
}

// TestMagpieAccessToken_missing keeps the resource while its previous generation lives, and mints in place.
func TestMagpieAccessToken_missing(t *testing.T) {
	t.Parallel()
	for _, overlap := range []any{"72h", nil} {
		o, l, first, second := inOverlap(t, service)
		o.Clock().Advance(afterLag)
		o.forget(second.Text("id"))
		text, read := l.refresh(), l.Object
		if read.Text("status") != "missing" || !strings.Contains(text, "The token "+second.Text("id")+" no longer exists, but another token of the same resource, "+first.Text("id")+", is still alive") {
			t.Errorf("warned %q, read %v", text, read.Attributes)
		}
		third := l.Does("rotate", values{"rotation_triggers": generationOf("2"), "overlap": overlap})
		o.hasPrevious(third, first)
		if third.Text("previous_revoked_after") != second.Text("previous_revoked_after") {
			t.Error("the overlap moved")
		}
		o.alive(first.Text("token"), third.Text("token"))
		o.Clock().Advance(73 * time.Hour)
		o.hasNoPrevious(l.Does("update", values{"rotation_triggers": generationOf("2"), "overlap": overlap}))
		o.alive(third.Text("token"))

		// Without an earlier generation the resource is gone with its token.
		o.forget(third.Text("id"))
		if l.refresh(); l.Object != nil {
			t.Errorf("kept %v", l.Object.Attributes)
		}
	}
}

// TestMagpieAccessToken_missingAfterOverlap mints in place of a token that was deleted outside Terraform, and revokes the previous one whose
// overlap is over, in one apply.
func TestMagpieAccessToken_missingAfterOverlap(t *testing.T) {
	t.Parallel()
	o, l, _, second := inOverlap(t, service)
	o.Clock().Advance(73 * time.Hour)
	o.forget(second.Text("id"))
	third := l.Does("rotate", overlapping("2"))
	o.hasNoPrevious(third)
	o.holdsWorking(third)
	o.left(third.Text("id"))
	l.destroys()
}

// TestMagpieAccessToken_missingWhilePending keeps the resource for an earlier token whose revocation is pending.
func TestMagpieAccessToken_missingWhilePending(t *testing.T) {
	t.Parallel()
	o, l, first, second := inOverlap(t, service)
	o.fault("DELETE", itemRoute, "status:403", 1)
	third := l.fails(`could not be revoked`, overlapping("3"))
	o.Clock().Advance(afterLag)
	o.forget(second.Text("id"))
	o.forget(third.Text("id"))
	o.left(first.Text("id"))
	if text := l.refresh(); !strings.Contains(text, "another token of the same resource, "+first.Text("id")+", is still alive") {
		t.Errorf("warned %q", text)
	}
	fourth := l.Does("rotate", overlapping("3"))
	o.hasNoPrevious(fourth)
	o.alive(fourth.Text("token"))
	l.destroys()
}

// TestMagpieAccessToken_previousMissing takes the previous token for gone when somebody has deleted it, and plans nothing.
func TestMagpieAccessToken_previousMissing(t *testing.T) {
	t.Parallel()
	o, l, first, second := inOverlap(t, service)
	o.forget(first.Text("id"))
	// Soon after a mint a list that lacks it proves nothing.
	if kept := l.Does("nothing", overlapping("2")); kept.Text("previous_id") != first.Text("id") {
		t.Errorf("previous_id is %q", kept.Text("previous_id"))
	}
	o.Clock().Advance(afterLag)
	l.Does("nothing", overlapping("2"))
	o.hasNoPrevious(l.Object)
	o.alive(second.Text("token"))
	l.destroys()
}

// TestMagpieAccessToken_overlapExpired rotates in place what has ended: nothing of it is kept, and its remains are deleted.
func TestMagpieAccessToken_overlapExpired(t *testing.T) {
	t.Parallel()
	for name, set := range ended() {
		o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(time.Hour); set(w) }))
		l := o.subject(service)
		l.Does("create", values{"overlap": "10m"})
		o.Clock().Advance(2 * time.Hour)
		if text := l.refresh(); !strings.Contains(text, "has expired: The token ") || !strings.Contains(text, "It is planned for rotation in place.") {
			t.Errorf("%s: warned %q", name, text)
		}
		second := l.Does("rotate", values{"overlap": "10m"})
		o.hasNoPrevious(second)
		o.alive(second.Text("token"))
		o.engine(service).Destroy(second)
		if name != "hidden" {
			o.left()
		}
	}
}

// TestMagpieAccessToken_overlapBeyondEnd keeps the previous token no longer than it lives.
func TestMagpieAccessToken_overlapBeyondEnd(t *testing.T) {
	t.Parallel()
	o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(10 * time.Hour) }))
	l := o.subject(service)
	first := l.Does("create", overlapping("1"))
	o.Clock().Advance(4 * time.Hour)
	second := l.Does("rotate", overlapping("2"))
	if second.Text("previous_revoked_after") != first.Text("expires_at") {
		t.Errorf("kept until %s", second.Text("previous_revoked_after"))
	}
	o.Clock().Advance(7 * time.Hour)
	o.hasNoPrevious(l.Does("update", overlapping("2")))
	o.left(second.Text("id"))
	l.destroys()
}

// TestMagpieAccessToken_overlapOwnCredential rotates the token that the provider is logged in with, which works on until its overlap is
// over; and it revokes it never: not by itself, not with the next rotation, and not with the resource.
func TestMagpieAccessToken_overlapOwnCredential(t *testing.T) {
	t.Parallel()
	const refused = `The provider is logged in with this token`
	o := emulate(t)
	if err := o.Magpie.PatchUser(robot, func(u *fake.User) { u.Admin = true }); err != nil {
		t.Fatal(err)
	}
	l := o.subject(service)
	first := l.Does("create", overlapping("1"))
	admin := l.Start
	l.Start = func() *protocoltest.Engine { return o.engine(service, o.loggedInWith(first.Text("token"))) }
	second := l.Does("rotate", overlapping("2"))
	o.hasPrevious(second, first)
	o.alive(first.Text("token"), second.Text("token"))
	o.Journal().Reset()
	nothingSent := func() {
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			if got := o.requests(method, "") - o.requests(method, loginRoute); got != 0 {
				t.Errorf("%d requests %s", got, method)
			}
		}
	}
	if kept := l.fails(refused, overlapping("3")); !same(kept, second) {
		t.Errorf("%v", kept.Attributes)
	}
	o.refused(refused, l.Destroy())
	nothingSent()
	o.Clock().Advance(73 * time.Hour)
	kept := l.fails(refused, overlapping("2"))
	o.hasPrevious(kept, first)
	o.refused(refused, l.Destroy())
	nothingSent()
	o.alive(first.Text("token"), second.Text("token"))
	l.Start = admin
	o.hasNoPrevious(l.Does("update", overlapping("2")))
	o.alive(second.Text("token"))
	l.destroys()
}
