package truefoundry_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestAccTrueFoundryVirtualAccount_stolenName loses the name to somebody else between the look and the put.
func TestAccTrueFoundryVirtualAccount_stolenName(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	var stranger fake.VirtualAccount
	p.before["PUT"] = func() {
		stranger, _ = p.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader"}})
	}
	p.test(acc.TestStep{Config: p.config(block(vaAddress, `name = "loader"`)), ExpectError: says("else created a virtual account named")})
	if now, ok := p.VirtualAccount(stranger.ID); !ok || now.Secret() != stranger.Secret() {
		t.Error("the stranger's account or its token is gone")
	}
}

// TestAccTrueFoundryVirtualAccount_drift changes an account behind Terraform's back.
func TestAccTrueFoundryVirtualAccount_drift(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.ExtraKeys = true })
	edit := func(change func(*fake.VirtualAccount)) func() {
		return func() {
			if err := p.EditVirtualAccount(p.VirtualAccounts()[0].ID, change); err != nil {
				t.Fatal(err)
			}
		}
	}
	config := p.config(block(vaAddress, `name = "loader"`, `tags = { a = "1" }`, `expiration_date = "2035-01-31"`))
	p.test(
		acc.TestStep{Config: config},
		acc.TestStep{
			PreConfig: edit(func(a *fake.VirtualAccount) {
				a.Manifest["tags"] = map[string]any{"a": 1, "b": true}
				a.Manifest["permissions"] = []any{map[string]any{"resource_fqn": "a", "resource_type": "b", "role_id": "c"}}
			}),
			Config: config, ConfigPlanChecks: does(plancheck.ResourceActionUpdate),
			Check: func(*terraform.State) error {
				if got := fmt.Sprint(p.VirtualAccounts()[0].Manifest["tags"]); got != "map[a:1]" {
					return fmt.Errorf("tags %s", got)
				}
				return nil
			},
		},
		acc.TestStep{
			PreConfig: edit(func(a *fake.VirtualAccount) { a.Manifest["expiration_date"] = "2034-01-31" }),
			Config:    config, ConfigPlanChecks: does(plancheck.ResourceActionUpdate),
			Check: acc.TestCheckResourceAttr(vaAddress, "expires_at", "2035-01-31T00:00:00Z"),
		},
		acc.TestStep{
			PreConfig: func() {
				_ = p.DeleteVirtualAccount(p.VirtualAccounts()[0].ID)
				p.pass(10 * time.Minute)
			},
			Config: config, ConfigPlanChecks: does(plancheck.ResourceActionCreate),
		},
	)
}

// TestAccTrueFoundryVirtualAccount_expired is shown, and reactivated by a later date.
func TestAccTrueFoundryVirtualAccount_expired(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := func(days int) string {
		day := p.Stage().Clock.Now().Add(time.Duration(days) * 24 * time.Hour).Format(time.DateOnly)
		return p.config(block(vaAddress, `name = "loader"`, `expiration_date = "`+day+`"`))
	}
	first := config(10)
	var token string
	p.test(
		acc.TestStep{Config: first},
		acc.TestStep{
			PreConfig: func() { p.Stage().Clock.Advance(11 * 24 * time.Hour) },
			Config:    first, ConfigPlanChecks: does(plancheck.ResourceActionNoop), Check: acc.TestCheckResourceAttr(vaAddress, "status", "expired"),
		},
		acc.TestStep{
			Config: config(40), ConfigPlanChecks: does(plancheck.ResourceActionUpdate),
			Check: all(acc.TestCheckResourceAttr(vaAddress, "status", "active"), save(vaAddress, &token), p.authenticates(&token, true)),
		},
	)
}

