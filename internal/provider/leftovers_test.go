//go:build unix

package provider_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestAccGuides_interruptedApply does what the guide says, for each configuration that it shows: Terraform and the provider are killed
// after the first mint, the next apply lists exactly the token that no state holds, and once that is removed in the guide's way it lists
// nothing.
func TestAccGuides_interruptedApply(t *testing.T) {
	t.Parallel()
	blocks := guideBlocks(t, "../../templates/guides/after-an-interrupted-apply.md")
	tested := 0
	for kind, c := range map[string]struct {
		mint fakeapi.Filter
		// isMinted is what the list says of a token that was cut off before it had a description.
		isMinted bool
		// leftover are the arguments of the block that it is imported to; %s stands for its name.
		leftover string
	}{
		"mint_sailpoint_personal_access_token":   {fakeapi.Filter{System: sailpoint.Name, Method: "POST", Route: sailpointMint}, true, "name = %q"},
		"mint_truefoundry_personal_access_token": {fakeapi.Filter{System: truefoundry.Name, Method: "POST", Route: "/api/svc/v1/personal-access-tokens"}, true, "name = %q"},
		"mint_magpie_personal_access_token":      {fakeapi.Filter{System: magpie.Name, Method: "POST", Route: "/api/magpie/access-token"}, false, "# %s"},
	} {
		at := slices.IndexFunc(blocks, func(block string) bool { return strings.Contains(block, fmt.Sprintf("resource %q", kind)) })
		if at < 0 {
			t.Errorf("the guide does not show %s", kind)
			continue
		}
		tested++
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			w.env["TF_VAR_other_token_ids"] = fmt.Sprintf("[%q]", w.sandbox.Magpie.Bootstrap().TokenID)
			provider := "provider \"mint\" {\n" + patient + "}\n"
			w.write(provider + blocks[at])
			w.kill(func() bool { return true }, c.mint)
			w.mustRun("apply", "-no-color", "-auto-approve")
			id := w.held(kind + ".pipeline")
			left := slices.DeleteFunc(w.ids(c.mint.System), func(other string) bool { return other == id })
			if len(left) != 1 {
				t.Fatalf("the killed run has left %q", left)
			}
			w.lists(leftover{left[0], c.isMinted})
			if plan := w.mustRun("plan", "-no-color", "-detailed-exitcode"); !strings.Contains(plan, "The server has tokens that this state does not hold") {
				t.Errorf("the plan does not warn:\n%s", plan)
			}

			name := ""
			for _, token := range w.sandbox.Live()[c.mint.System] {
				if token.ID == left[0] {
					name = token.Name
				}
			}
			w.write(provider + blocks[at] + fmt.Sprintf("resource %q \"leftover\" {\n  "+c.leftover+"\n}\n", kind, name))
			w.mustRun("import", "-no-color", kind+".leftover", left[0])
			w.write(provider + blocks[at])
			if said := w.mustRun("apply", "-no-color", "-auto-approve"); !strings.Contains(said, "0 to add, 0 to change, 1 to destroy") {
				t.Errorf("the apply does more than destroy the leftover:\n%s", said)
			}
			if alive := w.ids(c.mint.System); !slices.Equal(alive, []string{id}) {
				t.Errorf("alive are %q instead of %q", alive, id)
			}
			// The list of the run that removes it is from before that.
			w.mustRun("apply", "-no-color", "-auto-approve")
			w.lists()
			w.unchanged()
			w.destroyed()
			w.mustHoldNoSecret()
		})
	}
	if tested != len(blocks) {
		t.Errorf("the guide shows %d configurations, and %d were tested", len(blocks), tested)
	}
}

// TestAccGuides_interruptedByName is about names that are the configuration's own: the next apply fails, its error names what is there,
// and importing that is the way out.
func TestAccGuides_interruptedByName(t *testing.T) {
	t.Parallel()
	t.Run("token", func(t *testing.T) {
		t.Parallel()
		w := newWorkshop(t)
		w.write("provider \"mint\" {\n" + patient + "}\nresource \"mint_sailpoint_personal_access_token\" \"pipeline\" {\n  name = \"pipeline\"\n  scope = [\"sp:my-personal-access-tokens:read\"]\n  lifetime = \"720h\"\n}\n")
		w.kill(func() bool { return true }, fakeapi.Filter{System: sailpoint.Name, Method: "POST", Route: sailpointMint})
		id := w.namedByFailure(`is taken by the token\s+([0-9a-f]{32})`)
		w.mustRun("import", "-no-color", "mint_sailpoint_personal_access_token.pipeline", id)
		w.mustRun("apply", "-no-color", "-auto-approve", "-replace=mint_sailpoint_personal_access_token.pipeline")
		if alive := w.ids(sailpoint.Name); !slices.Equal(alive, []string{w.held("mint_sailpoint_personal_access_token.pipeline")}) || alive[0] == id {
			t.Errorf("alive are %q", alive)
		}
		w.unchanged()
		w.destroyed()
	})
	t.Run("account", func(t *testing.T) {
		t.Parallel()
		w := newWorkshop(t)
		w.write("provider \"mint\" {\n" + patient + "}\nresource \"mint_truefoundry_virtual_account\" \"loader\" {\n  name = \"loader\"\n}\n")
		w.kill(func() bool { return true }, fakeapi.Filter{System: truefoundry.Name, Method: "PUT", Route: "/api/svc/v1/virtual-accounts"})
		id := w.namedByFailure(`terraform import <the resource's\s+address>\s+(\w+)`)
		w.mustRun("import", "-no-color", "mint_truefoundry_virtual_account.loader", id)
		w.mustRun("apply", "-no-color", "-auto-approve")
		w.unchanged()
		account, _ := w.sandbox.TrueFoundry.VirtualAccountNamed("loader")
		if token := w.state()["mint_truefoundry_virtual_account.loader"]["token"]; token != account.Secret() {
			t.Error("the apply after the import has not read the token")
		}
		w.destroyed()
	})
}

// leftover is a token that the guide's output lists.
type leftover struct {
	ID     string `json:"id"`
	Minted bool   `json:"minted_by_provider"`
}

// lists fails the test unless the output lists just these tokens.
func (w *workshop) lists(want ...leftover) {
	w.t.Helper()
	var got []leftover
	if err := json.Unmarshal([]byte(w.mustRun("output", "-json", "leftover_tokens")), &got); err != nil {
		w.t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("listed are %v instead of %v", got, want)
	}
}

// ids are those of the tokens that are alive on a system.
func (w *workshop) ids(system string) []string {
	var ids []string
	for _, token := range w.sandbox.Live()[system] {
		ids = append(ids, token.ID)
	}
	return ids
}

// held is the id that the state holds of a resource.
func (w *workshop) held(address string) string {
	w.t.Helper()
	id, _ := w.state()[address]["id"].(string)
	if id == "" {
		w.t.Fatalf("%s is not in the state", address)
	}
	return id
}

// namedByFailure applies, which must fail, and returns what the error says.
func (w *workshop) namedByFailure(pattern string) string {
	w.t.Helper()
	said, err := w.run("apply", "-no-color", "-auto-approve")
	found := regexp.MustCompile(pattern).FindStringSubmatch(said)
	if err == nil || found == nil {
		w.t.Fatalf("no error says %q:\n%s", pattern, said)
	}
	return found[1]
}
