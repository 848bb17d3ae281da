package truefoundry_test

import (
	"fmt"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestVirtualAccount_permissionsRemoved removes permissions from the configuration: nothing is planned, a warning says that this revokes
// no access, and the state keeps them, also where the server shows them elsewhere.
func TestVirtualAccount_permissionsRemoved(t *testing.T) {
	t.Parallel()
	const warning = "Removing permissions revokes no access"
	each(t, []string{"as_sent", "hidden", "grants"}, func(w *fake.Switches, echo string) { w.PermissionsEcho = echo }, func(p *plane, _ string) {
		account := p.subject(vaType)
		config := args{"name": "loader", "permissions": []any{permission("a:b", "viewer")}}
		account.Does("create", config)
		kept := account.Object.Attributes["permissions"]
		without := args{"name": "loader"}
		for range 2 {
			names, said := account.plans(without)
			contains(p.t, said.Warnings(), "until an apply changes something else about the account")
			if contains(p.t, said.Warnings(), warning); len(names) > 0 {
				p.t.Errorf("changes of %v are planned", names)
			}
		}
		account.Does("nothing", without)
		account.Stage().Journal.Reset()
		// The next change sends none, and the warning has been said.
		account.Does("update", with(without, args{"tags": args{"a": "1"}}))
		if _, said := account.plans(with(without, args{"tags": args{"a": "1"}})); len(said) > 0 {
			p.t.Error(said)
		}
		if now := account.Object.Attributes["permissions"]; !now.Equal(kept) || kept.IsNull() {
			p.t.Errorf("the permissions are %s", now)
		}
		if made := account.VirtualAccounts()[0]; len(made.Grants) != 1 || made.Grants[0].RoleID != "viewer" {
			p.t.Errorf("the grants are %v", made.Grants)
		}
		// They can be set again.
		account.Does("update", with(config, args{"permissions": []any{permission("a:b", "member")}}))
		if made := account.VirtualAccounts()[0]; made.Grants[0].RoleID != "member" {
			p.t.Errorf("the grants are %v", made.Grants)
		}
		account.end()
	})
}

// TestVirtualAccount_noPermissions refuses an empty list, sends none where none is configured, and takes an empty list in an answer for
// none.
func TestVirtualAccount_noPermissions(t *testing.T) {
	t.Parallel()
	account := emulate(t, func(w *fake.Switches) { w.PermissionsEcho = "grants" }).subject(vaType)
	config := args{"name": "loader"}
	empty := with(config, args{"permissions": []any{}})
	contains(t, account.engine().Validate(empty), "Attribute permissions must not be empty")
	account.Does("create", config)
	account.Does("nothing", config)
	account.imports("loader")
	if now := account.Object.Attributes["permissions"]; !now.IsNull() {
		t.Errorf("the permissions are %s", now)
	}
	account.Does("update", with(config, args{"permissions": []any{permission("a:b", "viewer")}}))
	account.end()
}

// TestVirtualAccount_secretStore has exactly one complete form of a secret store, and takes a type in answers for no drift.
func TestVirtualAccount_secretStore(t *testing.T) {
	t.Parallel()
	e := emulate(t).engine(vaType)
	store := func(of args) args { return args{"name": "loader", "secret_store_config": of} }
	path, group := args{"integration_fqn": "x:y", "secret_path": "a/b"}, args{"secret_group": "x:y", "key": "k"}
	const either = "must have either integration_fqn and secret_path"
	for says, configs := range map[string][]args{
		"":     {path, group, {"integration_fqn": unknown(), "secret_path": "a"}, {"secret_group": "x", "key": unknown()}},
		either: {{}, path.With(group), path.With(args{"key": "k"}), {"integration_fqn": "x", "key": "k"}},
		"must have both integration_fqn and secret_path": {{"integration_fqn": "x"}, {"secret_path": "x"}},
		"must have both secret_group and key":            {{"secret_group": "x"}, {"key": "x"}},
	} {
		for _, config := range configs {
			said := e.Validate(store(config))
			if contains(t, said, says); says == "" && len(said) > 0 {
				t.Errorf("%v: %v", config, said)
			}
		}
	}
	each(t, []string{"current", "days", "bare"}, func(w *fake.Switches, kind string) {
		set(w, kind)
		w.BareStores = kind == "bare"
	}, func(p *plane, kind string) {
		account := p.subject(vaType)
		account.Does("create", store(path))
		account.Does("update", store(path.With(args{"secret_path": "a/c"})))
		if kind == "days" {
			account.fails("secret_store_config", store(group))
			account.Does("nothing", store(path.With(args{"secret_path": "a/c"})))
		} else {
			account.Does("update", store(group))
			if got := fmt.Sprint(account.VirtualAccounts()[0].Manifest["secret_store_config"]); got != "map[key:k secret_group:x:y type:tfy-secrets]" {
				p.t.Errorf("stored %s", got)
			}
			account.Does("update", store(path))
		}
		account.Does("update", args{"name": "loader"})
		account.works()
		account.end()
	})
}
