package magpie_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
)

// lentUntil is the description of an ephemeral token.
func lentUntil(until time.Time) string {
	return "terraform-provider-mint: ephemeral until " + until.UTC().Format(time.RFC3339)
}

// isLentUntil checks the mark of an ephemeral token, up to the time that its requests took.
func (o *organization) isLentUntil(id string, want time.Time) {
	o.t.Helper()
	stored, exists := o.Magpie.Token(id)
	until, err := time.Parse(time.RFC3339, strings.TrimPrefix(stored.Description, "terraform-provider-mint: ephemeral until "))
	if !exists || err != nil || stored.Description != lentUntil(until) {
		o.t.Errorf("the token %s is described as %q", id, stored.Description)
	}
	around(o.t, until, want)
}

// mustWork checks whether a token works.
func (o *organization) mustWork(secret string, works bool) {
	o.t.Helper()
	if got := o.use(secret); got.Works() != works {
		o.t.Errorf("the token works: %t: %+v", got.Works(), got)
	}
}

// TestMagpieAccessToken_ephemeral mints a token that works until it is closed, and leaves nothing behind. Renewals extend the mark.
func TestMagpieAccessToken_ephemeral(t *testing.T) {
	t.Parallel()
	eachOf(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(48 * time.Hour) }))
		e := o.engine(kind)
		opened := e.MustOpen(kind, arguments(kind, values{"verify": true, "lifetime": "2h"}))
		id, secret := opened.Text("id"), opened.Text("token")
		o.mustWork(secret, true)
		o.isLentUntil(id, o.Clock().Now().Add(2*time.Hour))
		around(t, opened.RenewAt, o.Clock().Now().Add(time.Hour))
		around(t, opened.Time("expires_at"), o.Clock().Now().Add(48*time.Hour))
		if stored, _ := o.Magpie.Token(id); stored.Secret != secret || stored.User != o.owner(kind) {
			t.Errorf("it is %+v", stored)
		}
		o.Clock().Advance(time.Hour)
		e.NoError(e.Renew(opened))
		o.isLentUntil(id, o.Clock().Now().Add(2*time.Hour))
		around(t, opened.RenewAt, o.Clock().Now().Add(time.Hour))
		o.mustWork(secret, true)
		e.NoError(e.Close(opened))
		o.mustWork(secret, false)
		o.left()
	})
}

// TestMagpieAccessToken_ephemeralSwept deletes what earlier runs have left behind on the account once its time is over, and nothing else.
func TestMagpieAccessToken_ephemeralSwept(t *testing.T) {
	t.Parallel()
	eachOf(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		past := o.Clock().Now().Add(-time.Minute).UTC()
		var stay []string
		for _, text := range []string{
			"", "nightly", lentUntil(past) + " ", " " + lentUntil(past), strings.ToUpper(lentUntil(past)), lentUntil(past) + ".", lentUntil(past)[:30],
			"terraform-provider-mint: ephemeral until " + past.Format(time.DateOnly), past.Format(time.RFC3339),
			"terraform-provider-mint: ephemeral until " + past.Format("2006-01-02T15:04:05.000Z"),
			"terraform-provider-mint: ephemeral until " + past.In(time.FixedZone("", 3600)).Format(time.RFC3339),
			"terraform-provider-mint: rotation of 17 under way", lentUntil(past.Add(time.Hour)),
		} {
			stay = append(stay, o.seed(o.owner(kind), func(k *fake.Token) { k.Description = text }).ID)
		}
		left := o.engine(kind).MustOpen(kind, arguments(kind, values{"lifetime": "30m"}))
		off := o.seed(o.owner(kind), func(k *fake.Token) { k.Description, k.Disabled = lentUntil(past), true })
		other := o.seed(o.owner(map[string]string{personal: service, service: personal}[kind]), func(k *fake.Token) { k.Description = lentUntil(past) })
		o.Clock().Advance(31 * time.Minute)
		e := o.engine(kind)
		opened := e.MustOpen(kind, arguments(kind, nil))
		o.mustWork(left.Text("token"), false)
		o.mustWork(opened.Text("token"), true)
		for id, exists := range map[string]bool{left.Text("id"): false, off.ID: false, other.ID: true, opened.Text("id"): true} {
			if _, there := o.Magpie.Token(id); there != exists {
				t.Errorf("%s exists: %t", id, there)
			}
		}
		e.NoError(e.Close(opened))
		for _, id := range stay {
			if token, exists := o.Magpie.Token(id); !exists {
				t.Errorf("%s was deleted: %q", id, token.Description)
			}
		}
		// The end of a loan is over for one token after the other: the next run deletes what this one still had to spare.
		o.Clock().Advance(time.Hour)
		e = o.engine(kind)
		e.NoError(e.Close(e.MustOpen(kind, arguments(kind, nil))))
		if _, exists := o.Magpie.Token(stay[len(stay)-1]); exists || len(o.ids()) != len(stay) {
			t.Errorf("left are %v", o.ids())
		}
	})
}

