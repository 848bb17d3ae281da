package sailpoint_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

func lasting(lifetime string) values {
	return values{"name": "ci", "scope": []string{"sp:my-personal-access-tokens:read"}, "lifetime": lifetime}
}

// TestPersonalAccessToken_plansTwice plans every change twice, as Terraform does, in two processes and with a later clock: the two
// plans must agree to the byte.
func TestPersonalAccessToken_plansTwice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config  values
		replace bool
		// before and between are how far the clock moves before the refresh, and between the two plans.
		before, between time.Duration
	}{
		"nothing":              {lasting("1h"), false, 0, 2 * time.Hour},
		"name":                 {values{"name": "new", "scope": []string{"sp:my-personal-access-tokens:read"}, "lifetime": "1h"}, false, 0, 2 * time.Hour},
		"name prefix":          {values{"name_prefix": "x-", "scope": []string{"sp:my-personal-access-tokens:read"}, "lifetime": "1h"}, false, 0, 2 * time.Hour},
		"lifetime":             {lasting("720h"), false, 0, 2 * time.Hour},
		"expires_at unknown":   {values{"name": "ci", "scope": []string{"a"}, "expires_at": protocoltest.Unknown}, false, 0, 2 * time.Hour},
		"never":                {values{"name": "ci", "scope": []string{"a"}, "never_expires": true}, false, 0, 2 * time.Hour},
		"validity":             {values{"name": "ci", "scope": []string{"sp:my-personal-access-tokens:read"}, "lifetime": "1h", "access_token_validity_seconds": 60}, true, 0, 2 * time.Hour},
		"expired":              {lasting("1h"), true, 2 * time.Hour, 24 * time.Hour},
		"expired and edited":   {lasting("720h"), true, 2 * time.Hour, 24 * time.Hour},
		"expired, never":       {values{"name": "ci", "scope": []string{"a"}, "never_expires": true}, true, 2 * time.Hour, 24 * time.Hour},
		"about to expire":      {lasting("1h"), false, 59 * time.Minute, time.Hour},
		"name in time to come": {values{"name": protocoltest.Unknown, "scope": []string{"a"}, "lifetime": "1h"}, false, 0, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			first := s.engine()
			made := first.Create(lasting("1h"))
			s.Clock().Advance(c.before)
			first = s.engine()
			prior, diagnostics := first.Read(made)
			first.NoError(diagnostics)
			planned := first.Plan(prior, c.config)
			first.NoError(planned.Diagnostics)

			s.Clock().Advance(c.between)
			// Applying a saved plan does not refresh.
			second := s.engine()
			again := second.Plan(prior, c.config)
			second.NoError(again.Diagnostics)
			if !bytes.Equal(planned.State.MsgPack, again.State.MsgPack) {
				t.Errorf("the two plans differ: %s", cmp.Diff(fmt.Sprint(planned.Attributes), fmt.Sprint(again.Attributes)))
			}
			if got, want := fmt.Sprint(again.RequiresReplace), fmt.Sprint(planned.RequiresReplace); got != want {
				t.Errorf("the two plans replace for %s and %s", want, got)
			}
			if got := planned.Replaces(); got != c.replace {
				t.Errorf("replacement: %v", planned.RequiresReplace)
			}
			if !bytes.Equal(planned.Private, again.Private) {
				t.Errorf("private state %s and %s", planned.Private, again.Private)
			}
		})
	}
}

// TestPersonalAccessToken_privateState remembers nothing secret beside the state.
func TestPersonalAccessToken_privateState(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	e := s.engine()
	made := e.Create(lasting("1h"))
	secret := made.Text("secret")
	if secret == "" || strings.Contains(made.Remembered(), secret) {
		t.Errorf("private state %s", made.Remembered())
	}
}

func TestPersonalAccessToken_warnings(t *testing.T) {
	t.Parallel()
	t.Run("missing scope", func(t *testing.T) {
		t.Parallel()
		s := emulate(t)
		e := s.engine()
		config := values{"name": "ci", "never_expires": true}
		planned := e.Plan(nil, config)
		if got := warned(planned.Diagnostics); got != "The token will have all rights of its owner" {
			t.Errorf("warned of %q", got)
		}
		made := e.MustApply(planned)
		if again := e.Plan(made, config); warned(again.Diagnostics) != "" {
			t.Errorf("a token that exists is warned about again: %q", warned(again.Diagnostics))
		}
	})
	for _, hide := range []bool{false, true} {
		t.Run(fmt.Sprintf("expired, hidden %t", hide), func(t *testing.T) {
			t.Parallel()
			s := emulate(t, switched(func(w *fake.Switches) { w.HideExpired = hide }))
			e := s.engine()
			made := e.Create(lasting("1h"))
			// Right at the end the provider's clock, which learns the tenant's time from whole seconds, may still be behind.
			s.Clock().Advance(time.Hour)
			if !hide {
				s.Clock().Advance(time.Minute)
			}
			e = s.engine()
			read, diagnostics := e.Read(made)
			if got := warned(diagnostics); got != "SailPoint personal access token has expired" {
				t.Errorf("warned of %q", got)
			}
			attributes := read.Attributes
			if attributes.Text("status") != "expired" || attributes.Text("secret") == "" {
				t.Errorf("state %v", attributes)
			}
		})
	}
	t.Run("deprecated version", func(t *testing.T) {
		t.Parallel()
		s := emulate(t, switched(func(w *fake.Switches) { w.Deprecated = true }))
		e := s.engine()
		made := e.Create(lasting("1h"))
		e = s.engine()
		var all protocoltest.Diagnostics
		for range 3 {
			_, diagnostics := e.Read(made)
			all = append(all, diagnostics...)
		}
		if got := warned(all); got != "SailPoint Identity Security Cloud marks its API version v1 as deprecated" {
			t.Errorf("warned of %q", got)
		}
	})
}

