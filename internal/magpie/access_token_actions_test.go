package magpie_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

const (
	revokePersonal = "mint_magpie_revoke_personal_access_tokens"
	revokeService  = "mint_magpie_revoke_service_account_access_tokens"
	disableTokens  = "mint_magpie_disable_access_tokens"
)

// revocationOf is the action that revokes a kind's tokens.
func revocationOf(kind string) string {
	return map[string]string{personal: revokePersonal, service: revokeService}[kind]
}

// crowd are five tokens of an account, from 5 to 1 hours old, of which the last two do not work any more: their ids and tokens.
func (o *organization) crowd(owner string) (ids []string, secrets map[string]string) {
	o.t.Helper()
	secrets = map[string]string{}
	ids = o.described(owner, "a", "b", "", "off", "expired")
	past := o.Clock().Now().Add(-time.Minute)
	for _, err := range []error{o.Magpie.SetDisabled(ids[3], true), o.Magpie.PatchToken(ids[4], func(k *fake.Token) { k.Expires = &past })} {
		if err != nil {
			o.t.Fatal(err)
		}
	}
	for i, id := range ids {
		token, _ := o.Magpie.Token(id)
		secrets[id] = token.Secret
		if i < 3 {
			o.mustWork(token.Secret, true)
		}
	}
	return ids, secrets
}

// ended checks that an action has said this at its end, and failed or not.
func (o *organization) ended(progress []string, want string) {
	o.t.Helper()
	if len(progress) == 0 || progress[len(progress)-1] != want {
		o.t.Errorf("it says %q instead of %q at its end", progress, want)
	}
}

// TestMagpieAccessTokenAction_revoke deletes the tokens that pass all filters, and no others.
func TestMagpieAccessTokenAction_revoke(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config func(o *organization, ids []string) values
		gone   []int
		ends   string
	}{
		"by id": {func(_ *organization, ids []string) values {
			return values{"ids": []string{ids[0], ids[3], "no-such-id"}}
		}, []int{0, 3}, "2 revoked, 1 not found"},
		"disabled": {func(*organization, []string) values { return values{"disabled": true} }, []int{3}, "1 revoked"},
		"old": {func(o *organization, _ []string) values {
			return values{"created_before": o.Clock().Now().Add(-3*time.Hour - 30*time.Minute).UTC().Format(time.RFC3339)}
		}, []int{0, 1}, "2 revoked"},
		"expiring": {func(*organization, []string) values { return values{"expires_within": "24h"} }, []int{4}, "1 revoked"},
		"all but some": {func(_ *organization, ids []string) values {
			return values{"disabled": false, "except_ids": []string{ids[0], ids[4]}}
		}, []int{1, 2}, "2 revoked"},
		"nothing":           {func(*organization, []string) values { return values{"ids": []string{"no-such-id"}} }, nil, "0 revoked, 1 not found"},
		"as many as it may": {func(_ *organization, ids []string) values { return values{"ids": ids[:2], "max_count": 2} }, []int{0, 1}, "2 revoked"},
	} {
		for _, kind := range plainKinds() {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				o := emulate(t)
				ids, secrets := o.crowd(o.owner(kind))
				beside := o.seed(o.owner(map[string]string{personal: service, service: personal}[kind]))
				config := arguments(kind, c.config(o, ids))
				if kind == personal {
					config = config.With(values{"except_ids": append([]string{o.Magpie.Bootstrap().TokenID}, texts(config["except_ids"])...)})
				}
				e := o.engine(kind, o.withPassword)
				e.NoError(e.PlanAction(revocationOf(kind), config))
				dry, said := e.Invoke(revocationOf(kind), config.With(values{"dry_run": true}))
				e.NoError(said)
				if want := fmt.Sprintf("dry run: %d would be revoked", len(c.gone)); !strings.HasPrefix(dry[len(dry)-1], want) || len(o.ids()) != len(ids)+1 {
					t.Errorf("a dry run says %q and leaves %v", dry, o.ids())
				}
				progress, said := e.Invoke(revocationOf(kind), config)
				e.NoError(said)
				o.ended(progress, c.ends)
				for i, id := range ids {
					isGone := false
					for _, at := range c.gone {
						isGone = isGone || at == i
					}
					if _, exists := o.Magpie.Token(id); exists == isGone {
						t.Errorf("%s (%d) exists: %t", id, i, exists)
					}
					o.mustWork(secrets[id], !isGone && i < 3)
				}
				o.mustWork(beside.Secret, true)
				// Once more there is nothing to do.
				progress, said = e.Invoke(revocationOf(kind), config)
				e.NoError(said)
				if last := progress[len(progress)-1]; !strings.HasPrefix(last, "0 revoked") {
					t.Errorf("the second time it says %q", progress)
				}
				late := o.seed(o.owner(kind))
				progress, said = e.Invoke(revocationOf(kind), arguments(kind, values{"ids": []string{late.ID}}))
				e.NoError(said)
				o.ended(progress, "1 revoked")
				o.mustWork(late.Secret, false)
			})
		}
	}
}

