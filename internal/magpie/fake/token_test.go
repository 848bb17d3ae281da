package fake_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

func TestToken_lifecycle(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	token := o.create(robot)
	path := tokens + "/" + token.ID
	if !o.uses(token.Secret).Works() {
		t.Fatal("a minted token does not work")
	}
	for _, step := range []struct {
		method, path string
		works        bool
	}{
		{"PUT", path + "/status/true", false},
		{"PUT", path + "/status/false", true},
		{"DELETE", path + "/description", true},
		{"DELETE", path, false},
	} {
		if r := o.as(o.admin, step.method, step.path, ""); r.status != 200 || r.text != "" {
			t.Fatalf("%s %s: %d %s", step.method, step.path, r.status, r.text)
		}
		if probe := o.uses(token.Secret); probe.Works() != step.works {
			t.Errorf("after %s %s: %+v", step.method, step.path, probe)
		}
	}
	refused(t, o.as(o.admin, "DELETE", path, ""), 404, "does not exist")
	refused(t, o.as(o.admin, "PUT", path+"/status/off", ""), 404, "does not exist")
}

func TestToken_own(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	session := o.session(person)
	made := o.as(session, "POST", tokens, "")
	if fields, _ := made.body.(map[string]any); made.status != 200 || made.string("token") == "" || len(fields) != 1 {
		t.Fatalf("%d %s", made.status, made.text)
	}
	list := o.as(session, "GET", tokens, "")
	if len(list.items()) != 1 {
		t.Fatal(list.text)
	}
	id := list.ids()
	if r := o.as(session, "PUT", tokens+"/"+id+"/description", "mine & yours"); r.status != 200 {
		t.Errorf("%d %s", r.status, r.text)
	}
	if token, _ := o.Token(id); token.Description != "mine & yours" || token.User != person {
		t.Errorf("%+v", token)
	}
	refused(t, o.as(session, "PUT", tokens+"/"+id+"/status/TRUE", ""), 400, "true or false")
	for _, path := range []string{tokens, tokens + "/user/" + robot, tokens + "/rotate/" + robot} {
		refused(t, o.as(o.admin, "POST", path, "{}"), 400, "no body")
	}
	refused(t, o.as(session, "PUT", tokens+"/"+id+"/status/true", "{}"), 400, "no body")
	if len(o.Tokens(robot)) != 0 || len(o.Tokens(person)) != 1 {
		t.Error("a refused create made a token")
	}
}

func TestToken_sessionOfAToken(t *testing.T) {
	t.Parallel()
	for _, outlives := range []bool{false, true} {
		o := start(t, fake.Switches{SessionsOutliveTokens: outlives, TokenLifetime: fakeapi.Duration(time.Hour)})
		for name, end := range map[string]func(id string){
			"disabled": func(id string) { _ = o.SetDisabled(id, true) },
			"deleted":  func(id string) { _ = o.DeleteToken(id) },
			"expired":  func(string) { o.Stage().Clock.Advance(time.Hour) },
		} {
			token := o.add(fake.Token{User: person})
			session := o.token(token.Secret).string("token")
			if o.as(session, "GET", tokens, "").status != 200 {
				t.Fatal("no session")
			}
			end(token.ID)
			if o.uses(token.Secret).Login != 401 {
				t.Errorf("%s: the login works", name)
			}
			if r := o.as(session, "GET", tokens, ""); (r.status == 200) != outlives {
				t.Errorf("%s, sessions outlive tokens: %t: %d", name, outlives, r.status)
			}
		}
	}
}

func TestToken_deletesItself(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	b := o.Bootstrap()
	session := o.token(b.AccessToken).string("token")
	if r := o.as(session, "DELETE", tokens+"/"+b.TokenID, ""); r.status != 200 {
		t.Fatalf("%d %s", r.status, r.text)
	}
	refused(t, o.as(session, "GET", tokens, ""), 401, "no longer valid")
}

func TestRotate(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	first := o.as(o.admin, "POST", tokens+"/rotate/"+robot, "")
	old := o.add(fake.Token{User: robot, Description: "foreign", Disabled: true})
	other := o.add(fake.Token{User: person})
	second := o.as(o.admin, "POST", tokens+"/rotate/"+robot, "")
	left := o.Tokens(robot)
	if len(left) != 1 || left[0].Secret != second.string("token") || left[0].Description != "" || left[0].Disabled {
		t.Errorf("%s; left %+v", second.text, left)
	}
	if o.uses(first.string("token")).Works() || o.uses(old.Secret).Works() || !o.uses(second.string("token")).Works() {
		t.Error("the wrong tokens work")
	}
	if !o.uses(other.Secret).Works() {
		t.Error("the rotation reached another account")
	}
	o.set(func(w *fake.Switches) {
		w.RotateKeepsDescription, w.RotateKeepsStatus, w.CreateStatus = true, true, 201
	})
	o.add(fake.Token{User: robot, Description: "kept", Disabled: true})
	third := o.as(o.admin, "POST", tokens+"/rotate/"+robot, "")
	if left := o.Tokens(robot); third.status != 201 || len(left) != 1 || left[0].Description != "kept" || !left[0].Disabled {
		t.Errorf("%d, left %+v", third.status, left)
	}
}

