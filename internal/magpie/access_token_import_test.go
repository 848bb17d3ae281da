package magpie_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

const slashed = "team/ci+robot@example.com"

// importable seeds a token that a configuration describes, and returns its import ID and its identity.
func (o *organization) importable(kind string) (token fake.Token, id string, identity map[string]string) {
	edit := func(k *fake.Token) { k.Description, k.Disabled = "theirs", true }
	if kind == personal {
		token = o.seed(o.owner(kind), edit)
		return token, token.ID, map[string]string{"id": token.ID}
	}
	o.user(slashed)
	token = o.seed(slashed, edit)
	if kind == service {
		return token, slashed + "/" + token.ID, map[string]string{"id": token.ID, "user_name": slashed}
	}
	return token, slashed, map[string]string{"user_name": slashed}
}

// TestAccMagpieAccessToken_import takes over a token that somebody else made: the configuration that describes it leads to no change,
// and adding triggers rotates nothing.
func TestAccMagpieAccessToken_import(t *testing.T) {
	each(t, kinds(), func(t *testing.T, kind string) {
		o := emulate(t)
		token, id, _ := o.importable(kind)
		lines := []string{`description = "theirs"`, `disabled = true`}
		adopted := all(has(kind, "id", token.ID), lacks(kind, "token"), has(kind, "status", "disabled"))
		o.test(
			resource.TestStep{
				Config:           o.config(fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address(kind), id), blockFor(kind, slashed, lines...)),
				ConfigPlanChecks: planned(kind, plancheck.ResourceActionNoop), Check: adopted,
			},
			resource.TestStep{
				Config:           o.config(blockFor(kind, slashed, append(lines, `rotation_triggers = { generation = "1" }`)...)),
				ConfigPlanChecks: planned(kind, plancheck.ResourceActionUpdate), Check: adopted,
			},
			resource.TestStep{
				Config: o.config(blockFor(kind, slashed, `rotation_triggers = { generation = "2" }`)),
				Check:  all(o.works(kind), has(kind, "status", "active"), lacks(kind, "description")),
			},
		)
		if _, there := o.Magpie.Token(token.ID); there {
			t.Error("the imported token was not replaced")
		}
	})
}

// TestAccMagpieAccessToken_importRefused says what is wrong with an import.
func TestAccMagpieAccessToken_importRefused(t *testing.T) {
	o := emulate(t)
	o.seed(robot)
	o.seed(robot)
	var steps []resource.TestStep
	for _, c := range []struct{ kind, id, message string }{
		{personal, "4711", `Cannot import non-existent remote object`},
		{service, "18", `is "<user_name>/<id>", got "18"`},
		{service, robot + "/", `is "<user_name>/<id>", got`},
		{service, "../18", `".." is not a user name of a service account`},
		{service, "nobody/18", `Cannot import non-existent remote object`},
		{exclusive, "..", `".." is not a user name of a service account`},
		{exclusive, robot, `has 2 tokens (18, 19), and which of them the resource should own cannot be told. Delete the others in Magpie first, or do not import`},
	} {
		steps = append(steps, resource.TestStep{
			Config: o.config(fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address(c.kind), c.id), block(c.kind)), PlanOnly: true, ExpectError: says(c.message),
		})
	}
	o.test(steps...)
}

func TestAccMagpieAccessToken_importIdentity(t *testing.T) {
	each(t, kinds(), func(t *testing.T, kind string) {
		o := emulate(t)
		token, _, identity := o.importable(kind)
		text := ""
		for name, value := range identity {
			text += fmt.Sprintf("    %s = %q\n", name, value)
		}
		o.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: o.factories(),
			TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
			Steps: []resource.TestStep{{
				Config:           o.config("import {\n  to = "+address(kind)+"\n  identity = {\n"+text+"  }\n}\n", blockFor(kind, slashed, `description = "theirs"`, `disabled = true`)),
				ConfigPlanChecks: planned(kind, plancheck.ResourceActionNoop), Check: has(kind, "id", token.ID),
			}},
		})
	})
}

// TestMagpieAccessToken_import imports by ID and by identity over the protocol, which needs no engine that knows identities.
func TestMagpieAccessToken_import(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := emulate(t)
			token, id, identity := o.importable(kind)
			p := o.protocol()
			for name, imported := range map[string]answer{"id": p.imported(kind, id), "identity": p.importedBy(kind, identity)} {
				read := p.read(kind, imported)
				if read.text("id") != token.ID || read.text("description") != "theirs" || read.text("token") != "" {
					t.Errorf("by %s: %v", name, read.values())
				}
				if got := read.identityValues(); fmt.Sprint(got) != fmt.Sprint(identity) {
					t.Errorf("by %s: identity %v instead of %v", name, got, identity)
				}
				config := map[string]any{"description": "theirs", "disabled": true}
				if kind != personal {
					config["user_name"] = slashed
				}
				if planned := p.plan(kind, read.state, config); !planned.equals(read) {
					t.Errorf("by %s: the plan changes %v to %v", name, read.values(), planned.values())
				}
			}
		})
	}
}
