package magpie_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// TestMagpieAccessToken_overlap rotates in place: both generations work until the overlap is over, and then the first apply
// revokes the older one.
func TestMagpieAccessToken_overlap(t *testing.T) {
	t.Parallel()
	atOnce(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		l := o.life(kind)
		config := func(generation string) map[string]any {
			return with("rotation_triggers", generation, "overlap", "72h", "description", "mine")
		}
		first := l.does("create", config("1"))
		first.hasNoPrevious()
		o.Clock().Advance(time.Hour)
		mints := o.requests("POST", mintOf(kind))
		second := l.does("rotate", config("2"))
		o.asked("POST", mintOf(kind), mints+1)
		second.hasPrevious(first)
		o.holdsWorking(second)
		around(t, second.at("previous_revoked_after"), o.Clock().Now().Add(72*time.Hour))
		o.lives(first.text("token"), second.text("token"))
		if stored, _ := o.Magpie.Token(second.text("id")); stored.Description != "mine" || second.text("description") != "mine" {
			t.Errorf("%s: described as %q", kind, stored.Description)
		}
		if got := second.identityValues()["id"]; got != second.text("id") {
			t.Errorf("%s: identity %s", kind, got)
		}
		if text := l.plan(config("2")).remarks(); !strings.Contains(text, "Two generations of a Magpie") || !strings.Contains(text, first.text("id")) {
			t.Errorf("%s: warned %q", kind, text)
		}
		o.Clock().Advance(71 * time.Hour)
		l.does("nothing", config("2"))
		o.lives(first.text("token"), second.text("token"))
		o.Clock().Advance(2 * time.Hour)
		l.refresh()
		if text := l.plan(config("2")).remarks(); !strings.Contains(text, "is due for revocation") {
			t.Errorf("%s: warned %q", kind, text)
		}
		l.does("update", config("2")).hasNoPrevious()
		o.lives(second.text("token"))
		l.does("rotate", config("3"))
		o.left(second.text("id"), l.now.text("id"))
		l.ends()
	})
}

// TestMagpieAccessToken_overlapDisabled mints a disabled successor of a disabled token, and leaves no mark on it.
func TestMagpieAccessToken_overlapDisabled(t *testing.T) {
	t.Parallel()
	for _, described := range []any{nil, "mine"} {
		o := emulate(t)
		l := o.life(personal)
		config := func(generation string) map[string]any {
			return with("rotation_triggers", generation, "overlap", "72h", "disabled", true, "description", described)
		}
		l.does("create", config("1"))
		second := l.does("rotate", config("2"))
		stored, _ := o.Magpie.Token(second.text("id"))
		if want, _ := described.(string); !stored.Disabled || stored.Description != want || second.text("status") != "disabled" {
			t.Errorf("stored %+v", stored)
		}
		o.lives()
		l.ends()
	}
}

// TestMagpieAccessToken_overlapTwice rotates again inside an overlap: the oldest makes way, the current one never does.
func TestMagpieAccessToken_overlapTwice(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t)
		l := o.life(kind)
		config := func(generation string) map[string]any {
			return with("rotation_triggers", generation, "overlap", "72h")
		}
		l.does("create", config("1"))
		second := l.does("rotate", config("2"))
		third := l.does("rotate", config("3"))
		third.hasPrevious(second)
		o.lives(second.text("token"), third.text("token"))
		l.ends()
	}
}

// TestMagpieAccessToken_overlapTogether rotates tokens of one account at the same time, in one run: each finds its own successor.
func TestMagpieAccessToken_overlapTogether(t *testing.T) {
	t.Parallel()
	const count = 5
	o := emulate(t)
	config := func(generation string) map[string]any {
		return arguments(service, with("rotation_triggers", generation, "overlap", "72h", "description", "mine"))
	}
	var first, second [count]answer
	p := o.protocol()
	for i := range first {
		first[i] = p.apply(service, nil, config("1")).fine()
		o.Clock().Advance(2 * time.Second)
	}
	o.Clock().Advance(time.Hour)
	refreshing, p := o.protocol(), o.protocol()
	var read, planned [count]answer
	for i := range first {
		read[i] = refreshing.read(service, first[i])
		planned[i] = p.plan(service, &read[i], config("2")).fine()
	}
	// The run that applies has not refreshed.
	var all sync.WaitGroup
	for i := range first {
		all.Go(func() { second[i] = p.carryOut(service, &read[i], planned[i], config("2")) })
	}
	all.Wait()
	var secrets []string
	for i := range first {
		second[i].fine().hasPrevious(first[i])
		o.holdsWorking(second[i])
		if text := second[i].remarks(); text != "" {
			t.Errorf("warned %q", text)
		}
		secrets = append(secrets, first[i].text("token"), second[i].text("token"))
	}
	o.lives(secrets...)
	for i := range second {
		o.protocol().destroy(service, second[i]).fine()
	}
	o.left()
}