// texts are the elements of a list, which may be missing.
func texts(list any) []string {
	all, _ := list.([]string)
	return all
}

// TestMagpieAccessTokenAction_disable switches off what passes all filters and works; the rest is done already.
func TestMagpieAccessTokenAction_disable(t *testing.T) {
	t.Parallel()
	eachOf(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		ids, secrets := o.crowd(o.owner(kind))
		e := o.engine(kind, o.withPassword)
		config := arguments(kind, values{"ids": ids[1:4]})
		dry, said := e.Invoke(disableTokens, config.With(values{"dry_run": true}))
		e.NoError(said)
		o.ended(dry, "dry run: 2 would be disabled, nothing was changed, 1 already done")
		o.asked(http.MethodPut, statusRoute, 0)
		progress, said := e.Invoke(disableTokens, config)
		e.NoError(said)
		o.ended(progress, "2 disabled, 1 already done")
		if progress[0] != "disabled: "+ids[1] || progress[1] != "disabled: "+ids[2] {
			t.Errorf("it says %q", progress)
		}
		for i, id := range ids {
			if stored, exists := o.Magpie.Token(id); !exists || stored.Disabled != (i > 0 && i < 4) {
				t.Errorf("%d is disabled: %t", i, stored.Disabled)
			}
			o.mustWork(secrets[id], i == 0)
		}
		progress, said = e.Invoke(disableTokens, config)
		e.NoError(said)
		o.ended(progress, "0 disabled, 3 already done")
		o.asked(http.MethodPut, statusRoute, 2)
	})
}

// TestMagpieAccessTokenAction_limits: nobody changes everything by leaving something out.
func TestMagpieAccessTokenAction_limits(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.user("loader@example.com")
	for range 11 {
		o.seed(robot)
	}
	e := o.engine(service, o.withPassword)
	for _, name := range []string{revokePersonal, revokeService, disableTokens} {
		config := values{"except_ids": []string{"17"}}
		if name == revokeService {
			config["user_name"] = robot
		}
		o.refused("No filter is set", e.ValidateAction(name, config))
	}
	o.refused("user_name", e.ValidateAction(revokeService, values{"ids": []string{"17"}}))
	o.refusedAt("user_name", e.ValidateAction(disableTokens, values{"ids": []string{"17"}, "user_name": ""}), "user_name")
	everything := values{"user_name": robot, "created_before": o.Clock().Now().Add(time.Hour).UTC().Format(time.RFC3339)}
	for _, name := range []string{revokeService, disableTokens} {
		_, said := e.Invoke(name, everything)
		o.refusedAt("11 match, and max_count is 10", said, "max_count")
	}
	run := o.seed("loader@example.com", func(k *fake.Token) { k.Description = lentUntil(o.Clock().Now().Add(time.Hour)) })
	dry, said := e.Invoke(revokeService, values{"user_name": run.User, "ids": []string{run.ID}, "dry_run": true})
	if e.NoError(said); !strings.Contains(dry[0], run.Description) {
		t.Errorf("it does not say that a run is at work with the token: %q", dry)
	}
	o.forget(run.ID)
	if len(o.Magpie.Live()) != 11 {
		t.Errorf("alive are %v", o.Magpie.Live())
	}
	_, said = e.Invoke(revokeService, values{"user_name": "nobody@example.com", "ids": []string{"17"}})
	o.refused("Check user_name", said)
	progress, said := e.Invoke(revokeService, everything.With(values{"max_count": 11}))
	e.NoError(said)
	o.ended(progress, "11 revoked")
	o.left()
}