// TestPersonalAccessTokensDataSource_listCut warns about a list of just the length at which the tenant may cut it.
func TestPersonalAccessTokensDataSource_listCut(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	for i := range 249 {
		s.seed(fmt.Sprintf("foreign-%03d", i))
	}
	for _, want := range []string{"The list of SailPoint personal access tokens may be incomplete", ""} {
		e := s.engine()
		_, diagnostics := e.ReadDataSource(dataSourceType, nil)
		e.NoError(diagnostics)
		if got := warned(diagnostics); got != want {
			t.Errorf("warned of %q instead of %q", got, want)
		}
		s.seed("more" + want)
	}
}

// TestPersonalAccessToken_importsByIdentity needs no engine that knows identities.
func TestPersonalAccessToken_importsByIdentity(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	foreign := s.seed("ci", func(k *fake.Token) { k.Scope = []string{"sp:my-personal-access-tokens:read"} })
	e := s.engine()
	read, diagnostics := e.ImportByIdentity(values{"id": foreign.ID})
	e.NoError(diagnostics)
	if got := read.Attributes; got.Text("id") != foreign.ID || got.Text("name") != "ci" || got.Text("secret") != "" {
		t.Errorf("imported %v", got)
	}
	if read.Identity == nil {
		t.Error("no identity came back")
	}
	config := values{"name": "ci", "scope": []string{"sp:my-personal-access-tokens:read"}, "never_expires": true}
	s.plansNothing(read, config)
}

// TestPersonalAccessToken_identityMissing reads, changes and deletes a token whose state was written by an engine without
// identities.
func TestPersonalAccessToken_identityMissing(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	e := s.engine()
	made := e.Create(lasting("720h"))
	made.Identity = nil
	read, diagnostics := e.Read(made)
	e.NoError(diagnostics)
	if read.Identity == nil {
		t.Error("the refresh brought no identity")
	}
	changed := e.MustApply(e.Plan(made, lasting("1440h")))
	if changed.Identity == nil {
		t.Error("the update brought no identity")
	}
	if err := s.SailPoint.DeleteToken(made.Text("id")); err != nil {
		t.Fatal(err)
	}
	s.Clock().Advance(afterLag)
	e = s.engine()
	gone, diagnostics := e.Read(made)
	e.NoError(diagnostics)
	if gone != nil {
		t.Error("a token that is gone stays in the state")
	}
}

// TestPersonalAccessToken_readsTogether refreshes many tokens at once: they share a login and a list, and one error.
func TestPersonalAccessToken_readsTogether(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	e := s.engine()
	made := e.Create(lasting("720h"))
	for _, fault := range []string{"", "status:403"} {
		if fault != "" {
			s.fault("GET", listRoute, fault, 20)
		}
		e = s.engine()
		s.Journal().Reset()
		var mu sync.Mutex
		var failures []string
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				_, diagnostics := e.Read(made)
				mu.Lock()
				defer mu.Unlock()
				for _, d := range diagnostics {
					failures = append(failures, d.Summary)
				}
			})
		}
		wait.Wait()
		if got, want := s.asked(), (tally{logins: 1, lists: 1}); got != want {
			t.Errorf("asked %+v instead of %+v", got, want)
		}
		want := ""
		if fault != "" {
			want = "Unable to read SailPoint personal access token"
		}
		if got := strings.Join(failures, "; "); got != want {
			t.Errorf("failed with %q instead of %q", got, want)
		}
	}
}

// TestPersonalAccessToken_sameNameTwice mints two tokens under one name at the same time, and the first request never arrives: its
// retry must not take the other token for its own orphan.
func TestPersonalAccessToken_sameNameTwice(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.fault("POST", listRoute, "drop-before", 1)
	e := s.engine()
	var wait sync.WaitGroup
	var mu sync.Mutex
	var made []*object
	for range 2 {
		wait.Go(func() {
			object, diagnostics := e.Apply(e.Plan(nil, lasting("720h")))
			mu.Lock()
			defer mu.Unlock()
			if len(diagnostics) == 0 {
				made = append(made, object)
			}
		})
	}
	wait.Wait()
	if len(made) != 1 {
		t.Fatalf("%d of 2 creations succeeded", len(made))
	}
	attributes := made[0].Attributes
	if probe, err := fake.UseToken(t.Context(), s.base(), attributes.Text("id"), attributes.Text("secret")); err != nil || !probe.Works() {
		t.Errorf("the token of the creation that succeeded does not work: %+v, %v", probe, err)
	}
	s.RequireLive(t, 1)
}

// TestPersonalAccessToken_knownBefore loses a request while a token of its name and to its letter is there already, only just
// made: that is somebody else's.
func TestPersonalAccessToken_knownBefore(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	foreign := s.seed("ci", func(k *fake.Token) { k.Scope = []string{"sp:my-personal-access-tokens:read"} })
	s.fault("POST", listRoute, "drop-before", 1)
	e := s.engine()
	config := values{"name": "ci", "scope": []string{"sp:my-personal-access-tokens:read"}, "never_expires": true}
	_, diagnostics := e.Apply(e.Plan(nil, config))
	if len(diagnostics) != 1 || !strings.Contains(diagnostics[0].Detail, "is taken by the token "+foreign.ID+", created ") {
		t.Errorf("diagnostics %+v", diagnostics)
	}
	if _, there := s.SailPoint.Token(foreign.ID); !there {
		t.Error("somebody else's token was deleted")
	}
}