func TestID_kinds(t *testing.T) {
	t.Parallel()
	for kind, example := range map[string]string{
		"number": `"id":18,`, "large_number": `"id":90071992547410`, "digits": `"id":"18"`, "uuid": `-`, "string": `"id":"at+18="`,
	} {
		o := start(t, fake.Switches{IDKind: kind})
		seen := map[string]bool{}
		for range 3 {
			token := o.create(robot)
			own := o.add(fake.Token{User: person})
			seen[token.ID], seen[own.ID] = true, true
			if n, err := strconv.ParseUint(token.ID, 10, 64); kind == "large_number" && (err != nil || uint64(float64(n)) == n) {
				t.Errorf("%s survives floating point", token.ID)
			}
		}
		if len(seen) != 6 {
			t.Errorf("%s: IDs repeat: %v", kind, seen)
		}
		list := o.list(robot)
		if !strings.Contains(list.text, example) || !seen[fmt.Sprint(list.items()[0]["id"])] {
			t.Errorf("%s: %s", kind, list.text)
		}
		for _, token := range o.Tokens(robot) {
			if r := o.as(o.admin, "DELETE", tokens+"/"+escape(token.ID), ""); r.status != 200 {
				t.Errorf("%s: delete %s: %d %s", kind, token.ID, r.status, r.text)
			}
		}
		o.set(func(w *fake.Switches) { w.CreateID = true })
		if made := o.as(o.admin, "POST", tokens+"/user/"+robot, ""); !strings.Contains(made.text, `"id":`) {
			t.Error(made.text)
		}
	}
}

func TestID_isNeverGivenTwice(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	o.add(fake.Token{ID: "18", User: robot})
	if err := o.DeleteToken("18"); err != nil {
		t.Fatal(err)
	}
	if next := o.create(robot); next.ID != "19" {
		t.Errorf("ID %s", next.ID)
	}
}

func TestHooks_foreignCreator(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	var mu sync.Mutex
	var called []string
	foreign := func(when string) func(string) {
		return func(user string) {
			mu.Lock()
			defer mu.Unlock()
			called = append(called, when+" "+user)
			o.add(fake.Token{User: user, Description: when})
		}
	}
	o.OnBeforeCreate(foreign("before"))
	o.OnAfterCreate(foreign("after"))
	made := o.as(o.admin, "POST", tokens+"/user/"+robot, "")
	all := o.Tokens(robot)
	if len(all) != 3 || all[0].Description != "before" || all[1].Secret != made.string("token") || all[2].Description != "after" {
		t.Errorf("create: %+v", all)
	}
	made = o.as(o.admin, "POST", tokens+"/rotate/"+robot, "")
	all = o.Tokens(robot)
	if len(all) != 2 || all[0].Secret != made.string("token") || all[1].Description != "after" {
		t.Errorf("rotate: %+v", all)
	}
	o.as(o.session(person), "POST", tokens, "")
	o.OnAfterCreate(nil)
	o.send("POST", tokens, "")
	want := "before robot@example.com after robot@example.com before robot@example.com after robot@example.com " +
		"before person@example.com after person@example.com"
	if got := strings.Join(called, " "); got != want {
		t.Errorf("called: %s", got)
	}
}

func TestCreate_concurrently(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	var group sync.WaitGroup
	for i := range 4 {
		user := fmt.Sprintf("svc-%d@example.com", i)
		o.user(fake.User{Name: user, ServiceAccount: true})
		for range 10 {
			group.Go(func() {
				if r, err := o.attempt("POST", tokens+"/user/"+user, "", "Authorization: token "+o.admin); err != nil || r.status != 200 {
					t.Errorf("%d %v", r.status, err)
				}
				_, _ = o.AddToken(fake.Token{User: user})
				_ = o.Live()
			})
		}
	}
	group.Wait()
	ids := map[string]bool{}
	for _, token := range o.Live() {
		ids[token.ID] = true
	}
	if len(ids) != 80 {
		t.Errorf("%d tokens", len(ids))
	}
}
