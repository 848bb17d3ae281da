package fake_test

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

func TestDescription_rawText(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	token := o.create(robot)
	describe := func(text, contentType string) string {
		t.Helper()
		headers := []string{"Authorization: token " + o.admin}
		if contentType != "" {
			headers = append(headers, "Content-Type: "+contentType)
		}
		r := o.send("PUT", tokens+"/"+token.ID+"/description", text, headers...)
		if r.status != 200 {
			t.Errorf("%q: %d %s", text, r.status, r.text)
		}
		stored, _ := o.Token(token.ID)
		return stored.Description
	}
	for _, contentType := range []string{"", "text/plain; charset=utf-8", "application/x-www-form-urlencoded", "application/json"} {
		for _, text := range []string{"plain", `"quoted"`, "a=b&c=%20d", " two  spaces ", "zoë 日本", ""} {
			if got := describe(text, contentType); got != text {
				t.Errorf("%s: %q became %q", contentType, text, got)
			}
		}
	}
	if got := describe("a\xffb", ""); got != "a\uFFFDb" {
		t.Errorf("broken UTF-8 became %q", got)
	}
	o.set(func(w *fake.Switches) { w.Latin1 = true })
	if with, without := describe("ë", "text/plain; charset=UTF-8"), describe("ë", "text/plain"); with != "ë" || without != "Ã«" {
		t.Errorf("%q %q", with, without)
	}
	o.set(func(w *fake.Switches) { w.Latin1, w.TrimDescription, w.DescriptionLimit = false, true, 3 })
	if got := describe("  äöüß ", ""); got != "äöü" {
		t.Errorf("%q", got)
	}
}

func TestDescription_clearing(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]struct {
		status int
		left   string
	}{"clears": {200, ""}, "ignored": {200, "text"}, "refused": {400, "text"}} {
		o := start(t, fake.Switches{ClearDescription: word})
		token := o.add(fake.Token{User: robot, Description: "text"})
		r := o.as(o.admin, "PUT", tokens+"/"+token.ID+"/description", "")
		if stored, _ := o.Token(token.ID); r.status != want.status || stored.Description != want.left {
			t.Errorf("%s: %d %q", word, r.status, stored.Description)
		}
	}
}

func TestDescription_deleteKeepsTheToken(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]struct {
		status int
		left   string
	}{"clears": {200, ""}, "405": {405, "text"}} {
		o := start(t, fake.Switches{DeleteDescription: word})
		token := o.add(fake.Token{User: robot, Description: "text"})
		r := o.as(o.admin, "DELETE", tokens+"/"+token.ID+"/description", "")
		stored, exists := o.Token(token.ID)
		if r.status != want.status || !exists || stored.Description != want.left || !o.uses(token.Secret).Works() {
			t.Errorf("%s: %d %t %q", word, r.status, exists, stored.Description)
		}
	}
}

func TestWrite_answers(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	for _, c := range []struct {
		status     int
		body, want string
	}{
		{200, "empty", ""}, {200, "text", "OK"}, {200, "json", `{"success":true}`}, {204, "text", ""},
	} {
		o.set(func(w *fake.Switches) { w.WriteStatus, w.WriteBody = c.status, c.body })
		path := tokens + "/" + o.create(robot).ID
		for _, r := range []reply{
			o.as(o.admin, "PUT", path+"/status/true", ""), o.as(o.admin, "PUT", path+"/description", "x"), o.as(o.admin, "DELETE", path, ""),
		} {
			if r.status != c.status || strings.TrimSpace(r.text) != c.want {
				t.Errorf("%+v: %d %s", c, r.status, r.text)
			}
		}
	}
}

