package truefoundry_test

import (
	"net/http"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestVirtualAccount_planOnlyReads plans a creation, a change, a rotation and a replacement: an older control plane may ignore what
// should keep a request from saving anything, so that a plan sends nothing but GET.
func TestVirtualAccount_planOnlyReads(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	plan := func(config args) {
		t.Helper()
		account.Stage().Journal.Reset()
		e := account.engine()
		e.fine(e.plan(account.now, config).Diagnostics)
		for _, request := range account.Stage().Journal.Select(fakeapi.Filter{System: fake.Name}) {
			if request.Method != http.MethodGet {
				t.Errorf("the plan of %v has sent %s %s", config, request.Method, request.Route)
			}
		}
	}
	plan(graced("1"))
	account.does("create", graced("1"))
	plan(with(graced("1"), args{"tags": args{"a": "1"}}))
	plan(with(graced("2"), args{"expiration_date": "2035-01-31"}))
	plan(with(graced("1"), args{"name": "other"}))
	account.end()
}

// TestVirtualAccount_manifestRefused has the manifest of a creation and of a change refused: the error holds the control plane's own
// words, and nothing has happened.
func TestVirtualAccount_manifestRefused(t *testing.T) {
	t.Parallel()
	account := emulate(t, func(w *fake.Switches) { w.Permissions = "not_empty" }).subject(vaType)
	allowed := with(graced("1"), args{"permissions": []any{permission("a:b", "viewer")}})
	refused := with(graced("2"), args{"permissions": []any{}})
	done, diagnostics := account.try(refused)
	contains(t, done+failed(diagnostics), "createUnable to create")
	contains(t, failed(diagnostics), "manifest.permissions is required")
	if account.now != nil || len(account.VirtualAccounts()) != 0 {
		t.Error("something was created")
	}
	account.does("create", allowed)
	first := account.works()
	done, diagnostics = account.try(refused)
	contains(t, done+failed(diagnostics), "updateUnable to update")
	contains(t, failed(diagnostics), "manifest.permissions is required")
	if account.works() != first || account.mints() != 0 {
		t.Error("the token has changed")
	}
	account.does("nothing", allowed)
	account.end()
}
