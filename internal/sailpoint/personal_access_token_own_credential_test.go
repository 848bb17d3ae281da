package sailpoint_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestAccSailPointPersonalAccessToken_ownCredential imports the token that the provider authenticates with: it can be managed,
// and neither destroyed nor replaced.
func TestAccSailPointPersonalAccessToken_ownCredential(t *testing.T) {
	s := emulate(t)
	own := s.SailPoint.Bootstrap().ClientID
	lines := []string{`name = "bootstrap"`, `scope = ["sp:scopes:all"]`, `never_expires = true`}
	config := func(more ...string) string { return s.config(token(append(lines, more...)...)) }
	refused := says(`The provider authenticates with this very token`)
	s.test(
		resource.TestStep{Config: s.config(importing(own), token(lines...)), Check: adopted(own)},
		resource.TestStep{Config: config(`rotation_triggers = { generation = "1" }`), Check: adopted(own)},
		resource.TestStep{PreConfig: s.Journal().Reset, Config: config(), Destroy: true, ExpectError: refused},
		resource.TestStep{Config: s.config(""), ExpectError: refused},
		resource.TestStep{Config: config(`rotation_triggers = { generation = "2" }`), ExpectError: refused},
		resource.TestStep{Config: config(`access_token_validity_seconds = 60`), ExpectError: refused},
		// Forgetting it is what is left.
		resource.TestStep{Config: s.config("removed {\n  from = " + address + "\n  lifecycle {\n    destroy = false\n  }\n}\n")},
	)
	if got := s.asked(); got.posts != 0 || got.patches != 0 || got.deletes != 0 {
		t.Errorf("the tenant was asked %+v", got)
	}
	if _, there := s.SailPoint.Token(own); !there {
		t.Error("the provider's own token is gone")
	}
}

// TestPersonalAccessToken_ownCredential is refused by the plan, and by the apply of a plan that another credential has made.
func TestPersonalAccessToken_ownCredential(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	e := s.engine()
	own := e.MustImport(s.SailPoint.Bootstrap().ClientID)
	s.Journal().Reset()
	_, applied := e.TryDestroy(own)
	for name, diagnostics := range map[string]protocoltest.Diagnostics{"plan": e.PlanDestroy(own).Diagnostics, "apply": applied} {
		if len(diagnostics) != 1 || diagnostics[0].Summary != "The provider authenticates with this very token" {
			t.Errorf("%s: %+v", name, diagnostics)
		}
	}
	if got := s.requests("", ""); got != 0 {
		t.Errorf("%d requests were sent", got)
	}
}
