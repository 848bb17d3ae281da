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
		if saved := account.Plan(config); saved.Failed() {
			t.Fatal(saved.Diagnostics.Errors())
		}
		for _, request := range account.Stage().Journal.Select(fakeapi.Filter{System: fake.Name}) {
			if request.Method != http.MethodGet {
				t.Errorf("the plan of %v has sent %s %s", config, request.Method, request.Route)
			}
		}
	}
	plan(graced("1"))
	account.Does("create", graced("1"))
	plan(with(graced("1"), args{"tags": args{"a": "1"}}))
	plan(with(graced("2"), args{"expiration_date": "2035-01-31"}))
	plan(with(graced("1"), args{"name": "other"}))
	account.end()
}

// TestVirtualAccount_manifestRefused has the manifest of a creation and of a change refused: the error holds the control plane's own
// words, and nothing has happened.
func TestVirtualAccount_manifestRefused(t *testing.T) {
	t.Parallel()
	account := emulate(t, func(w *fake.Switches) { w.Permissions = "required" }).subject(vaType)
	allowed := with(graced("1"), args{"permissions": []any{permission("a:b", "viewer")}})
	refused := graced("2")
	if run := account.fails("manifest.permissions is required", refused); run.Action != "create" || run.Failed != "apply" {
		t.Errorf("%s failed in the %s", run.Action, run.Failed)
	}
	if account.Object != nil || len(account.VirtualAccounts()) != 0 {
		t.Error("something was created")
	}
	account.Does("create", allowed)
	first := account.works()
	if run := account.fails("manifest.permissions is required", with(refused, args{"tags": args{"a": "1"}})); run.Action != "update" || run.Failed != "apply" {
		t.Errorf("%s failed in the %s", run.Action, run.Failed)
	}
	if account.works() != first || account.mints() != 0 {
		t.Error("the token has changed")
	}
	account.Does("nothing", allowed)
	account.end()
}
