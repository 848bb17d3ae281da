package sailpoint_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

const createBeforeDestroy = "lifecycle {\n    create_before_destroy = true\n  }"

func TestAccSailPointPersonalAccessToken_namePrefix(t *testing.T) {
	s := emulate(t)
	var first generation
	s.test(
		resource.TestStep{
			Config: s.config(token(`name_prefix = "ci-"`, scoped, `lifetime = "720h"`)),
			Check:  all(first.keep, s.works, resource.TestMatchResourceAttr(address, "name", regexp.MustCompile(`^ci-[a-z2-7]{10}$`))),
		},
		resource.TestStep{
			Config:           s.config(token(`name_prefix = "deploy-"`, scoped, `lifetime = "720h"`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            all(first.same, resource.TestMatchResourceAttr(address, "name", regexp.MustCompile(`^deploy-[a-z2-7]{10}$`))),
		},
		resource.TestStep{
			Config:           s.config(token(`name = "fixed"`, scoped, `lifetime = "720h"`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            all(first.same, has("name", "fixed"), lacks("name_prefix")),
		},
		resource.TestStep{
			Config: s.config(token(`name_prefix = "ci-"`, scoped, `lifetime = "720h"`)),
			Check:  all(first.same, resource.TestMatchResourceAttr(address, "name", regexp.MustCompile(`^ci-[a-z2-7]{10}$`))),
		},
	)
}

// TestAccSailPointPersonalAccessToken_namePrefixMany mints tokens of one prefix side by side.
func TestAccSailPointPersonalAccessToken_namePrefixMany(t *testing.T) {
	s := emulate(t)
	s.test(resource.TestStep{
		Config: s.config(token(`count = 5`, `name_prefix = "ci-"`, scoped, `lifetime = "720h"`)),
		Check: func(*terraform.State) error {
			names := map[string]bool{}
			for _, stored := range s.minted() {
				names[stored.Name] = true
			}
			if len(names) != 5 {
				return fmt.Errorf("names %v", names)
			}
			return nil
		},
	})
}

func TestAccSailPointPersonalAccessToken_createBeforeDestroy(t *testing.T) {
	s := emulate(t)
	var first generation
	config := func(generation string) string {
		return s.config(token(`name_prefix = "ci-"`, scoped, `lifetime = "720h"`, `rotation_triggers = { generation = "`+generation+`" }`, createBeforeDestroy))
	}
	s.test(
		resource.TestStep{Config: config("1"), Check: all(first.keep, s.works)},
		resource.TestStep{
			Config:           config("2"),
			ConfigPlanChecks: planned(plancheck.ResourceActionCreateBeforeDestroy),
			Check:            all(first.replaced, s.works, s.refuses(&first), s.alive(1)),
		},
	)
}

func TestAccSailPointPersonalAccessToken_createBeforeDestroyFixedName(t *testing.T) {
	s := emulate(t)
	var first generation
	config := func(generation string) string {
		return s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`, `rotation_triggers = { generation = "`+generation+`" }`, createBeforeDestroy))
	}
	s.test(
		resource.TestStep{Config: config("1"), Check: first.keep},
		resource.TestStep{Config: config("2"), ExpectError: says(`Use name_prefix instead of name, so that two tokens can exist side by side`)},
		resource.TestStep{Config: config("1"), Check: all(first.same, s.works, s.alive(1))},
	)
}

// TestAccSailPointPersonalAccessToken_nameTaken meets a token of the same name that somebody else made.
func TestAccSailPointPersonalAccessToken_nameTaken(t *testing.T) {
	s := emulate(t)
	foreign := s.seed("ci")
	s.test(resource.TestStep{
		Config:      s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)),
		ExpectError: says(`The name "ci" is taken by the token ` + foreign.ID),
	})
	if _, there := s.SailPoint.Token(foreign.ID); !there || len(s.minted()) != 1 {
		t.Errorf("on the tenant: %+v", s.minted())
	}
}

func TestAccSailPointPersonalAccessToken_rotationTriggers(t *testing.T) {
	s := emulate(t)
	var first, second generation
	config := func(triggers string) string {
		return s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`, triggers))
	}
	s.test(
		resource.TestStep{Config: config(""), Check: first.keep},
		resource.TestStep{
			Config:           config(`rotation_triggers = { generation = "1" }`),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            first.same,
		},
		resource.TestStep{
			Config:           config(`rotation_triggers = { generation = "2" }`),
			ConfigPlanChecks: planned(plancheck.ResourceActionDestroyBeforeCreate),
			Check:            all(first.replaced, second.keep, s.works, s.refuses(&first), s.alive(1)),
		},
		resource.TestStep{
			Config:           config(""),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            all(second.same, s.works, lacks("rotation_triggers.%")),
		},
	)
	if got := s.requests("POST", listRoute); got != 2 {
		t.Errorf("%d tokens were minted instead of 2", got)
	}
}

// TestAccSailPointPersonalAccessToken_rotationTriggerUnknown changes a trigger to a value that only the apply tells.
func TestAccSailPointPersonalAccessToken_rotationTriggerUnknown(t *testing.T) {
	s := emulate(t)
	var first generation
	config := func(input string) string {
		return s.config(`resource "terraform_data" "version" {`, `  input = "`+input+`"`, `}`,
			token(`name = "ci"`, scoped, `lifetime = "720h"`, `rotation_triggers = { version = terraform_data.version.output }`))
	}
	s.test(
		resource.TestStep{Config: config("1"), Check: all(first.keep, has("rotation_triggers.version", "1"))},
		resource.TestStep{
			Config:           config("2"),
			ConfigPlanChecks: planned(plancheck.ResourceActionDestroyBeforeCreate),
			Check:            all(first.replaced, s.works, s.refuses(&first), s.alive(1), has("rotation_triggers.version", "2")),
		},
	)
}
