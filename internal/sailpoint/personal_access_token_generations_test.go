package sailpoint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestPersonalAccessToken_olderExpiryChanged rotates for another expiry in place on the older contract, and moves the expiry on the newer one.
func TestPersonalAccessToken_olderExpiryChanged(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1", "v2024"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			sooner := values{"lifetime": nil, "expires_at": ahead(240 * time.Hour)}
			later := values{"lifetime": nil, "expires_at": ahead(480 * time.Hour)}
			first := s.made(overlapping(sooner), versioned(version))
			after, plan := s.run(first, overlapping(later), versioned(version))
			if plan.Replaces() {
				t.Fatalf("replacement for %v", plan.RequiresReplace)
			}
			one, two := first.Attributes, after.Attributes
			if version == "v1" {
				s.only(one.Text("id"))
				return
			}
			s.only(one.Text("id"), two.Text("id"))
			if two.Text("previous_id") != one.Text("id") {
				t.Errorf("previous_id is %q", two.Text("previous_id"))
			}
			s.plansNothing(after, overlapping(later), versioned(version))
			// Renaming is no rotation.
			renamed := overlapping(later, values{"name_prefix": "deploy-"})
			after, _ = s.run(after, renamed, versioned(version))
			s.only(one.Text("id"), two.Text("id"))
			if got := after.Text("name"); !strings.HasPrefix(got, "deploy-") {
				t.Errorf("name %q", got)
			}
		})
	}
}

// TestPersonalAccessToken_hiddenExpired goes through expiry and overlap on a tenant that drops what has expired: the previous token
// leaves the state when it has expired, and what is gone counts as revoked.
func TestPersonalAccessToken_hiddenExpired(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1", "v3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t, switched(func(w *fake.Switches) { w.HideExpired = true }))
			config := overlapping(triggered("2"))
			second := s.rotatedInPlace(s.made(overlapping(), versioned(version)), config, versioned(version))
			s.Clock().Advance(25 * time.Hour)
			after, plan := s.run(second, config, versioned(version))
			if (plan == nil) != (version == "v1") {
				t.Errorf("plan %v", plan)
			}
			s.isNull(after, previousNames()...)
			s.only(second.Text("id"))
			s.Clock().Advance(31 * day)
			third := s.rotatedInPlace(after, config, versioned(version))
			s.isNull(third, previousNames()...)
			s.only(third.Text("id"))
			s.plansNothing(third, config, versioned(version))
		})
	}
}

// TestPersonalAccessToken_plannedInPlace plans what only the apply of a rotation in place tells as unknown, and everything else as it will
// be: the owner above all, which never changes.
func TestPersonalAccessToken_plannedInPlace(t *testing.T) {
	t.Parallel()
	never := overlapping(nullLifetime(), values{"never_expires": true})
	for name, c := range map[string]struct {
		config  values
		unknown []string
	}{
		"lifetime":      {overlapping(), []string{"created_at", "expires_at", "id", "managed", "name", "never_expires", "previous_revoked_after", "rotation_due_at", "secret", "secret_version", "status"}},
		"never_expires": {never, []string{"created_at", "expires_at", "id", "managed", "name", "previous_revoked_after", "rotation_due_at", "secret", "secret_version", "status"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(c.config)
			plan := s.engine().MustPlan(made, c.config.With(triggered("2")))
			var unknown []string
			for attribute := range plan.Attributes {
				if !plan.IsKnown(attribute) {
					unknown = append(unknown, attribute)
				}
			}
			slices.Sort(unknown)
			if !slices.Equal(unknown, c.unknown) {
				t.Errorf("unknown are %v instead of %v", unknown, c.unknown)
			}
			want := append(slices.Clone(c.unknown), "previous_id", "previous_secret", "rotation_triggers")
			slices.Sort(want)
			if changes := plan.Changes(); !slices.Equal(changes, want) {
				t.Errorf("changes of %v are planned instead of %v", changes, want)
			}
			if plan.Text("previous_id") != made.Text("id") || plan.Text("previous_secret") != made.Text("secret") {
				t.Errorf("the previous token is planned as %s", plan.Text("previous_id"))
			}
		})
	}
}

// TestPersonalAccessToken_overdueAndExpired finds, after a long time without a run, that the overlap is over and that the current token has
// expired, too: one apply mints the new token and revokes the previous one.
func TestPersonalAccessToken_overdueAndExpired(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1", "v2024"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			config := overlapping(triggered("2"))
			second := s.rotatedInPlace(s.made(overlapping(), versioned(version)), config, versioned(version))
			// Whatever the contract, the previous token works until it is revoked.
			if err := s.SailPoint.PatchToken(second.Text("previous_id"), func(k *fake.Token) { k.Expiration = nil }); err != nil {
				t.Fatal(err)
			}
			s.Clock().Advance(31 * day)
			s.only(second.Text("previous_id"))
			third := s.rotatedInPlace(second, config, versioned(version))
			s.isNull(third, previousNames()...)
			s.only(third.Text("id"))
			s.mustWork(third.Text("id"), third.Text("secret"))
			s.mustFail(second.Text("id"), second.Text("secret"))
			s.mustFail(second.Text("previous_id"), second.Text("previous_secret"))
			if left := s.minted(); len(left) != 1 {
				t.Errorf("the tenant keeps %d tokens", len(left))
			}
			s.plansNothing(third, config, versioned(version))
		})
	}
}