// TestMagpieAccessToken_overlapRevocationFails keeps what it could not revoke in mind until it is revoked.
func TestMagpieAccessToken_overlapRevocationFails(t *testing.T) {
	t.Parallel()
	atOnce(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		l := o.life(kind)
		config := func(generation string) map[string]any {
			return with("rotation_triggers", generation, "overlap", "72h")
		}
		first := l.does("create", config("1"))
		second := l.does("rotate", config("2"))
		o.fault("DELETE", itemRoute, "status:403", 1)
		third := l.fails(`the earlier token `+first.text("id")+` could not be revoked`, config("3"))
		third.hasPrevious(second)
		o.lives(first.text("token"), second.text("token"), third.text("token"))
		l.refresh()
		if text := l.plan(config("3")).remarks(); !strings.Contains(text, "still to be revoked: An earlier apply could not revoke the token "+first.text("id")) {
			t.Errorf("%s: warned %q", kind, text)
		}
		settled := l.does("update", config("3"))
		settled.hasPrevious(second)
		if settled.text("previous_revoked_after") != third.text("previous_revoked_after") {
			t.Error("the overlap moved")
		}
		o.lives(second.text("token"), third.text("token"))

		// The end of an overlap may fail, too; and a destroy takes all with it, or says what it could not.
		o.Clock().Advance(73 * time.Hour)
		o.fault("DELETE", itemRoute, "status:403", 1)
		l.fails(`the earlier token `+second.text("id")+` could not be revoked`, config("3")).hasPrevious(second)
		o.fault("DELETE", itemRoute, "status:403", 1)
		kept := o.protocol().destroy(kind, *l.now).fails(`the earlier token ` + second.text("id") + ` could not be revoked`)
		if kept.text("previous_id") != second.text("id") {
			t.Errorf("%s: kept %v", kind, kept.values())
		}
		o.left(second.text("id"))
		o.protocol().destroy(kind, kept).fine()
		o.left()
	})
}

// TestMagpieAccessToken_overlapMintFails leaves everything as it was.
func TestMagpieAccessToken_overlapMintFails(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t)
		l := o.life(kind)
		config := func(generation string) map[string]any {
			return with("rotation_triggers", generation, "overlap", "72h", "description", "mine")
		}
		first := l.does("create", config("1"))
		second := l.does("rotate", config("2"))
		o.fault("POST", mintOf(kind), "status:403", 1)
		failed := l.fails(`the user needs the permission AccessToken`, config("3"))
		if !failed.equals(second) {
			t.Errorf("%s: the state is %v", kind, failed.values())
		}
		o.lives(first.text("token"), second.text("token"))
		third := l.does("rotate", config("3"))
		third.hasPrevious(second)
		o.lives(second.text("token"), third.text("token"))
		l.ends()
	}
}

// TestMagpieAccessToken_missing keeps the resource while its generation before lives, and mints in place.
func TestMagpieAccessToken_missing(t *testing.T) {
	t.Parallel()
	atOnce(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		for _, overlap := range []any{"72h", nil} {
			o := emulate(t)
			l := o.life(kind)
			first := l.does("create", with("rotation_triggers", "1", "overlap", "72h"))
			second := l.does("rotate", with("rotation_triggers", "2", "overlap", "72h"))
			o.Clock().Advance(settled)
			o.forget(second.text("id"))
			read := l.refresh()
			if text := read.warnings(); read.text("status") != "missing" || !strings.Contains(text, "The next apply mints a new one in place. The token before, "+first.text("id")) {
				t.Errorf("%s: warned %q, read %v", kind, text, read.values())
			}
			third := l.does("rotate", with("rotation_triggers", "2", "overlap", overlap))
			third.hasPrevious(first)
			if third.text("previous_revoked_after") != second.text("previous_revoked_after") {
				t.Error("the overlap moved")
			}
			o.lives(first.text("token"), third.text("token"))
			o.Clock().Advance(73 * time.Hour)
			l.does("update", with("rotation_triggers", "2", "overlap", overlap)).hasNoPrevious()
			o.lives(third.text("token"))

			// Without an earlier generation the resource is gone with its token.
			o.forget(third.text("id"))
			if l.refresh(); l.now != nil {
				t.Errorf("%s: kept %v", kind, l.now.values())
			}
		}
	})
}

