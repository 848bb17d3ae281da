package magpie_test

import (
	"net/http"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// doubt is a list that proves nothing.
type doubt struct {
	message string
	happens func(*organization)
}

func doubts() []doubt {
	broken := func(kind string) func(*organization) {
		return func(o *organization) { o.turn(func(w *fake.Switches) { w.ListBroken = kind })() }
	}
	fault := func(word string) func(*organization) {
		return func(o *organization) { o.fault("GET", userRoute, word, 9) }
	}
	return []doubt{
		{`session or credentials not accepted`, func(o *organization) { o.fault("GET", userRoute, "status:401", 2) }},
		{`the user needs the permission AccessToken, and must be an organization admin for service accounts' tokens`, fault("status:403")},
		{`Silectis Magpie answered: Internal Server Error`, fault("status:500")},
		{`the answer is an HTML page, not JSON; the web application has the same host, so check the base URL`, fault("html")},
		{`the answer is not JSON, or broke off`, fault("truncate-silent")},
		{`the answer broke off`, fault("truncate")},
		{`redirects are never followed`, fault("redirect:https://elsewhere.example.com/")},
		{`the answer is empty`, broken("empty_body")},
		{`the answer is empty`, broken("no_content")},
		{`the answer is not a list`, broken("null")},
		{`the answer is not a list`, broken("text")},
		{`without a recognizable list of tokens; its keys are "entries"`, broken("unknown_key")},
		{`without a recognizable list of tokens; its keys are "items", "tokens"`, broken("two_arrays")},
		{`without a recognizable list of tokens`, broken("object")},
		{`a record of the list has no id; its keys are "created", "description", "expires", "status"`, broken("no_id")},
		{`the list holds something that is not an object`, broken("item_is_text")},
		{`because the list of the provider's own tokens fails too`, func(o *organization) {
			fault("status:404")(o)
			o.fault("GET", ownRoute, "status:404", 1)
		}},
	}
}

// TestMagpieAccessToken_doubtfulList meets lists that prove nothing: each is an error, and nothing is removed from the state. Once
// the list is whole again, there is nothing to do.
func TestMagpieAccessToken_doubtfulList(t *testing.T) {
	t.Parallel()
	for _, c := range doubts() {
		for _, kind := range distinctKinds() {
			o := emulate(t)
			made := o.engine(kind, impatience).Create(values{"user_name": robot})
			o.Clock().Advance(afterLag)
			c.happens(o)
			if read := o.fails(c.message)(o.engine(kind, impatience).Read(made)); !same(read, made) {
				t.Errorf("%s: %q changes the state to %v", kind, c.message, read)
			}
			o.Faults().Clear()
			o.turn(func(w *fake.Switches) { w.ListBroken = "" })()
			p := o.engine(kind)
			read := p.MustRead(made)
			if planned := p.MustPlan(read, arguments(kind, nil)); !same(read, made) || len(planned.Changes()) > 0 {
				t.Errorf("%s, after %q: read %v, planned %v", kind, c.message, read, planned.Attributes)
			}
		}
	}
}

// spoiled starts a provider whose answers to lists are changed on their way.
func (o *organization) spoiled(kind string, by func(*protocoltest.Answer)) *protocoltest.Engine {
	o.t.Helper()
	lists := protocoltest.Route(http.MethodGet, listOf(kind))
	return o.engineOn(&protocoltest.Network{Next: protocoltest.Spoiled{Of: lists, By: by}}, kind, impatience)
}

// TestMagpieAccessToken_listNotCurrentOrNotOfMagpie meets empty lists that are not Magpie's own, not whole or not current. Nothing is
// removed from the state, and nothing is taken for revoked.
func TestMagpieAccessToken_listNotCurrentOrNotOfMagpie(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		doubts := protocoltest.Doubts(`[]`)
		for name, body := range map[string]string{
			"key twice":          `{"tokens": [{"id": 1}], "tokens": []}`,
			"key twice, escaped": `{"tokens": [{"id": 1}], "tok\u0065ns": []}`,
			"key in two cases":   `{"Tokens": null, "tokens": []}`,
			"id twice":           `[{"id": 1, "id": 2}]`,
		} {
			doubts[name] = protocoltest.Doubt{Message: `twice in one object`, By: func(a *protocoltest.Answer) { a.Body = body }}
		}
		doubts["id in two spellings"] = protocoltest.Doubt{
			Message: `a record of the list has several values for "id"`, By: func(a *protocoltest.Answer) { a.Body = `[{"id": 1, "i-d": 2}]` },
		}
		o := emulate(t)
		made := o.engine(kind).Create(arguments(kind, nil))
		o.Clock().Advance(afterLag)
		for name, doubt := range doubts {
			if read := o.fails(doubt.Message)(o.spoiled(kind, doubt.By).Read(made)); !same(read, made) {
				t.Errorf("%s, %s: the state changes to %v", kind, name, read)
			}
		}
		for _, name := range []string{"203", "age", "followed by a bracket"} {
			made := o.engine(kind).Create(arguments(kind, nil))
			if kept := o.fails(doubts[name].Message)(o.spoiled(kind, doubts[name].By).TryDestroy(made)); !same(kept, made) {
				t.Errorf("%s, %s: after a destruction there is %v", kind, name, kept)
			}
		}
	}
}