// TestAccTrueFoundryVirtualAccount_importKeepsPermissions imports with a configuration that says nothing of permissions.
func TestAccTrueFoundryVirtualAccount_importKeepsPermissions(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	seeded, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{
		"name": "loader", "permissions": []any{map[string]any{"resource_fqn": "a", "resource_type": "b", "role_id": "c"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	config := p.config(block(vaAddress, `name = "loader"`), "import {\n  to = "+vaAddress+"\n  id = \""+seeded.ID+"\"\n}")
	p.test(acc.TestStep{Config: config, ConfigPlanChecks: does(plancheck.ResourceActionNoop), Check: acc.TestCheckResourceAttr(vaAddress, "token", seeded.Secret())})
}

// TestAccTrueFoundry_ownCredential refuses to regenerate, replace and delete the account that the provider authenticates as.
func TestAccTrueFoundry_ownCredential(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	seeded, err := p.AddVirtualAccount(fake.VirtualAccount{
		Manifest: fake.Manifest{"name": "robot"}, Grants: []fake.Permission{{ResourceFQN: "acme", ResourceType: "tenant", RoleID: "tenant-admin"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	config := func(lines ...string) string {
		return strings.Replace(p.config(lines...), p.Bootstrap().Token, seeded.Secret(), 1)
	}
	imported := "import {\n  to = " + vaAddress + "\n  id = \"robot\"\n}"
	refused := says(refused)
	p.test(
		acc.TestStep{Config: config(imported, block(vaAddress, `name = "robot"`, `rotation_triggers = { n = "1" }`))},
		acc.TestStep{Config: config(block(vaAddress, `name = "robot"`, `rotation_triggers = { n = "2" }`)), ExpectError: refused},
		acc.TestStep{Config: config(block(vaAddress, `name = "robot-two"`, `rotation_triggers = { n = "1" }`)), ExpectError: refused},
		acc.TestStep{Config: config(), ExpectError: refused},
		acc.TestStep{Config: config("removed {\n  from = " + vaAddress + "\n  lifecycle {\n    destroy = false\n  }\n}")},
	)
	if err := p.authenticates(ptr(seeded.Secret()), true)(nil); err != nil {
		t.Error(err)
	}
}

func ptr(s string) *string { return &s }

// TestAccTrueFoundry_deadKey ends a plan of many objects with one error.
func TestAccTrueFoundry_deadKey(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := strings.Replace(p.config(block(vaAddress, `name = "loader"`), block(patAddress, `name = "ci-token"`)), p.Bootstrap().Token, "tfy_pat_dead_0123456789", 1)
	p.test(acc.TestStep{Config: config, ExpectError: says("TrueFoundry does not accept the provider's credentials")})
	if n := p.requests("", ""); n > 4 {
		t.Errorf("%d requests", n)
	}
}

// TestAccTrueFoundry_examples applies the examples of resources, and their imports by name, which change nothing.
func TestAccTrueFoundry_examples(t *testing.T) {
	t.Parallel()
	for kind, target := range map[string]string{"personal_access_token": "audit", "virtual_account": "reporting"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join("..", "..", "examples", "resources", "mint_truefoundry_"+kind)
			read := func(name string) string {
				text, err := os.ReadFile(filepath.Join(folder, name))
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			}
			p := emulate(t)
			p.test(acc.TestStep{Config: p.config(read("resource.tf"))})
			end := time.Date(2035, time.January, 31, 0, 0, 0, 0, time.UTC)
			if _, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "audit", Team: "platform", Expiration: &end}); err != nil {
				t.Fatal(err)
			}
			if _, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{
				"name": "reporting", "expiration_date": "2035-01-31", "ownedBy": map[string]any{"team": "platform"}, "tags": map[string]any{"environment": "production"},
			}}); err != nil {
				t.Fatal(err)
			}
			p.test(acc.TestStep{
				Config: p.config(read("resource.tf"), read("import-by-string-id.tf")),
				ConfigPlanChecks: acc.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("mint_truefoundry_"+kind+"."+target, plancheck.ResourceActionNoop),
				}},
			})
		})
	}
}

// TestAccTrueFoundry_tainted replaces objects whose fixed names are still taken while the replacement is planned.
func TestAccTrueFoundry_tainted(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := p.config(block(vaAddress, `name = "loader"`), block(patAddress, `name = "ci-token"`, `lifetime = "720h"`))
	var account, token string
	p.test(
		acc.TestStep{Config: config, Check: all(save(vaAddress, &account), save(patAddress, &token))},
		acc.TestStep{
			Config: config, Taint: []string{vaAddress, patAddress}, ConfigPlanChecks: does(plancheck.ResourceActionReplace),
			Check: all(p.authenticates(&account, false), p.authenticates(&token, false), p.alive(2)),
		},
	)
}

// TestAccTrueFoundryPersonalAccessToken_ofAnotherUser refreshes with somebody else's key: what they cannot see is not gone.
func TestAccTrueFoundryPersonalAccessToken_ofAnotherUser(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	other, err := p.AddUser(fake.User{Email: "other@example.com", Admin: true})
	if err != nil {
		t.Fatal(err)
	}
	config := p.config(block(patAddress, `name = "ci-token"`, `lifetime = "720h"`))
	p.test(
		acc.TestStep{Config: config},
		acc.TestStep{
			PreConfig: func() { p.Stage().Clock.Advance(10 * time.Minute) },
			Config:    strings.Replace(config, p.Bootstrap().Token, other.Token, 1), ExpectError: says("the provider has the key of somebody else"),
		},
		acc.TestStep{
			PreConfig: func() { p.Stage().Clock.Advance(31 * 24 * time.Hour) },
			Config:    config, Check: acc.TestCheckResourceAttr(patAddress, "status", "active"),
		},
	)
}
