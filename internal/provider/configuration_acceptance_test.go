package provider_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// setting is a variable that cannot be used, and the objects that need it.
type setting struct {
	variable, value, resource, arguments string
	// key looks one object up, and detail is an expression on what is found.
	key, detail string
}

func settings() []setting {
	return []setting{
		{
			"SAIL_CLIENT_SECRET", "of no\nuse", "mint_sailpoint_personal_access_token",
			"name_prefix = \"ci-\"\n  lifetime = \"720h\"\n  scope = [\"sp:my-personal-access-tokens:read\"]", `name = "ci"`, "owner.name",
		},
		{"MAGPIE_BASE_URL", "http://acme.silect.is", "mint_magpie_personal_access_token", `description = "ci"`, `id = "1"`, "status"},
		{"TFY_HOST", "acme", "mint_truefoundry_personal_access_token", `name_prefix = "ci-"`, `name = "ci"`, "created_by.name"},
	}
}

// resources are two of the setting's resource.
func (s setting) resources(label string) string {
	return fmt.Sprintf("resource %q %q {\n  count = 2\n  %s\n}\n", s.resource, label, s.arguments)
}

// looks are data sources whose results are consumed, each by an output of its own: what depends on one that fails is passed over.
func (s setting) looks() string {
	return fmt.Sprintf(`data "%[1]ss" "many" {}
data "%[1]s" "one" {
  %[2]s
}
output "many" {
  value = [for t in data.%[1]ss.many.tokens : t.id]
}
output "count" {
  value = length(data.%[1]ss.many.tokens)
}
output "one" {
  value = data.%[1]s.one.%[3]s
}
`, s.resource, s.key, s.detail)
}

// TestAccConfiguration_unusableVariable takes real Terraform through a variable that cannot be used: resources in the state and new
// ones show one error among them, and whoever uses other systems meets none.
func TestAccConfiguration_unusableVariable(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	var old strings.Builder
	for _, s := range settings() {
		old.WriteString(s.resources("old"))
	}
	w.write(old.String())
	w.mustRun("apply", "-no-color", "-auto-approve")
	for _, s := range settings() {
		usable := w.env[s.variable]
		w.env[s.variable] = s.value
		w.write(old.String() + s.resources("new"))
		output, err := w.run("plan", "-no-color")
		text := strings.Join(strings.Fields(output), " ")
		if got := strings.Count(text, "Error: "); err == nil || got != 1 || !strings.Contains(text, "The environment variable "+s.variable+" cannot be used: ") {
			t.Errorf("%s: %d errors\n%s", s.variable, got, output)
		}
		// Nobody looks at the objects of this system.
		w.write(old.String())
		others := []string{"plan", "-no-color", "-detailed-exitcode"}
		for _, other := range settings() {
			if other.variable != s.variable {
				others = append(others, "-target="+other.resource+".old")
			}
		}
		w.mustRun(others...)
		w.env[s.variable] = usable
	}
	w.obeysPolicy(old.String())
	w.mustRun("destroy", "-no-color", "-auto-approve")
	w.mustHoldNoSecret()
}

// obeysPolicy takes tokens that break every rule of a policy, two of each setting, through a plan of them and of new ones. Afterwards the
// configuration has the policy and just the old ones.
func (w *workshop) obeysPolicy(old string) {
	w.t.Helper()
	policy := func(longest string) string {
		return "provider \"mint\" {\n  policy = {\n    max_lifetime = " + longest + "\n    require_rotation = true\n    require_encryption = true\n  }\n}\n"
	}
	fresh, alive := "", w.live()
	for _, s := range settings() {
		fresh += s.resources("new")
	}
	text := func(arguments ...string) (string, error) {
		output, err := w.run(arguments...)
		return strings.Join(strings.Fields(output), " "), err
	}
	// Newer releases of Terraform plan no further instance of a resource after one has failed.
	w.write(old + fresh + policy(`"10d"`))
	if output, err := text("plan", "-no-color"); err == nil || strings.Count(output, "Error: ") < 3*len(settings()) || !strings.Contains(output, "policy.max_lifetime lets tokens live for 10d at most") {
		w.t.Errorf("new tokens: %v, %s", err, output)
	}
	// A rule that is not known yet waits.
	w.write(old + fresh + policy("terraform_data.longest.output") + given(map[string]string{"longest": "10d"}))
	output, err := text("plan", "-no-color")
	if err == nil || strings.Contains(output, "policy.max_lifetime") || !strings.Contains(output, "policy.require_encryption") {
		w.t.Errorf("a longest life that is not known: %v, %s", err, output)
	}
	w.write(old + fresh + strings.ReplaceAll(policy("terraform_data.longest.output"), "= true", "= false") + given(map[string]string{"longest": "10d"}))
	if output, err = text("apply", "-no-color", "-auto-approve"); err == nil || !strings.Contains(output, "policy.max_lifetime") || strings.Contains(output, "require_rotation") {
		w.t.Errorf("a longest life that is known when it is applied: %v, %s", err, output)
	}
	if now := w.live(); now != alive {
		w.t.Errorf("%d tokens are alive instead of %d", now, alive)
	}
	w.write(old + policy(`"10d"`))
	if output, err = text("plan", "-no-color"); err != nil || strings.Count(output, "(and 5 more similar warnings elsewhere)") != 3 {
		w.t.Errorf("old tokens: %v, %s", err, output)
	}
}