// TestMagpieAccessToken_harmlessAnswer reads lists that differ from others in what means nothing.
func TestMagpieAccessToken_harmlessAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		o := emulate(t)
		made := o.engine(kind).Create(arguments(kind, nil))
		for name, by := range protocoltest.Harmless() {
			if read, diagnostics := o.spoiled(kind, by).Read(made); len(diagnostics) > 0 || !same(read, made) {
				t.Errorf("%s, %s: read %v, said %q", kind, name, read, diagnostics)
			}
		}
	}
}

// TestMagpiePersonalAccessToken_emptyOwnList does not believe that a user has no tokens who is logged in with one. A login by password
// may well have none.
func TestMagpiePersonalAccessToken_emptyOwnList(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	made := o.engine(personal).Create(nil)
	o.Clock().Advance(afterLag)
	empty := func(a *protocoltest.Answer) { a.Body = `[]` }
	if read := o.fails(`the list is empty, although the provider is logged in with an access token`)(o.spoiled(personal, empty).Read(made)); !same(read, made) {
		t.Errorf("the state changes to %v", read)
	}
	if planned := o.engine(personal).MustPlan(o.engine(personal).MustRead(made), nil); len(planned.Changes()) > 0 {
		t.Errorf("planned %v", planned.Attributes)
	}
	byPassword := func(block values) {
		block["magpie"] = values{"base_url": o.URL("magpie"), "username": o.Magpie.Bootstrap().UserName, "password": o.Magpie.Bootstrap().Password}
	}
	for _, token := range o.Magpie.Tokens(o.Magpie.Bootstrap().UserName) {
		o.forget(token.ID)
	}
	if read, diagnostics := o.engine(personal, byPassword).Read(made); read != nil || len(diagnostics) > 0 {
		t.Errorf("with a password: read %v, said %q", read, diagnostics)
	}
}

// TestMagpieServiceAccountAccessToken_notFoundInACache does not take an account for gone because a cache says so.
func TestMagpieServiceAccountAccessToken_notFoundInACache(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	made := o.engine(service).Create(arguments(service, nil))
	o.Clock().Advance(afterLag)
	cached := func(a *protocoltest.Answer) {
		a.Status, a.Body = http.StatusNotFound, `{"error": "The user does not exist."}`
		a.Header.Set("Age", "30")
	}
	if read := o.fails(`Age: 30`)(o.spoiled(service, cached).Read(made)); !same(read, made) {
		t.Errorf("the state changes to %v", read)
	}
}