// TestMagpieAccessTokenAction_undocumented: the answer to a change proves nothing, the list does.
func TestMagpieAccessTokenAction_undocumented(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens                 func(o *organization)
		revoked, disabled, says string
	}{
		"done, and answered 500": {o500(func(w *fake.Switches) { w.FailingDeletes, w.FailingUpdates = 1, 1 }), "2 revoked", "2 disabled", ""},
		"done, and the answer is lost": {func(o *organization) {
			o.fault(http.MethodDelete, itemRoute, "drop-after", 1)
			o.fault(http.MethodPut, statusRoute, "drop-after", 1)
		}, "2 revoked", "2 disabled", ""},
		"answered 200, and not done": {o500(func(w *fake.Switches) { w.IgnoredDeletes, w.IgnoredUpdates = 1, 1 }), "1 revoked, 1 failed", "1 disabled, 1 failed", "confirmed"},
		"one is refused": {func(o *organization) {
			o.fault(http.MethodDelete, itemRoute, "status:403", 1)
			o.fault(http.MethodPut, statusRoute, "status:403", 1)
		}, "1 revoked, 1 failed", "1 disabled, 1 failed", "may not do this"},
		"the list shows no status": {o500(func(w *fake.Switches) { w.HideStatus = true }), "2 revoked", "2 disabled", ""},
		"the list lags":            {o500(func(w *fake.Switches) { w.ListLag = 2 }), "2 revoked", "2 disabled", ""},
	} {
		for action, ends := range map[string]string{revokeService: c.revoked, disableTokens: c.disabled} {
			t.Run(name+" "+action, func(t *testing.T) {
				t.Parallel()
				o := emulate(t)
				tokens := []fake.Token{o.seed(robot), o.seed(robot)}
				e := o.engine(service, o.withPassword, impatience)
				e.NoError(e.PlanAction(action, values{"user_name": robot, "ids": []string{tokens[0].ID}}))
				c.happens(o)
				progress, said := e.Invoke(action, values{"user_name": robot, "ids": []string{tokens[0].ID, tokens[1].ID}})
				o.ended(progress, ends)
				alive := len(o.Magpie.Live())
				if c.says == "" {
					e.NoError(said)
				} else {
					o.refused(c.says, said)
					o.refused(tokens[0].ID, said)
				}
				if (c.says == "") != (alive == 0) || alive > 1 {
					t.Errorf("alive are %v", o.Magpie.Live())
				}
				o.mustWork(tokens[0].Secret, c.says != "")
				o.mustWork(tokens[1].Secret, false)
			})
		}
	}
}