// TestMagpieAccessToken_ephemeralNotSwept: what cannot be swept is a warning, and the run goes on.
func TestMagpieAccessToken_ephemeralNotSwept(t *testing.T) {
	t.Parallel()
	o := emulate(t, switched(func(w *fake.Switches) { w.IgnoredDeletes = 1 }))
	left := o.seed(robot, func(k *fake.Token) { k.Description = lentUntil(o.Clock().Now().Add(-time.Minute)) })
	e := o.engine(service)
	opened, said := e.Open(service, arguments(service, nil))
	if text := o.warned(said); !strings.Contains(text, "could not be deleted") || !strings.Contains(text, left.ID) {
		t.Errorf("it warns: %s", text)
	}
	e.NoError(e.Close(opened))
	o.left(left.ID)
}

// TestMagpieAccessToken_ephemeralFails: whatever fails after the mint, nothing is alive afterwards.
func TestMagpieAccessToken_ephemeralFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(o *organization)
		config  values
		says    string
		// left is how many tokens are alive all the same.
		left int
	}{
		"the mint is refused":             {func(o *organization) { o.fault(http.MethodPost, userRoute, "status:403", 1) }, nil, "needs the permission AccessToken", 0},
		"the mark is refused":             {func(o *organization) { o.fault(http.MethodPut, textRoute, "status:400", 1) }, nil, "could not be marked as an ephemeral one", 0},
		"the mark fails":                  {func(o *organization) { o.fault(http.MethodPut, textRoute, "status:500", 9) }, nil, "could not be marked as an ephemeral one", 0},
		"the mark is ignored":             {o500(func(w *fake.Switches) { w.IgnoredUpdates = 9 }), nil, "but the list shows none", 0},
		"the login with it is refused":    {func(o *organization) { o.fault(http.MethodPost, loginRoute, "status:401", 1) }, values{"verify": true}, "logging in with it failed, so the provider revokes it. Check that its owner is active and may use tokens, then run again: the organization refuses it", 0},
		"the login with it fails":         {func(o *organization) { o.fault(http.MethodPost, loginRoute, "status:503", 9) }, values{"verify": true}, "logging in with it failed", 0},
		"the revocation answers an error": {o500(func(w *fake.Switches) { w.IgnoredUpdates, w.FailingDeletes = 9, 1 }), nil, "but the list shows none", 0},
		"it cannot be revoked": {func(o *organization) {
			o.fault(http.MethodPut, textRoute, "status:400", 1)
			o.fault(http.MethodDelete, itemRoute, "status:403", 1)
		}, nil, "which nothing uses, was not revoked", 1},
		"the list fails after the mint": {func(o *organization) {
			o.Magpie.OnAfterCreate(func(string) { o.fault(http.MethodGet, userRoute, "status:500", 9) })
		}, nil, "could not be revoked either, because its id is not known", 1},
		"the answer to the mint is lost": {func(o *organization) { o.fault(http.MethodPost, userRoute, "drop-after", 1) }, nil, "possibly created by this run", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emulate(t)
			e := o.engine(service, impatience)
			// The provider is logged in by then.
			e.NoError(e.Close(e.MustOpen(service, arguments(service, nil))))
			c.happens(o)
			opened, said := e.Open(service, arguments(service, c.config))
			if o.refused(c.says, said); opened != nil {
				t.Error("it is open")
			}
			if alive := o.Minted(); len(alive) != c.left {
				t.Errorf("alive are %v", alive)
			}
		})
	}
}

// o500 turns switches.
func o500(change func(*fake.Switches)) func(o *organization) {
	return func(o *organization) { o.turn(change)() }
}