// TestPersonalAccessToken_expiresByItself has the tenant expire the previous token, unless it expires sooner anyway.
func TestPersonalAccessToken_expiresByItself(t *testing.T) {
	t.Parallel()
	never := overlapping(nullLifetime(), values{"never_expires": true})
	for name, c := range map[string]struct {
		version string
		config  values
		after   time.Duration
		patches int
		left    time.Duration
	}{
		"later expiry":     {"v1", overlapping(), 0, 1, day},
		"no expiry":        {"v1", never, 0, 1, day},
		"sooner expiry":    {"v1", overlapping(), 720*time.Hour - 2*time.Hour, 0, 2 * time.Hour},
		"older contract":   {"v2024", overlapping(), 0, 0, day},
		"older, soon over": {"v2024", overlapping(), 720*time.Hour - 2*time.Hour, 0, 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			begin := s.Clock().Now()
			made := s.made(c.config, versioned(c.version))
			s.Clock().Advance(c.after)
			rotated := s.rotatedInPlace(made, c.config.With(triggered("2")), versioned(c.version))
			if got := s.requests("PATCH", ""); got != c.patches {
				t.Errorf("%d patches", got)
			}
			state := rotated.Attributes
			until, err := time.Parse(time.RFC3339, state.Text("previous_revoked_after"))
			// The clock runs: however long all this has taken, the overlap began between the two moments.
			if early, late := begin.Add(c.after+c.left-tick), s.Clock().Now().Add(c.left+tick); err != nil || until.Before(early) || until.After(late) {
				t.Errorf("previous_revoked_after is %v (%v)", until, err)
			}
			old, _ := s.SailPoint.Token(state.Text("previous_id"))
			if ends := old.Expiration != nil && old.Expiration.Equal(until); ends != (c.version == "v1" || c.left < day) {
				t.Errorf("the previous token expires at %v", old.Expiration)
			}
			s.only(state.Text("id"), state.Text("previous_id"))
			after, plan := s.run(rotated, c.config.With(triggered("2")), versioned(c.version))
			if plan != nil {
				t.Errorf("something is planned: %v", plan)
			}
			s.Clock().Advance(25 * time.Hour)
			after, _ = s.run(after, c.config.With(triggered("2")), versioned(c.version))
			s.isNull(after, previousNames()...)
			s.only(state.Text("id"))
			if left := s.minted(); len(left) != 1 {
				t.Errorf("the tenant keeps %d tokens", len(left))
			}
		})
	}
}

// TestPersonalAccessToken_notToldToExpire keeps a rotation whose previous token cannot be told to expire: that is a warning, in every run
// until the first apply after the overlap revokes it.
func TestPersonalAccessToken_notToldToExpire(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(overlapping())
	config := overlapping(triggered("2"))
	e := s.engine()
	plan := e.Plan(made, config)
	s.fault("PATCH", itemRoute, "status:403", 1)
	rotated, diagnostics := e.Apply(plan)
	e.NoError(diagnostics)
	e.Keeps(plan, rotated)
	if got := warned(diagnostics); got != "The previous token does not expire by itself" {
		t.Errorf("warned of %q", got)
	}
	_, _, diagnostics = s.refreshed(rotated)
	if got := warned(diagnostics); got != "The previous token does not expire by itself" {
		t.Errorf("warned of %q", got)
	}
	s.Clock().Advance(25 * time.Hour)
	if got := len(s.Minted()); got != 2 {
		t.Errorf("%d tokens are alive", got)
	}
	after, _ := s.run(rotated, config)
	s.only(after.Text("id"))
}