// TestMagpieAccessTokenAction_ownCredential: what the provider may be logged in with is never touched, and nothing that could change
// anything is sent. Magpie does not tell whose an access token is; the list of the provider's own tokens proves whose it is not.
func TestMagpieAccessTokenAction_ownCredential(t *testing.T) {
	t.Parallel()
	const refusal = "The provider may be logged in with one of these tokens"
	for name, c := range map[string]struct {
		action string
		user   string
		// login is as whom and how the provider logs in.
		login  func(o *organization) func(values)
		before func(o *organization)
		says   string
	}{
		"own tokens, an access token":              {revokePersonal, "", byBootstrap, nil, refusal},
		"own tokens are disabled, an access token": {disableTokens, "", byBootstrap, nil, refusal},
		"own tokens, a password":                   {revokePersonal, "", byPassword, nil, ""},
		"own tokens, a session":                    {revokePersonal, "", bySession, nil, ""},
		"own tokens are disabled, a password":      {disableTokens, "", byPassword, nil, ""},
		"another account, an access token":         {revokeService, robot, byBootstrap, nil, ""},
		"another account is disabled":              {disableTokens, robot, byBootstrap, nil, ""},
		"the account's own access token":           {revokeService, robot, byRobot, nil, refusal},
		"it is disabled":                           {disableTokens, robot, byRobot, nil, refusal},
		"the account's session":                    {revokeService, robot, func(o *organization) func(values) { return o.withSession(robot) }, nil, ""},
		"the own list fails": {revokeService, robot, byBootstrap, func(o *organization) {
			o.fault(http.MethodGet, ownRoute, "status:500", 1)
		}, "which could be one of " + robot},
		"the own list is forbidden": {disableTokens, robot, byBootstrap, func(o *organization) {
			o.fault(http.MethodGet, ownRoute, "status:403", 1)
		}, "which could be one of " + robot},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emulate(t, switched(func(w *fake.Switches) { w.ServiceAccountsManageOwn = true }))
			if err := o.Magpie.PatchUser(robot, func(u *fake.User) { u.Admin = true }); err != nil {
				t.Fatal(err)
			}
			owner, config := o.Magpie.Bootstrap().UserName, values{}
			if c.user != "" {
				owner, config = c.user, values{"user_name": c.user}
			}
			victim := o.seed(owner)
			config["ids"] = []string{victim.ID}
			e := o.engine(service, c.login(o), impatience)
			if c.before != nil {
				c.before(o)
			}
			for _, dry := range []bool{true, false} {
				_, said := e.Invoke(c.action, config.With(values{"dry_run": dry}))
				if c.says == "" {
					e.NoError(said)
				} else if o.refused(c.says, said); c.before != nil {
					break
				}
			}
			if sent := o.Journal().Count(fakeapi.Filter{System: fake.Name}); c.user == "" && c.says != "" && sent != 0 {
				t.Errorf("%d requests, although it is refused without any", sent)
			}
			o.mustWork(victim.Secret, c.says != "")
			o.mustWork(o.Magpie.Bootstrap().AccessToken, true)
			if changes := o.requests(http.MethodDelete, "") + o.requests(http.MethodPut, ""); (changes > 0) != (c.says == "") {
				t.Errorf("%d changes were sent", changes)
			}
		})
	}
}

// The ways to log in: with an access token of the administrator or of the service account, with a password and with a session.
func byBootstrap(*organization) func(values) { return func(values) {} }

func byPassword(o *organization) func(values) { return o.withPassword }

func bySession(o *organization) func(values) { return o.withSession(o.Magpie.Bootstrap().UserName) }

func byRobot(o *organization) func(values) { return o.loggedInWith(o.seed(robot).Secret) }

// TestMagpieAccessTokenAction_expiryUntold refuses a filter on the expiry where no token shows one: Magpie may not tell it.
func TestMagpieAccessTokenAction_expiryUntold(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	id := o.seed(robot).ID
	config := values{"user_name": robot, "never_expires": true}
	e := o.engine(service, o.withPassword)
	progress, said := e.Invoke(disableTokens, config)
	if o.refusedAt("when these tokens expire", said, "never_expires"); len(progress) > 0 {
		t.Errorf("it says %q", progress)
	}
	o.asked(http.MethodPut, statusRoute, 0)
	// Another token shows that Magpie tells it.
	o.seed(robot, func(k *fake.Token) {
		at := o.Clock().Now().Add(time.Hour)
		k.Expires = &at
	})
	_, said = e.Invoke(disableTokens, config)
	e.NoError(said)
	if stored, _ := o.Magpie.Token(id); !stored.Disabled {
		t.Error("it is not disabled")
	}
}