// TestMagpieAccessToken_ephemeralUndocumented: an answer to a change says nothing, and what an organization makes of descriptions is not
// documented. Where the mark cannot be read back, a warning says so, and the token is lent and revoked all the same.
func TestMagpieAccessToken_ephemeralUndocumented(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		switches fake.Switches
		warns    string
	}{
		"it trims":                    {fake.Switches{TrimDescription: true}, ""},
		"it reads Latin-1":            {fake.Switches{Latin1: true}, ""},
		"changes answer an error":     {fake.Switches{FailingUpdates: 9, FailingDeletes: 9}, ""},
		"lists lag":                   {fake.Switches{ListLag: 1}, ""},
		"lists begin with the newest": {fake.Switches{ListOrder: "newest_first", IDKind: "uuid", WriteStatus: http.StatusNoContent}, ""},
		"it cuts":                     {fake.Switches{DescriptionLimit: 50}, "cannot recognize the token"},
		"lists show no descriptions":  {fake.Switches{HideDescription: true}, "cannot recognize the token"},
		"the answer tells the id":     {fake.Switches{CreateID: true, UnknownIDStatus: http.StatusInternalServerError}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emulate(t, switched(func(w *fake.Switches) { *w = c.switches }))
			e := o.engine(service, impatience)
			opened, said := e.Open(service, arguments(service, nil))
			if text := o.warned(said); (text != "") != (c.warns != "") || !strings.Contains(text, c.warns) {
				t.Errorf("it warns: %s", text)
			}
			o.mustWork(opened.Text("token"), true)
			o.Clock().Advance(30 * time.Minute)
			e.NoError(e.Renew(opened))
			if c.warns == "" {
				o.isLentUntil(opened.Text("id"), o.Clock().Now().Add(time.Hour))
			}
			e.NoError(e.Close(opened))
			o.mustWork(opened.Text("token"), false)
			o.left()
		})
	}
}

// TestMagpieAccessToken_ephemeralRenewed: a renewal that did not take is told in the end.
func TestMagpieAccessToken_ephemeralRenewed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(o *organization, id string)
		says    string
	}{
		"deleted elsewhere": {func(o *organization, id string) { o.forget(id) }, "it was deleted outside Terraform"},
		"ignored":           {func(o *organization, _ string) { o500(func(w *fake.Switches) { w.IgnoredUpdates = 9 })(o) }, "the list still shows"},
		"refused":           {func(o *organization, _ string) { o.fault(http.MethodPut, textRoute, "status:403", 1) }, "could not be extended"},
		"the list fails":    {func(o *organization, _ string) { o.fault(http.MethodGet, userRoute, "status:500", 9) }, "could not be extended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emulate(t)
			e := o.engine(service, impatience)
			opened := e.MustOpen(service, arguments(service, nil))
			o.Clock().Advance(30 * time.Minute)
			c.happens(o, opened.Text("id"))
			// Terraform shows nothing of a renewal that fails: closing says what came of it.
			if said := e.Renew(opened); len(said) > 0 {
				t.Error(said)
			}
			if said := e.Close(opened); !strings.Contains(said.String(), c.says) || !strings.Contains(said.String(), "An ephemeral token could not be extended") {
				t.Errorf("closing says %s", said)
			}
		})
	}
}

// TestMagpieAccessToken_ephemeralElsewhere: a process that has listed nothing yet extends and closes a token as well.
func TestMagpieAccessToken_ephemeralElsewhere(t *testing.T) {
	t.Parallel()
	eachOf(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		opened := o.engine(kind).MustOpen(kind, arguments(kind, nil))
		o.Clock().Advance(30 * time.Minute)
		e := o.engine(kind)
		e.NoError(e.Renew(opened))
		o.isLentUntil(opened.Text("id"), o.Clock().Now().Add(time.Hour))
		e = o.engine(kind)
		e.NoError(e.Close(opened))
		o.left()
	})
}

// TestMagpieAccessToken_ephemeralInterrupted: a run that is interrupted in the middle of an opening leaves nothing behind.
func TestMagpieAccessToken_ephemeralInterrupted(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]string{"at the mint": http.MethodPost, "at the mark": http.MethodPut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emulate(t)
			ctx, interrupt := context.WithCancel(t.Context())
			process, env := o.process(service), o.env
			env.Transport = &protocoltest.Network{After: func(r *http.Request) {
				if r.Method == at && !strings.HasSuffix(r.URL.Path, "/login") {
					interrupt()
				}
			}}
			process.Server, process.Context = providerserver.NewProtocol6WithError(provider.NewIn(env)()), ctx
			opened, said := protocoltest.Start(t, process).Open(service, arguments(service, nil))
			if o.left(); opened != nil || !said.Failed() || o.requests(http.MethodPost, userRoute) != 1 {
				t.Errorf("opened %v: %s", opened, said)
			}
		})
	}
}

