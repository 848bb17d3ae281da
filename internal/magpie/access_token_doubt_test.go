package magpie_test

import (
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
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
		{`the answer is an HTML page, not JSON; the web application shares the host, so check the base URL`, fault("html")},
		{`the list is not JSON, or broke off`, fault("truncate-silent")},
		{`the answer broke off`, fault("truncate")},
		{`redirects are never followed`, fault("redirect:https://elsewhere.example.com/")},
		{`the answer is empty`, broken("empty_body")},
		{`the answer is empty`, broken("no_content")},
		{`the answer is not a list`, broken("null")},
		{`the answer is not a list`, broken("text")},
		{`in which no list of tokens can be told; its keys are "entries"`, broken("unknown_key")},
		{`in which no list of tokens can be told; its keys are "items", "tokens"`, broken("two_arrays")},
		{`in which no list of tokens can be told`, broken("object")},
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
