package magpie_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

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

// TestMagpieAccessToken_doubtfulList meets lists that prove nothing: each is an error, and nothing is removed from the state.
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
		}
	}
}

// TestAccMagpieAccessToken_doubtfulList does the same with Terraform, for a few.
func TestAccMagpieAccessToken_doubtfulList(t *testing.T) {
	o := emulate(t)
	first := of(service)
	config := o.configOf(impatient(), block(service))
	calm := func() {
		o.Faults().Clear()
		o.turn(func(w *fake.Switches) { w.ListBroken = "" })()
	}
	steps := []resource.TestStep{{Config: config, Check: first.keep}}
	for i, c := range doubts() {
		if i%5 == 0 {
			steps = append(steps, resource.TestStep{
				PreConfig: func() { calm(); o.Clock().Advance(afterLag); c.happens(o) }, Config: config, PlanOnly: true, ExpectError: says(c.message),
			})
		}
	}
	steps = append(steps, resource.TestStep{
		PreConfig: calm, Config: config, ConfigPlanChecks: planned(service, plancheck.ResourceActionNoop), Check: all(first.same, o.works(service)),
	})
	o.test(steps...)
}