// TestMagpieAccessToken_missingWhileOwing keeps the resource for an older generation that is still to be revoked.
func TestMagpieAccessToken_missingWhileOwing(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	l := o.life(service)
	config := func(generation string) map[string]any {
		return with("rotation_triggers", generation, "overlap", "72h")
	}
	first := l.does("create", config("1"))
	second := l.does("rotate", config("2"))
	o.fault("DELETE", itemRoute, "status:403", 1)
	third := l.fails(`could not be revoked`, config("3"))
	o.Clock().Advance(settled)
	o.forget(second.text("id"))
	o.forget(third.text("id"))
	o.left(first.text("id"))
	if text := l.refresh().warnings(); !strings.Contains(text, "An earlier one that is still alive is revoked then.") {
		t.Errorf("warned %q", text)
	}
	fourth := l.does("rotate", config("3"))
	fourth.hasNoPrevious()
	o.lives(fourth.text("token"))
	l.ends()
}

// TestMagpieAccessToken_previousMissing takes the generation before for gone when somebody has deleted it, and plans nothing.
func TestMagpieAccessToken_previousMissing(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t)
		l := o.life(kind)
		config := func(generation string) map[string]any {
			return with("rotation_triggers", generation, "overlap", "72h")
		}
		first := l.does("create", config("1"))
		second := l.does("rotate", config("2"))
		o.forget(first.text("id"))
		l.does("nothing", config("2"))
		l.now.hasNoPrevious()
		o.lives(second.text("token"))
		l.ends()
	}
}

// TestMagpieAccessToken_overlapExpired rotates in place what has ended: nothing of it is kept, and its remains are deleted.
func TestMagpieAccessToken_overlapExpired(t *testing.T) {
	t.Parallel()
	for name, set := range ended() {
		o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(time.Hour); set(w) }))
		l := o.life(service)
		l.does("create", with("overlap", "10m"))
		o.Clock().Advance(2 * time.Hour)
		second := l.does("rotate", with("overlap", "10m"))
		second.hasNoPrevious()
		o.lives(second.text("token"))
		o.protocol().destroy(service, second).fine()
		if name != "hidden" {
			o.left()
		}
	}
}

// TestMagpieAccessToken_overlapBeyondEnd keeps the generation before no longer than it lives.
func TestMagpieAccessToken_overlapBeyondEnd(t *testing.T) {
	t.Parallel()
	o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(10 * time.Hour) }))
	l := o.life(service)
	first := l.does("create", with("rotation_triggers", "1", "overlap", "72h"))
	o.Clock().Advance(4 * time.Hour)
	second := l.does("rotate", with("rotation_triggers", "2", "overlap", "72h"))
	if second.text("previous_revoked_after") != first.text("expires_at") {
		t.Errorf("kept until %s", second.text("previous_revoked_after"))
	}
	o.Clock().Advance(7 * time.Hour)
	l.does("update", with("rotation_triggers", "2", "overlap", "72h")).hasNoPrevious()
	o.left(second.text("id"))
	l.ends()
}

// TestMagpieAccessToken_overlapOwnCredential neither rotates nor revokes the token that the provider logs in with.
func TestMagpieAccessToken_overlapOwnCredential(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	l := o.life(personal)
	first := l.does("create", with("rotation_triggers", "1", "overlap", "72h"))
	as := func(token string) *protocol {
		return o.protocol(func(config map[string]any) {
			config["magpie"] = map[string]any{"base_url": o.URL("magpie"), "access_token": token}
		})
	}
	const refused = `The provider logs in with this very token`
	as(first.text("token")).plan(personal, &first, with("rotation_triggers", "2", "overlap", "72h")).fails(refused)
	second := l.does("rotate", with("rotation_triggers", "2", "overlap", "72h"))
	p := as(first.text("token"))
	p.plan(personal, &second, with("rotation_triggers", "3", "overlap", "72h")).fails(refused)
	p.destroy(personal, second).fails(refused)
	o.Clock().Advance(73 * time.Hour)
	read := as(first.text("token")).read(personal, second).fine()
	as(first.text("token")).plan(personal, &read, with("rotation_triggers", "2", "overlap", "72h")).fails(refused)
	o.lives(first.text("token"), second.text("token"))
	l.ends()
}
