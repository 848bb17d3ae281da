package truefoundry_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestVirtualAccount_drift changes an account behind Terraform's back, and deletes it.
func TestVirtualAccount_drift(t *testing.T) {
	t.Parallel()
	account := emulate(t, func(w *fake.Switches) { w.ExtraKeys = true }).subject(vaType)
	edit := func(change func(*fake.VirtualAccount)) {
		t.Helper()
		if err := account.EditVirtualAccount(account.text("id"), change); err != nil {
			t.Fatal(err)
		}
	}
	config := args{"name": "loader", "tags": args{"a": "1"}, "expiration_date": "2035-01-31"}
	account.Does("create", config)
	edit(func(a *fake.VirtualAccount) {
		a.Manifest["tags"] = map[string]any{"a": 1, "b": true}
		a.Manifest["permissions"] = []any{map[string]any{"resource_fqn": "a", "resource_type": "b", "role_id": "c"}}
	})
	account.Does("update", config)
	if got := fmt.Sprint(account.VirtualAccounts()[0].Manifest["tags"]); got != "map[a:1]" {
		t.Errorf("the tags are %s", got)
	}
	edit(func(a *fake.VirtualAccount) { a.Manifest["expiration_date"] = "2034-01-31" })
	account.Does("update", config)
	if got := account.text("expires_at"); got != "2035-01-31T00:00:00Z" {
		t.Errorf("expires at %s", got)
	}
	first := account.works()
	if err := account.DeleteVirtualAccount(account.text("id")); err != nil {
		t.Fatal(err)
	}
	account.pass(10 * time.Minute)
	account.Does("create", config)
	account.works()
	account.check(first, false)
	account.living(1)
	account.end()
}
