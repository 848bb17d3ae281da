package truefoundry_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// manager has the provider use the key of somebody who manages accounts, and whose list does not show those of others.
func (s *subject) manager() {
	s.t.Helper()
	user, err := s.AddUser(fake.User{Email: "manager@example.com", ManagesVirtualAccounts: true})
	if err != nil {
		s.t.Fatal(err)
	}
	s.block = args{"api_key": user.Token}
}

// TestVirtualAccount_hiddenName does not take over an account that the list hides: a plan warns, and the creation refuses it before it
// sends anything.
func TestVirtualAccount_hiddenName(t *testing.T) {
	t.Parallel()
	account := emulate(t, func(w *fake.Switches) { w.HideForeignAccounts = true }).subject(vaType)
	account.manager()
	theirs, err := account.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader", "tags": map[string]any{"a": "theirs"}}})
	if err != nil {
		t.Fatal(err)
	}
	config := args{"name": "loader"}
	run := account.fails("the provider's key cannot see", config)
	contains(t, run.Saved.Diagnostics.Warnings(), "The name is taken by another TrueFoundry virtual account")
	if run.Failed != "apply" || account.requests("PUT", "") != 0 || account.Object != nil {
		t.Errorf("failed in the %q", run.Failed)
	}
	if now, _ := account.VirtualAccount(theirs.ID); now.Manifest["tags"] == nil || now.Secret() != theirs.Secret() {
		t.Error("the account was changed")
	}
	// Another name is free, and a replacement gets it again.
	config = args{"name": "other"}
	if run := account.Run(config); run.Failed != "" || len(run.Diagnostics) > 0 {
		t.Error(run.Diagnostics)
	}
	account.works()
	account.Does("replace", args{"name": "third"})
	account.Does("replace", config)
	// Neither is a name that is known for a moment longer than its account.
	account.engine().NoError(account.Destroy())
	account.intercepts("GET", vasRoute+"/exists", 2, `{"exists": true}`)
	account.Does("create", config)
	account.end()
}

// intercepts answers the next requests in place of the control plane.
func (p *plane) intercepts(method, path string, times int, text string) {
	p.intercept = func(r *http.Request) *http.Response {
		if r.Method != method || r.URL.Path != path || times == 0 {
			return nil
		}
		times--
		return respond(text)
	}
}

// TestVirtualAccount_existsNotTold creates accounts where the control plane does not have the route, or does not let the key use it.
func TestVirtualAccount_existsNotTold(t *testing.T) {
	t.Parallel()
	each(t, []string{"days", "status:403", "status:400"}, func(w *fake.Switches, kind string) { set(w, kind) }, func(p *plane, kind string) {
		if kind != "days" {
			p.fault("GET", vasRoute+"/exists", kind, 10)
		}
		account := p.subject(vaType)
		if run := account.Run(args{"name": "loader"}); run.Failed != "" || len(run.Diagnostics) > 0 {
			p.t.Error(run.Diagnostics)
		}
		account.works()
		account.end()
	})
}

// TestVirtualAccount_existsFails creates nothing as long as it is not known whether the name is free.
func TestVirtualAccount_existsFails(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	account.intercepts("GET", vasRoute+"/exists", 100, `{}`)
	account.fails("does not say whether the virtual account exists", args{"name": "loader"})
	if n := account.requests("PUT", ""); n != 0 {
		t.Errorf("%d requests to put", n)
	}
}

// TestVirtualAccount_twoOfOneName has two resources of one name in one configuration: the plan warns of it once, and one of the two
// creations fails, in every order, at the same time, and in the next run as well.
func TestVirtualAccount_twoOfOneName(t *testing.T) {
	t.Parallel()
	const warning = "Two TrueFoundry virtual accounts have one name"
	each(t, []string{"one after the other", "at the same time", "answer without a row"}, nil, func(p *plane, how string) {
		if how == "answer without a row" {
			p.spoils("PUT", func(a *protocoltest.Answer) { a.Body = `{"token": "` + p.newestToken() + `", "data": {}}` })
		}
		account := p.subject(vaType)
		e := account.engine()
		configs := []args{{"name": "loader", "tags": args{"a": "1"}}, {"name": "loader", "tags": args{"a": "2"}}}
		first, second := e.Plan(nil, configs[0]), e.Plan(nil, configs[1])
		if said := first.Diagnostics; len(said) > 0 {
			p.t.Error(said)
		}
		contains(p.t, second.Diagnostics.Warnings(), warning)
		// Terraform applies in another process.
		e = account.engine()
		var made [2]*protocoltest.Object
		var said [2]protocoltest.Diagnostics
		var wait sync.WaitGroup
		for i, plan := range []*protocoltest.Plan{first, second} {
			apply := func() { made[i], said[i] = e.Apply(plan) }
			if how == "at the same time" {
				wait.Go(apply)
			} else {
				apply()
			}
		}
		wait.Wait()
		won, lost := 0, 1
		if made[0] == nil {
			won, lost = 1, 0
		}
		if made[won] == nil || made[lost] != nil || p.requests("PUT", vasRoute) != 1 {
			p.t.Fatalf("%d requests: %v, %v", p.requests("PUT", vasRoute), said[0], said[1])
		}
		contains(p.t, said[lost].Errors(), `"loader" is the name of a virtual account that exists`)
		p.intercept = nil
		account.Object = made[won]
		account.works()
		// In the next run, too.
		plan := account.engine().Plan(nil, configs[lost])
		contains(p.t, plan.Diagnostics.Warnings(), "The name is taken")
		_, again := account.engine().Apply(plan)
		contains(p.t, again.Errors(), `"loader" is the name of a virtual account that exists`)
		p.living(1)
		account.end()
	})
}

// newestToken is the token of the account that was made last.
func (p *plane) newestToken() string {
	accounts := p.VirtualAccounts()
	return accounts[len(accounts)-1].Secret()
}
