package fake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// seeded returns an organization whose service account has a full token, a disabled one and a bare one.
func seeded(t *testing.T, switches fake.Switches) *organization {
	t.Helper()
	o := start(t, switches)
	created := time.Date(2025, 1, 2, 3, 4, 5, 678e6, time.UTC)
	expires := time.Date(2100, 1, 2, 3, 4, 5, 0, time.UTC)
	o.add(fake.Token{ID: "1", User: robot, Description: "for you", Created: created, Expires: &expires, Secret: "s3cret-abcd"})
	o.add(fake.Token{ID: "2", User: robot, Disabled: true, Created: created})
	return o
}

func TestList_default(t *testing.T) {
	t.Parallel()
	o := seeded(t, fake.Switches{})
	const want = `[{"created":"2025-01-02T03:04:05Z","description":"for you","expires":"2100-01-02T03:04:05Z","id":1,"status":"Active"},` +
		`{"created":"2025-01-02T03:04:05Z","description":null,"expires":null,"id":2,"status":"Disabled"}]`
	got := o.list(robot)
	if diff := cmp.Diff(want, strings.TrimSpace(got.text)); diff != "" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s", got.header, diff)
	}
	if strings.Contains(got.text, "s3cret") {
		t.Error("a list shows a token")
	}
}

// TestList_switches checks for each switch what the list holds and what it does not.
func TestList_switches(t *testing.T) {
	t.Parallel()
	o := seeded(t, fake.Switches{})
	for switches, c := range map[string]struct {
		holds []string
		lacks string
	}{
		`{"key_case": "snake_case", "id_name": "accessTokenId", "created_name": "createdAt"}`: {[]string{`"access_token_id":1`, `"created_at":"20`}, `"id"`},
		`{"key_case": "PascalCase", "id_name": "tokenId", "expires_name": "validUntil"}`:      {[]string{`"TokenId":1`, `"ValidUntil":"21`, `"Status":"Active"`}, `"expires"`},
		`{"key_case": "kebab-case", "status_name": "tokenStatus"}`:                            {[]string{`"token-status":"Active"`}, `"status"`},
		`{"description_name": "note"}`:                                                        {[]string{`"note":"for you"`}, `"description"`},
		`{"status_words": "ENABLED/DISABLED"}`:                                                {[]string{`"ENABLED"`, `"DISABLED"`}, `Active`},
		`{"status_words": "active/inactive", "status_name": "state"}`:                         {[]string{`"state":"active"`, `"state":"inactive"`}, `"status"`},
		`{"status_form": "bool"}`:                                                             {[]string{`"id":1,"status":false`, `"id":2,"status":true`}, `Active`},
		`{"status_name": "isDisabled"}`:                                                       {[]string{`"id":1,"isDisabled":false`, `"id":2,"isDisabled":true`}, `"status"`},
		`{"status_name": "enabled"}`:                                                          {[]string{`"enabled":true,"expires":"21`, `"enabled":false,"expires":null`}, `"status"`},
		`{"status_name": "active", "status_form": "word"}`:                                    {[]string{`{"active":true,`, `{"active":false,`}, `"status"`},
		`{"hide_status": true}`:                                                               {[]string{`"id":2}`}, `"status"`},
		`{"time_form": "iso_z_millis"}`:                                                       {[]string{`"2025-01-02T03:04:05.678Z"`}, `05Z`},
		`{"time_form": "iso_offset"}`:                                                         {[]string{`"2025-01-02T05:04:05+02:00"`}, `Z"`},
		`{"time_form": "iso_no_zone"}`:                                                        {[]string{`"2025-01-02T03:04:05"`}, `Z"`},
		`{"time_form": "epoch_seconds"}`:                                                      {[]string{`"created":1735787045,`}, `Z"`},
		`{"time_form": "epoch_millis"}`:                                                       {[]string{`"created":1735787045678,`}, `Z"`},
		`{"time_form": "text"}`:                                                               {[]string{`"Jan 2, 2025 3:04:05 AM"`}, `Z"`},
		`{"never_expires": "missing"}`:                                                        {[]string{`"description":null,"id":2`}, `"expires":null`},
		`{"never_expires": "empty"}`:                                                          {[]string{`"expires":"","id":2`}, `"expires":null`},
		`{"empty_description": "missing"}`:                                                    {[]string{`"for you"`}, `"description":null`},
		`{"empty_description": "empty"}`:                                                      {[]string{`"description":"",`}, `"description":null`},
		`{"hide_description": true}`:                                                          {[]string{`"id":1`}, `description`},
		`{"list_token": "masked"}`:                                                            {[]string{`"token":"****abcd"`}, `s3cret`},
		`{"list_token": "plain"}`:                                                             {[]string{`"token":"s3cret-abcd"`}, `****`},
		`{"list_wrapper": "access_tokens"}`:                                                   {[]string{`{"access_tokens":[{`, `"total":2}`}, `"tokens"`},
		`{"id_kind": "digits"}`:                                                               {[]string{`"id":"1"`}, `"id":1`},
		`{"list_order": "newest_first"}`:                                                      {[]string{`"id":2,"status":"Disabled"},{`}, `"id":1,"status":"Active"},{`},
	} {
		o.set(func(w *fake.Switches) { *w = fake.Switches{} })
		if err := o.SwitchJSON([]byte(switches)); err != nil {
			t.Fatal(err)
		}
		got := o.list(robot).text
		for _, text := range c.holds {
			if !strings.Contains(got, text) {
				t.Errorf("%s: no %s in %s", switches, text, got)
			}
		}
		if strings.Contains(got, c.lacks) {
			t.Errorf("%s: %s in %s", switches, c.lacks, got)
		}
	}
}