func TestWrite_lies(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{IgnoredDeletes: 1, FailingDeletes: 1, IgnoredUpdates: 1, FailingUpdates: 1})
	token := o.create(robot)
	path := tokens + "/" + token.ID
	disabled := func() bool {
		stored, _ := o.Token(token.ID)
		return stored.Disabled
	}
	if r := o.as(o.admin, "PUT", path+"/status/true", ""); r.status != 200 || disabled() {
		t.Errorf("ignored update: %d", r.status)
	}
	if r := o.as(o.admin, "PUT", path+"/status/true", ""); r.status != 500 || !disabled() {
		t.Errorf("failing update: %d", r.status)
	}
	if r := o.as(o.admin, "PUT", path+"/status/false", ""); r.status != 200 || disabled() {
		t.Errorf("third update: %d", r.status)
	}
	if r := o.as(o.admin, "DELETE", path, ""); r.status != 200 || len(o.Tokens(robot)) != 1 {
		t.Errorf("ignored delete: %d", r.status)
	}
	refused(t, o.as(o.admin, "DELETE", path, ""), 500, `{"error":`)
	if len(o.Tokens(robot)) != 0 {
		t.Error("the failing delete did not delete")
	}
	if w := o.Switches(); w.IgnoredDeletes+w.FailingDeletes+w.IgnoredUpdates+w.FailingUpdates != 0 {
		t.Errorf("left: %+v", w)
	}
}

func TestFaults_loseAnswers(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	header := "Authorization: token " + o.admin
	for _, path := range []string{"/user/", "/rotate/"} {
		o.fault(fakeapi.Fault{Method: "POST", Route: tokens + path + "{user}", Fault: "drop-after"})
		if _, err := o.attempt("POST", tokens+path+robot, "", header); err == nil || len(o.Tokens(robot)) != 1 {
			t.Errorf("%s: %v, %d tokens", path, err, len(o.Tokens(robot)))
		}
	}
	o.fault(fakeapi.Fault{Method: "POST", Fault: "drop-before"})
	hooked := false
	o.OnBeforeCreate(func(string) { hooked = true })
	if _, err := o.attempt("POST", tokens+"/user/"+robot, "", header); err == nil || len(o.Tokens(robot)) != 1 || hooked {
		t.Errorf("dropped before: %v, %d tokens, hooked %t", err, len(o.Tokens(robot)), hooked)
	}
	o.fault(fakeapi.Fault{Method: "DELETE", Route: tokens + "/{id}", Fault: "status-after:500"})
	if r := o.as(o.admin, "DELETE", tokens+"/"+o.Tokens(robot)[0].ID, ""); r.status != 500 || len(o.Tokens(robot)) != 0 {
		t.Errorf("500 although done: %d", r.status)
	}
	o.fault(fakeapi.Fault{Method: "GET", Fault: "status:401"})
	refused(t, o.list(robot), 401, `{"error":"Unauthorized"}`)
	o.fault(fakeapi.Fault{Method: "GET", Fault: "html"})
	refused(t, o.list(robot), 200, "<!DOCTYPE html>")
}

func TestErrors_forms(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	for form, want := range map[string]string{
		"error": `{"error":"A session token is required."}`, "message": `{"message":"A`, "errorMessage": `{"errorMessage":"A`,
		"detail": `{"detail":"A`, "text": "A session token is required.", "html": "<!DOCTYPE html>", "empty": "",
	} {
		o.set(func(w *fake.Switches) { w.ErrorForm = form })
		r := o.send("GET", tokens, "")
		if r.status != 401 || !strings.HasPrefix(r.text, want) || want == "" && r.text != "" {
			t.Errorf("%s: %d %s", form, r.status, r.text)
		}
	}
}

func TestErrors_unknownPaths(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	for _, path := range []string{"/", "/access-token", api + "/users", tokens + "/", tokens + "/user/", tokens + "/rotate/"} {
		refused(t, o.as(o.admin, "GET", path, ""), 404, `"error"`)
	}
	refused(t, o.as(o.admin, "GET", tokens+"/17", ""), 405, `"error"`)
	o.set(func(w *fake.Switches) { w.WebApp = true })
	refused(t, o.as(o.admin, "GET", "/access-token", ""), 200, "<!DOCTYPE html>")
	refused(t, o.as(o.admin, "GET", api+"/users", ""), 404, `"error"`)
}
