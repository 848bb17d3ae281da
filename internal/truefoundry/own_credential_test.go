package truefoundry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// refused is what is said of a revocation that would cut off the provider itself.
const refused = "The provider is logged in with this token"

// spares fails the test if a request to revoke was sent.
func (p *plane) spares() {
	p.t.Helper()
	if n := p.requests("DELETE", ""); n != 0 {
		p.t.Errorf("%d requests to revoke", n)
	}
}

// TestEncryption_ownCredential knows the provider's own key although no state holds it in plain text: a rotation in place lets it work on,
// and what would revoke it is refused before it is sent.
func TestEncryption_ownCredential(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType = kind }, func(p *plane, _ string) {
		key, recipient := identity(p.t)
		config := args{"name_prefix": "ci-", "overlap": "72h", "encrypt_secret_to": []any{recipient}}
		token := p.subject(patType)
		own := token.sealed("create", with(config, trigger("1")), key)
		token.block = args{"api_key": own}
		// A replacement revokes it, and so does a destruction; their plans are not refused.
		replaced := with(config, args{"overlap": nil, "rotation_triggers": args{"n": "2"}})
		if run := token.fails(refused, replaced); run.Failed != "destroy" || run.Saved.Action != "replace" {
			p.t.Errorf("%s failed in the %q", run.Saved.Action, run.Failed)
		}
		token.engine().NoError(token.planDestroy())
		contains(p.t, token.destroyed().Errors(), refused)
		p.spares()
		p.living(1)
		// A rotation in place does not.
		token.sealed("rotate", with(config, trigger("2")), key)
		p.check(own, true)
		p.living(2)
		// As the previous token it is not revoked after the overlap, and no rotation takes its place.
		contains(p.t, token.destroyed().Errors(), refused)
		mints := p.mints()
		if run := token.fails(refused, with(config, trigger("3"))); run.Action != "rotate" || run.Failed != "apply" {
			p.t.Errorf("%s failed in the %q", run.Action, run.Failed)
		}
		p.pass(73 * time.Hour)
		for _, n := range []string{"2", "3"} {
			token.fails(refused, with(config, trigger(n)))
			token.hasPrevious(true)
		}
		contains(p.t, token.destroyed().Errors(), refused)
		if p.mints() != mints {
			p.t.Errorf("%d mints", p.mints()-mints)
		}
		p.spares()
		p.check(own, true)
		p.living(2)
		// With another key it makes way.
		token.block = nil
		token.Does("rotate", with(config, trigger("3")))
		p.check(own, false)
		p.living(2)
		token.end()
	})
}

// robot is an account that may administer the tenant.
func (p *plane) robot(name string) fake.VirtualAccount {
	p.t.Helper()
	robot, err := p.AddVirtualAccount(fake.VirtualAccount{
		Manifest: fake.Manifest{"name": name}, Grants: []fake.Permission{{ResourceFQN: "acme", ResourceType: "tenant", RoleID: "tenant-admin"}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return robot
}

// TestOwnCredential_account refuses to regenerate, to replace and to delete the account that the provider is logged in as, whether or not
// the state holds its key. Plans are not refused.
func TestOwnCredential_account(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt, stored", "jwt", "opaque"}, func(w *fake.Switches, how string) { w.TokenType, _, _ = strings.Cut(how, ",") }, func(p *plane, how string) {
		robot := p.robot("robot")
		account := p.subject(vaType)
		account.block = args{"api_key": robot.Secret()}
		account.imports("robot")
		config := args{"name": "robot", "store_token": how == "jwt, stored", "rotation_triggers": args{"n": "1"}}
		account.Does("update", config)
		if run := account.fails(refused, with(config, trigger("2"))); run.Failed != "apply" || p.mints() != 0 {
			p.t.Errorf("failed in the %q after %d mints", run.Failed, p.mints())
		}
		if run := account.fails(refused, with(config, args{"name": "robot-two"})); run.Failed != "destroy" {
			p.t.Errorf("failed in the %q", run.Failed)
		}
		account.engine().NoError(account.planDestroy())
		contains(p.t, account.destroyed().Errors(), refused)
		p.check(robot.Secret(), true)
		p.spares()
	})
}

// TestOwnCredential_imported refuses to delete the token that the provider is logged in with, of which the state holds no secret.
func TestOwnCredential_imported(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType = kind }, func(p *plane, _ string) {
		human, err := p.AddUser(fake.User{Email: "other@example.com", Admin: true})
		if err != nil {
			p.t.Fatal(err)
		}
		token := p.subject(patType)
		token.block = args{"api_key": human.Token}
		row := ""
		for _, pat := range p.PersonalAccessTokens() {
			if pat.Token.Secret == human.Token {
				row = pat.ID
			}
		}
		token.imports(row)
		token.engine().NoError(token.planDestroy())
		contains(p.t, token.destroyed().Errors(), refused)
		p.check(human.Token, true)
		p.spares()
	})
}

// TestVirtualAccount_ownCredential rotates the token that the provider is logged in with: its grace period lets it work on. What would
// revoke it is refused before it is sent.
func TestVirtualAccount_ownCredential(t *testing.T) {
	t.Parallel()
	for how, kinds := range map[string][]string{"plain": {"opaque"}, "encrypted": {"jwt", "opaque"}} {
		each(t, kinds, func(w *fake.Switches, kind string) { w.TokenType = kind }, func(p *plane, kind string) {
			robot := p.robot("loader")
			key, recipient := identity(p.t)
			config, secret := graced("1"), func(s *subject) string { return s.text("token") }
			if how == "encrypted" {
				config = with(config, args{"encrypt_secret_to": []any{recipient}})
				secret = func(s *subject) string { return decrypt(s.t, s.text("encrypted_secret"), key) }
			}
			own := robot.Secret()
			account := p.subject(vaType)
			account.block = args{"api_key": own}
			account.imports("loader")
			account.Does("update", config)
			account.Does("update", with(config, trigger("2")))
			p.check(own, true)
			second := secret(account)
			p.check(second, true)
			// The next rotation would revoke the previous token, which is the provider's own.
			if run := account.fails(refused, with(config, trigger("3"))); run.Failed != "apply" || p.mints() != 1 {
				p.t.Errorf("failed in the %q after %d mints", run.Failed, p.mints())
			}
			contains(p.t, account.destroyed().Errors(), refused)
			p.spares()
			p.check(own, true)
			p.check(second, true)
			// With another key it makes way. Which token of the account an opaque key is, only a state in plain text tells.
			account.block = args{"api_key": second}
			if kind == "opaque" && how == "encrypted" {
				account.fails(refused, with(config, trigger("3")))
				p.check(own, true)
				account.block = nil
			}
			account.Does("update", with(config, trigger("3")))
			p.check(own, false)
			p.check(second, true)
			account.block = nil
			account.end()
		})
	}
}