// TestPersonalAccessToken_missing loses the current token: as long as the previous one is alive, the resource stays, and a new token is
// minted in place, with an overlap or without.
func TestPersonalAccessToken_missing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version string
		edit    values
	}{
		"overlap": {"v1", nil}, "overlap removed": {"v1", values{"overlap": nil}}, "overlap to come": {"v3", values{"overlap": protocoltest.Unknown}},
		"overlap removed, older": {"v3", values{"overlap": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			first := s.made(overlapping(), versioned(c.version))
			second := s.rotatedInPlace(first, overlapping(triggered("2")), versioned(c.version))
			s.Clock().Advance(afterLag)
			one, two := first.Attributes, second.Attributes
			if err := s.SailPoint.DeleteToken(two.Text("id")); err != nil {
				t.Fatal(err)
			}
			e, missing, diagnostics := s.refreshed(second, versioned(c.version))
			if got := warned(diagnostics); got != "SailPoint personal access token is missing" {
				t.Errorf("warned of %q", got)
			}
			if got := missing.Text("status"); got != rotation.StatusMissing {
				t.Fatalf("status %q", got)
			}
			config := overlapping(triggered("2"), c.edit)
			plan := e.Plan(missing, config)
			e.NoError(plan.Diagnostics)
			if plan.Replaces() {
				t.Fatalf("replacement for %v", plan.RequiresReplace)
			}
			config = told(config, reader{})
			again := e.Plan(missing, config)
			e.Narrows(plan, again)
			third := e.MustApply(again)
			three := third.Attributes
			s.only(one.Text("id"), three.Text("id"))
			s.mustWork(three.Text("id"), three.Text("secret"))
			s.mustWork(one.Text("id"), three.Text("previous_secret"))
			s.Clock().Advance(25 * time.Hour)
			after, _ := s.run(third, config, versioned(c.version))
			s.only(three.Text("id"))
			s.plansNothing(after, config, versioned(c.version))
		})
	}
}

// TestPersonalAccessToken_previousGone takes a previous token that somebody has revoked out of the state: that is drift, and plans
// nothing. A list that may be cut proves nothing.
func TestPersonalAccessToken_previousGone(t *testing.T) {
	t.Parallel()
	for _, cut := range []bool{false, true} {
		t.Run(fmt.Sprintf("cut %t", cut), func(t *testing.T) {
			t.Parallel()
			s := emulate(t, switched(func(w *fake.Switches) { w.TokensPerUser = -1 }))
			second := s.rotatedInPlace(s.made(overlapping()), overlapping(triggered("2")))
			state := second.Attributes
			if cut {
				// Two are left: the provider's own, and the current one.
				for i := range 248 {
					s.seed(fmt.Sprintf("foreign-%03d", i))
				}
			}
			if err := s.SailPoint.DeleteToken(state.Text("previous_id")); err != nil {
				t.Fatal(err)
			}
			// Soon after a mint a list that lacks it proves nothing.
			after := s.plansNothing(second, overlapping(triggered("2")))
			if after.Text("previous_id") == "" {
				t.Error("the previous token is forgotten")
			}
			s.Clock().Advance(5 * time.Minute)
			after = s.plansNothing(after, overlapping(triggered("2")))
			if cut != (after.Text("previous_id") != "") {
				t.Errorf("previous_id is %q", after.Text("previous_id"))
			}
			if !cut {
				s.isNull(after, previousNames()...)
			}
			s.only(state.Text("id"))
		})
	}
}

// TestPersonalAccessToken_importedInPlace rotates an imported token in place: what the import inferred gives way to the configuration,
// and what that leaves out stays as the token has it.
func TestPersonalAccessToken_importedInPlace(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1", "v2024"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			end := s.Clock().Now().Add(240 * time.Hour)
			foreign := s.seed("legacy", func(k *fake.Token) {
				k.Scope, k.Expiration, k.AccessTokenValiditySeconds = []string{"sp:my-personal-access-tokens:read"}, &end, 60
			})
			e := s.engine(versioned(version))
			imported := e.MustImport(foreign.ID)
			config := overlapping(values{"name_prefix": "legacy", "scope": nil, "lifetime": "240h"})
			managed, _ := s.run(imported, config, versioned(version))
			if got := managed.Text("id"); got != foreign.ID {
				t.Fatalf("the import rotated the token %s to %s", foreign.ID, got)
			}
			rotated := s.rotatedInPlace(managed, config.With(triggered("2")), versioned(version))
			state := rotated.Attributes
			minted, _ := s.SailPoint.Token(state.Text("id"))
			if minted.AccessTokenValiditySeconds != 60 || len(minted.Scope) != 1 || minted.Scope[0] != "sp:my-personal-access-tokens:read" {
				t.Errorf("minted %+v", minted)
			}
			if state.Text("previous_id") != foreign.ID {
				t.Errorf("previous_id is %s", state.Text("previous_id"))
			}
			s.isNull(rotated, "previous_secret", "previous_encrypted_secret")
			s.mustWork(state.Text("id"), state.Text("secret"))
			s.only(state.Text("id"))
			s.engine(versioned(version)).Destroy(rotated)
			s.only()
			if _, there := s.SailPoint.Token(foreign.ID); there {
				t.Error("the imported token was left behind")
			}
		})
	}
}

// TestPersonalAccessToken_emptyScopeInPlace cannot keep a token's rights in the next one: a creation without scopes would get them all.
func TestPersonalAccessToken_emptyScopeInPlace(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(overlapping())
	s.edit(func(k *fake.Token) { k.Scope = []string{} })
	e, prior, _ := s.refreshed(made)
	config := overlapping(triggered("2"), values{"scope": nil})
	if failure := s.failed(e.Plan(prior, config).Diagnostics); failure == nil || failure.Summary != "The new token would have more rights than the previous one" {
		t.Errorf("failed with %+v", failure)
	}
	s.only(made.Text("id"))
}
