package sailpoint_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

const createBeforeDestroy = "lifecycle {\n    create_before_destroy = true\n  }"

// TestAccSailPointPersonalAccessToken_createBeforeDestroy has a new token before it deletes the previous one, if their names differ.
func TestAccSailPointPersonalAccessToken_createBeforeDestroy(t *testing.T) {
	s := emulate(t)
	var first, second generation
	config := func(name, generation string) string {
		return s.config(token(name, scoped, `lifetime = "720h"`, `rotation_triggers = { generation = "`+generation+`" }`, createBeforeDestroy))
	}
	s.test(
		resource.TestStep{Config: config(`name_prefix = "ci-"`, "1"), Check: all(first.keep, s.works)},
		resource.TestStep{
			Config:           config(`name_prefix = "ci-"`, "2"),
			ConfigPlanChecks: planned(plancheck.ResourceActionCreateBeforeDestroy),
			Check:            all(first.replaced, second.keep, s.works, s.refuses(&first), s.alive(1)),
		},
		resource.TestStep{Config: config(`name = "ci"`, "2"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: second.same},
		resource.TestStep{Config: config(`name = "ci"`, "3"), ExpectError: says(`Use name_prefix instead of name, so that two tokens can exist side by side`)},
		resource.TestStep{Config: config(`name = "ci"`, "2"), Check: all(second.same, s.works, s.alive(1))},
	)
}

// TestPersonalAccessToken_names changes between names and prefixes of names without a new token.
func TestPersonalAccessToken_names(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	w := s.workspace(nil)
	unnamed := values{"scope": []string{"sp:my-personal-access-tokens:read"}, "lifetime": "720h"}
	var first *object
	for _, step := range []struct {
		does    protocoltest.Action
		config  values
		pattern string
	}{
		{protocoltest.Create, values{"name_prefix": "ci-"}, `^ci-[a-z2-7]{10}$`},
		{protocoltest.Update, values{"name_prefix": "deploy-"}, `^deploy-[a-z2-7]{10}$`},
		{protocoltest.Update, values{"name": "fixed"}, `^fixed$`},
		{protocoltest.Update, values{"name_prefix": "ci-"}, `^ci-[a-z2-7]{10}$`},
	} {
		now := w.Does(step.does, unnamed.With(step.config))
		if first == nil {
			first = now
		}
		s.stays(first, now)
		s.shows(now, values{"name_prefix": step.config["name_prefix"]})
		if name := now.Text("name"); !regexp.MustCompile(step.pattern).MatchString(name) || s.onTenant(now.Text("id")).Name != name {
			t.Errorf("%v gives the name %q, and the tenant has %+v", step.config, name, s.minted())
		}
	}
}

// TestPersonalAccessToken_rotationTriggers rotates for triggers that change, also when only the apply tells how, and for none that come
// or go.
func TestPersonalAccessToken_rotationTriggers(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	w := s.workspace(nil)
	first := w.Does(protocoltest.Create, lasting("720h"))
	s.stays(first, w.Does(protocoltest.Update, lasting("720h").With(triggered("1"))))
	second := w.Does(protocoltest.Replace, lasting("720h").With(triggered("2")))
	s.givesWay(first, second)

	toCome := w.Plan(lasting("720h").With(values{"rotation_triggers": values{"generation": protocoltest.Unknown}}))
	config := lasting("720h").With(triggered("3"))
	run := w.Apply(toCome, config)
	if run.Failed != "" || run.Action != protocoltest.Replace {
		t.Fatalf("%s has failed in the %q: %s", run.Action, run.Failed, run.Diagnostics)
	}
	w.Settled(config)
	third := w.Object
	s.givesWay(second, third)

	without := w.Does(protocoltest.Update, lasting("720h"))
	s.stays(third, without)
	s.isNull(without, "rotation_triggers")
	if got := s.requests("POST", listRoute); got != 3 {
		t.Errorf("%d tokens were minted instead of 3", got)
	}
}