func TestList_everyWordChangesTheAnswer(t *testing.T) {
	t.Parallel()
	o := seeded(t, fake.Switches{})
	words := fake.SwitchWords()
	for _, name := range []string{
		"key_case", "id_name", "created_name", "expires_name", "description_name", "status_name", "status_form", "status_words",
		"time_form", "never_expires", "empty_description", "list_token", "list_wrapper", "list_broken",
	} {
		seen := map[string]string{}
		for _, word := range words[name] {
			// With two words in every key, each case looks different.
			o.set(func(w *fake.Switches) { *w = fake.Switches{CreatedName: "createdAt"} })
			if err := o.SwitchJSON(fmt.Appendf(nil, `{%q: %q}`, name, word)); err != nil {
				t.Fatal(err)
			}
			got := o.list(robot)
			if other, twice := seen[got.text]; twice && got.text != "" {
				t.Errorf("%s: %s and %s answer the same", name, word, other)
			}
			seen[got.text] = word
		}
	}
}

func TestList_broken(t *testing.T) {
	t.Parallel()
	o := seeded(t, fake.Switches{})
	for kind, want := range map[string]string{
		"empty_body": "", "no_content": "", "null": "null", "text": `"2 access tokens"`, "object": `{"1":{`, "unknown_key": `{"entries":[`,
		"two_arrays": `{"items":[],"tokens":[`, "no_id": `"expires":null,"status"`, "item_is_text": `,"one more"]`,
	} {
		o.set(func(w *fake.Switches) { w.ListBroken = kind })
		got := o.list(robot)
		if !strings.Contains(got.text, want) || got.status/100 != 2 || want == "" && got.text != "" {
			t.Errorf("%s: %d %s", kind, got.status, got.text)
		}
	}
}

func TestList_shuffled(t *testing.T) {
	t.Parallel()
	o := seeded(t, fake.Switches{ListOrder: "shuffled"})
	first, second, third := o.list(robot).ids(), o.list(robot).ids(), o.list(robot).ids()
	if first == second || first != third {
		t.Errorf("%s, %s, %s", first, second, third)
	}
}

func TestList_expired(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{TokenLifetime: fakeapi.Duration(time.Hour)})
	token := o.create(robot)
	if token.Expires == nil || token.Expires.Sub(token.Created) != time.Hour {
		t.Fatalf("%+v", token)
	}
	o.Stage().Clock.Advance(2 * time.Hour)
	if list := o.list(robot); len(list.items()) != 1 || !strings.Contains(list.text, `"status":"Active"`) {
		t.Error(list.text)
	}
	o.set(func(w *fake.Switches) { w.ExpiredWord = true })
	if list := o.list(robot); !strings.Contains(list.text, `"status":"Expired"`) {
		t.Error(list.text)
	}
	o.set(func(w *fake.Switches) { w.HideExpired = true })
	if list := o.list(robot); list.text != "[]\n" {
		t.Error(list.text)
	}
	refused(t, o.as(o.admin, "DELETE", tokens+"/"+token.ID, ""), 404, "does not exist")
	o.set(func(w *fake.Switches) { w.HideExpired = false })
	if r := o.as(o.admin, "DELETE", tokens+"/"+token.ID, ""); r.status != 200 {
		t.Errorf("delete an expired token: %d", r.status)
	}
	if !o.uses(o.Bootstrap().AccessToken).Works() {
		t.Error("the bootstrap token expires")
	}
}

func TestList_lag(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{ListLag: 2})
	o.user(fake.User{Name: "other", ServiceAccount: true})
	lists := func(step string, want ...string) {
		t.Helper()
		for i, ids := range want {
			if got := o.list(robot).ids(); got != ids {
				t.Errorf("%s: list %d is %q instead of %q", step, i, got, ids)
			}
		}
	}
	o.create(robot)
	o.create("other")
	lists("create", "", "", "18")
	o.create(robot)
	lists("second create", "18", "18", "18 20")
	o.as(o.admin, "POST", tokens+"/rotate/"+robot, "")
	lists("rotate", "18 20", "18 20", "21")
	o.as(o.admin, "DELETE", tokens+"/21", "")
	lists("delete", "21", "21", "")

	o.set(func(w *fake.Switches) { w.ListLag = 0 })
	o.as(o.admin, "POST", tokens+"/rotate/"+robot, "")
	o.as(o.admin, "POST", tokens+"/rotate/"+robot, "")
	o.fault(fakeapi.Fault{Fault: "lag:1", Route: tokens + "/user/{user}"})
	lists("fault", "22", "23")
	o.fault(fakeapi.Fault{Fault: "lag:1", Route: tokens})
	if list := o.as(o.admin, "GET", tokens, ""); list.text != "[]\n" {
		t.Error(list.text)
	}
}

func TestList_thousandTokens(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	for i := range 100 {
		user := fmt.Sprintf("svc-%d", i)
		o.user(fake.User{Name: user, ServiceAccount: true})
		for range 10 {
			o.add(fake.Token{User: user})
		}
	}
	for i := range 100 {
		if list := o.list(fmt.Sprintf("svc-%d", i)); len(list.items()) != 10 {
			t.Errorf("%d tokens", len(list.items()))
		}
	}
	if live := o.Live(); len(live) != 1000 {
		t.Errorf("%d live tokens", len(live))
	}
}