// TestMagpieAccessToken_ephemeralClosed: a token is closed when it is gone, whoever deleted it, and only then.
func TestMagpieAccessToken_ephemeralClosed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(o *organization, id string)
		says    string
		left    int
	}{
		"deleted elsewhere":             {func(o *organization, id string) { o.forget(id) }, "", 0},
		"its account is gone":           {func(o *organization, _ string) { _ = o.Magpie.DropUser(robot) }, "", 0},
		"deleted, and answered 500":     {func(o *organization, _ string) { o500(func(w *fake.Switches) { w.FailingDeletes = 9 })(o) }, "", 0},
		"the answer is lost":            {func(o *organization, _ string) { o.fault(http.MethodDelete, itemRoute, "drop-after", 1) }, "", 0},
		"answered 200, and not deleted": {func(o *organization, _ string) { o500(func(w *fake.Switches) { w.IgnoredDeletes = 9 })(o) }, "was not revoked", 1},
		"refused":                       {func(o *organization, _ string) { o.fault(http.MethodDelete, itemRoute, "status:403", 1) }, "was not revoked", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emulate(t)
			e := o.engine(service, impatience)
			opened := e.MustOpen(service, arguments(service, nil))
			c.happens(o, opened.Text("id"))
			if said := e.Close(opened); c.says == "" {
				e.NoError(said)
			} else {
				o.refused(c.says, said)
				o.refused(opened.Text("id"), said)
			}
			if alive := o.Minted(); len(alive) != c.left {
				t.Errorf("alive are %v", alive)
			}
			if _, exists := o.Magpie.Token(opened.Text("id")); !exists {
				o.mustWork(opened.Text("token"), false)
			}
		})
	}
}

// TestMagpieAccessToken_ephemeralNothing: where nothing is to be minted, or nothing may be, nothing is sent that mints.
func TestMagpieAccessToken_ephemeralNothing(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.policy = values{"max_lifetime": "30m", "require_rotation": true, "require_encryption": true}
	for _, kind := range plainKinds() {
		e := o.engine(kind)
		opened := e.MustOpen(kind, arguments(kind, values{"mint_when": false, "verify": true}))
		for _, attribute := range []string{"id", "token", "created_at", "expires_at"} {
			if !opened.IsNull(attribute) {
				t.Errorf("%s is %s", attribute, opened.Text(attribute))
			}
		}
		e.NoError(e.Renew(opened))
		e.NoError(e.Close(opened))
		_, said := e.Open(kind, arguments(kind, values{"lifetime": "31m"}))
		o.refusedAt("policy.max_lifetime", said, "lifetime")
		if sent := o.Journal().Count(fakeapi.Filter{System: fake.Name}); sent != 0 {
			t.Errorf("%d requests", sent)
		}
	}
	e := o.engine(personal)
	e.NoError(e.Close(e.MustOpen(personal, values{"lifetime": "30m"})))
	o.refusedAt("from 1m to 1d", e.ValidateEphemeral(personal, values{"lifetime": "25h"}), "lifetime")
	_, said := o.engine(service).Open(service, values{"user_name": "nobody@example.com", "lifetime": "1m"})
	o.refused("Check user_name", said)
	o.left()
}

// TestMagpieAccessToken_ephemeralImported: an ephemeral token that is imported shows its mark, and the configuration replaces it: nothing
// sweeps the token afterwards. The mark itself is refused as a description.
func TestMagpieAccessToken_ephemeralImported(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	opened := o.engine(service).MustOpen(service, arguments(service, nil))
	id := opened.Text("id")
	l := o.subject(service)
	l.Object = o.engine(service).MustImport(robot + "/" + id)
	mark := l.Object.Text("description")
	if !strings.HasPrefix(mark, "terraform-provider-mint: ephemeral until ") {
		t.Errorf("it is described as %q", mark)
	}
	for _, kind := range kinds() {
		o.refusedAt("must not be the mark of an ephemeral token", o.engine(kind).Validate(arguments(kind, values{"description": mark})), "description")
	}
	l.did(protocoltest.Update, l.Run(nil))
	o.Clock().Advance(2 * time.Hour)
	e := o.engine(service)
	e.NoError(e.Close(e.MustOpen(service, arguments(service, nil))))
	o.left(id)
	o.mustWork(opened.Text("token"), true)
}

// TestMagpieAccessToken_ephemeralBesideRotation: an ephemeral token is no orphan of a rotation, and the other way round.
func TestMagpieAccessToken_ephemeralBesideRotation(t *testing.T) {
	t.Parallel()
	o, l, previous, current := inOverlap(t, service)
	e := o.engine(service)
	opened := e.MustOpen(service, arguments(service, nil))
	o.Clock().Advance(2 * time.Hour)
	next := l.Does(protocoltest.Rotate, overlapping("3"))
	o.mustWork(opened.Text("token"), true)
	o.mustWork(previous.Text("token"), false)
	again := o.engine(service).MustOpen(service, arguments(service, nil))
	o.mustWork(opened.Text("token"), false)
	o.alive(current.Text("token"), next.Text("token"), again.Text("token"))
	facts, said := e.ReadDataSource(service+"s", values{"user_name": robot})
	e.NoError(said)
	if text := facts.String(); strings.Count(text, "ephemeral until") != 1 {
		t.Errorf("the data source shows %s", text)
	}
	e.NoError(o.engine(service).Close(again))
}