// TestAccConfiguration_check: what a data source of a check says is a warning, and must not be what keeps others quiet, because the
// plan would go on with their empty results.
func TestAccConfiguration_check(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	for _, s := range settings() {
		w.env[s.variable] = s.value
		w.write(s.looks() + fmt.Sprintf(`check "none" {
  data "%[1]ss" "checked" {}
  assert {
    condition     = length(data.%[1]ss.checked.tokens) == 0
    error_message = "There are tokens."
  }
}
`, s.resource))
		// Either comes first.
		for range 2 {
			output, err := w.run("plan", "-no-color")
			if err == nil || strings.Count(output, "Error: ") != 2 || !strings.Contains(output, s.variable) {
				t.Errorf("%v: %s", err, output)
			}
		}
	}
}

// resourcesFirst is a provider whose data sources wait until one of its resources has shown an error.
type resourcesFirst struct {
	tfprotov6.ProviderServer
	failed func()
	await  <-chan struct{}
}

// ReadResource implements [tfprotov6.ProviderServer].
func (p *resourcesFirst) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	answer, err := p.ProviderServer.ReadResource(ctx, req)
	if err == nil && len(failures(answer.Diagnostics)) > 0 {
		p.failed()
	}
	return answer, err
}

// ReadDataSource implements [tfprotov6.ProviderServer].
func (p *resourcesFirst) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	select {
	case <-p.await:
	case <-ctx.Done():
	}
	return p.ProviderServer.ReadDataSource(ctx, req)
}

// TestAccConfiguration_dataSources: once a resource has said what cannot be used, data sources keep quiet, and Terraform and the
// configuration take the nothing that they answer with: the user sees one error.
func TestAccConfiguration_dataSources(t *testing.T) {
	for _, s := range settings() {
		t.Run(s.variable, func(t *testing.T) {
			sb := sandboxtest.Start(t)
			sb.RequireEmulator(t)
			environment := sb.Env()
			usable := environment[s.variable]
			env := system.Env{Now: time.Now, Version: "test", Getenv: func(name string) string { return environment[name] }}
			start := func() (tfprotov6.ProviderServer, error) {
				failed := make(chan struct{})
				return &resourcesFirst{providerserver.NewProtocol6(provider.NewIn(env)())(), sync.OnceFunc(func() { close(failed) }), failed}, nil
			}
			seen := false
			sb.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"mint": start},
				ErrorCheck: func(err error) error {
					seen, environment[s.variable] = true, usable
					// A library's message may quote an error in a line of its own, but not after an empty one.
					if got := strings.Count(err.Error(), "\n\nError: "); got != 1 || !strings.Contains(err.Error(), s.variable) {
						return fmt.Errorf("%d errors instead of 1: %w", got, err)
					}
					return nil
				},
				Steps: []resource.TestStep{
					{Config: s.resources("old")},
					{PreConfig: func() { environment[s.variable] = s.value }, Config: s.resources("old") + s.looks()},
				},
			})
			if !seen {
				t.Error("nothing failed")
			}
		})
	}
}

// TestAccConfiguration_httpUnknown plans while the block "http" depends on what the same apply creates: the plan sends nothing.
func TestAccConfiguration_httpUnknown(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.write(`resource "terraform_data" "timeout" {
  input = "30s"
}
provider "mint" {
  http = { timeout = terraform_data.timeout.output }
}
resource "mint_truefoundry_personal_access_token" "test" {
  name = "deploy"
}
`)
	w.mustRun("plan", "-no-color")
	if entries := w.sandbox.Journal().Entries(); len(entries) > 0 {
		t.Errorf("the plan sent %d requests", len(entries))
	}
	w.mustRun("apply", "-no-color", "-auto-approve")
	w.mustRun("plan", "-no-color", "-detailed-exitcode")
	w.mustRun("destroy", "-no-color", "-auto-approve")
}
