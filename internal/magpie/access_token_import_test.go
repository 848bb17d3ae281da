package magpie_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// slashed is the service account of a kind's imported token.
func slashed(kind string) string {
	if kind == exclusive {
		return "team/billing+robot@example.com"
	}
	return "team/ci+robot@example.com"
}

// importable seeds a token that a configuration describes, and returns its import ID and its identity.
func (o *organization) importable(kind string) (token fake.Token, id string, identity values) {
	edit := func(k *fake.Token) { k.Description, k.Disabled = "theirs", true }
	if kind == personal {
		token = o.seed(o.owner(kind), edit)
		return token, token.ID, values{"id": token.ID}
	}
	user := slashed(kind)
	o.user(user)
	token = o.seed(user, edit)
	if kind == service {
		return token, user + "/" + token.ID, values{"id": token.ID, "user_name": user}
	}
	return token, user, values{"user_name": user}
}

// TestAccMagpieAccessToken_import takes over tokens that somebody else made: the configuration that describes them leads to no change,
// and adding triggers rotates nothing.
func TestAccMagpieAccessToken_import(t *testing.T) {
	o := emulate(t)
	lines := []string{`description = "theirs"`, `disabled = true`}
	var imports string
	var tokens []fake.Token
	var adopted []resource.TestCheckFunc
	var same, updated resource.ConfigPlanChecks
	for _, kind := range kinds() {
		token, id, _ := o.importable(kind)
		tokens = append(tokens, token)
		imports += fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address(kind), id)
		adopted = append(adopted, has(kind, "id", token.ID), lacks(kind, "token"), has(kind, "status", "disabled"))
		same.PreApply = append(same.PreApply, planned(kind, plancheck.ResourceActionNoop).PreApply...)
		updated.PreApply = append(updated.PreApply, planned(kind, plancheck.ResourceActionUpdate).PreApply...)
	}
	config := func(before string, lines ...string) string {
		for _, kind := range kinds() {
			before += blockFor(kind, slashed(kind), lines...)
		}
		return o.config(before)
	}
	o.test(
		resource.TestStep{Config: config(imports, lines...), ConfigPlanChecks: same, Check: all(adopted...)},
		resource.TestStep{Config: config("", append(lines, `rotation_triggers = { generation = "1" }`)...), ConfigPlanChecks: updated, Check: all(adopted...)},
	)
	for _, token := range tokens {
		if _, there := o.Magpie.Token(token.ID); there {
			t.Errorf("the imported token %s was not destroyed", token.ID)
		}
	}
}

// TestAccMagpieAccessToken_importIdentity does the same by identities.
func TestAccMagpieAccessToken_importIdentity(t *testing.T) {
	o := emulate(t)
	var config string
	var plans resource.ConfigPlanChecks
	var adopted []resource.TestCheckFunc
	for _, kind := range kinds() {
		token, _, identity := o.importable(kind)
		text := ""
		for name, value := range identity {
			text += fmt.Sprintf("    %s = %q\n", name, value)
		}
		config += "import {\n  to = " + address(kind) + "\n  identity = {\n" + text + "  }\n}\n" +
			blockFor(kind, slashed(kind), `description = "theirs"`, `disabled = true`)
		plans.PreApply = append(plans.PreApply, planned(kind, plancheck.ResourceActionNoop).PreApply...)
		adopted = append(adopted, has(kind, "id", token.ID))
	}
	o.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: o.factories(),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps:                    []resource.TestStep{{Config: o.config(config), ConfigPlanChecks: plans, Check: all(adopted...)}},
	})
}

// TestMagpieAccessToken_importRefused says what is wrong with an import.
func TestMagpieAccessToken_importRefused(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.seed(robot)
	o.seed(robot)
	for _, c := range []struct{ kind, id, message string }{
		{personal, "4711", `No such Magpie personal access token: None of the tokens that the provider can see has the id 4711`},
		{service, "18", `is "<user_name>/<id>", got "18"`},
		{service, robot + "/", `is "<user_name>/<id>", got`},
		{service, "../18", `".." is not a user name of a service account`},
		{service, "nobody/18", `None of the tokens that the provider can see has the id 18`},
		{exclusive, "..", `".." is not a user name of a service account`},
		{exclusive, robot, `has 2 tokens (18, 19), and the provider cannot know which of them the resource should own. Delete the others in Magpie first`},
	} {
		_, said := o.engine(c.kind).Import(c.id)
		o.refused(c.message, said)
	}
}

// TestMagpieAccessToken_import imports by ID and by identity over the protocol, which needs no engine that knows identities. Adding
// triggers rotates nothing; what is imported can be rotated then.
func TestMagpieAccessToken_import(t *testing.T) {
	t.Parallel()
	eachOf(t, kinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		token, id, identity := o.importable(kind)
		config := values{"description": "theirs", "disabled": true}
		user := values{}
		if kind != personal {
			user["user_name"] = slashed(kind)
		}
		p := o.engine(kind)
		byIdentity, diagnostics := p.ImportByIdentity(identity)
		p.NoError(diagnostics)
		l := o.subject(kind)
		for name, read := range map[string]*object{"id": p.MustImport(id), "identity": byIdentity} {
			if read.Text("id") != token.ID || read.Text("description") != "theirs" || read.Text("token") != "" {
				t.Errorf("by %s: %v", name, read.Attributes)
			}
			for part, want := range identity {
				if got := read.IdentityAttributes.Text(part); got != want {
					t.Errorf("by %s: identity %v instead of %v", name, read.IdentityAttributes, identity)
				}
			}
			if planned := p.Plan(read, user.With(config)); len(planned.Changes()) > 0 {
				t.Errorf("by %s: the plan changes %v to %v", name, read.Attributes, planned.Attributes)
			}
			l.Object = read
		}
		adopted := l.Does("update", user.With(config, values{"rotation_triggers": generationOf("1")}))
		if adopted.Text("id") != token.ID || adopted.Text("status") != "disabled" || !adopted.IsNull("token") {
			t.Errorf("the state holds %v", adopted)
		}
		want := map[string]protocoltest.Action{personal: protocoltest.Replace, service: protocoltest.Replace, exclusive: protocoltest.Rotate}[kind]
		rotated := l.Does(want, user.With(values{"rotation_triggers": generationOf("2")}))
		o.holdsWorking(rotated)
		if _, there := o.Magpie.Token(token.ID); there || rotated.Text("status") != "active" || !rotated.IsNull("description") {
			t.Errorf("the imported token is there: %t; the state holds %v", there, rotated)
		}
		l.destroys()
	})
}

// TestMagpieAccessToken_noAccount: a service account that does not exist shows in the plan already, once for all its tokens, as a warning:
// it may be created before that is applied.
func TestMagpieAccessToken_noAccount(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	e := o.engine(service)
	var said protocoltest.Diagnostics
	for _, user := range []any{"ghost", "ghost", protocoltest.Unknown, robot} {
		if user == robot {
			o.seed(robot)
		}
		said = append(said, e.MustPlan(nil, values{"user_name": user}).Diagnostics...)
	}
	if said.Summaries() != "Magpie knows no service account ghost" || !strings.Contains(said.String(), "Check user_name") {
		t.Error(said)
	}
	o.refused("Check user_name", o.subject(service).Run(values{"user_name": "ghost"}).Diagnostics.Errors())
}
