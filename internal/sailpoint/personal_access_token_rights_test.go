package sailpoint_test

import (
	"maps"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// with returns attributes in which some are others; a null one is left out.
func (v values) with(more values) values {
	changed := maps.Clone(v)
	maps.Copy(changed, more)
	maps.DeleteFunc(changed, func(_ string, value tftypes.Value) bool { return value.IsKnown() && value.IsNull() })
	return changed
}

// generationOf is a map of triggers.
func generationOf(number string) tftypes.Value {
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"generation": text(number)})
}

func seconds(n int) tftypes.Value { return tftypes.NewValue(tftypes.Number, n) }

// failed returns the one error; nil when there is none.
func (e *engine) failed(diagnostics []*tfprotov6.Diagnostic) *tfprotov6.Diagnostic {
	e.t.Helper()
	var failure *tfprotov6.Diagnostic
	for _, d := range diagnostics {
		if d.Severity != tfprotov6.DiagnosticSeverityError {
			continue
		}
		if failure != nil {
			e.t.Errorf("a second error: %s: %s", d.Summary, d.Detail)
		}
		failure = d
	}
	return failure
}

// pointsAt checks that a diagnostic stands at an attribute of the resource itself.
func (e *engine) pointsAt(d *tfprotov6.Diagnostic, name string) {
	e.t.Helper()
	if want := tftypes.NewAttributePath().WithAttributeName(name); d.Attribute == nil || !d.Attribute.Equal(want) {
		e.t.Errorf("%q stands at %s instead of %s", d.Summary, d.Attribute, want)
	}
}

// rightsCases are tokens and what a configuration says about the scopes of the ones that replace them.
func rightsCases() map[string]struct {
	minted, planned values
	set             func(*fake.Switches)
	failure, warns  string
} {
	narrow := values{"scope": texts("sp:my-personal-access-tokens:read")}
	wide := values{"scope": texts("sp:scopes:all")}
	silent := values{}
	usual := func(*fake.Switches) {}
	answersNull := func(w *fake.Switches) { w.OmittedScope = "null" }
	more, rights := "The replacement would have more rights than the token", "The token will have all rights of its owner"
	return map[string]struct {
		minted, planned values
		set             func(*fake.Switches)
		failure, warns  string
	}{
		"widened":                  {narrow, silent, usual, more, ""},
		"all rights as before":     {silent, silent, usual, "", rights},
		"all rights, named before": {wide, silent, usual, "", rights},
		"all rights, not told":     {silent, silent, answersNull, "", rights},
		"named":                    {narrow, narrow, usual, "", ""},
		"narrowed":                 {silent, narrow, usual, "", ""},
		"all rights named":         {narrow, wide, usual, "", ""},
	}
}

// TestPersonalAccessToken_replacementWithoutScope says in the first plan of a replacement what becomes of the token's rights: what the
// second one says, which creates the new token, Terraform does not show.
func TestPersonalAccessToken_replacementWithoutScope(t *testing.T) {
	t.Parallel()
	causes := map[string]struct {
		edit  values
		after time.Duration
	}{
		"trigger":  {values{"rotation_triggers": generationOf("2")}, 0},
		"expired":  {nil, 2 * time.Hour},
		"validity": {values{"access_token_validity_seconds": seconds(60)}, 0},
	}
	base := values{"name": text("ci"), "lifetime": text("1h"), "rotation_triggers": generationOf("1")}
	for name, c := range rightsCases() {
		for cause, change := range causes {
			t.Run(name+", "+cause, func(t *testing.T) {
				t.Parallel()
				s := emulate(t, switched(c.set))
				e := s.engine()
				first := base.with(c.minted)
				made := e.apply(nil, e.plan(nil, first), first)
				s.Clock().Advance(change.after)
				e = s.engine()
				prior, diagnostics := e.read(made)
				e.fine(diagnostics)
				plan := e.plan(prior, base.with(c.planned).with(change.edit))
				if len(plan.RequiresReplace) == 0 {
					t.Error("no replacement is planned")
				}
				failure := e.failed(plan.Diagnostics)
				if (failure != nil) != (c.failure != "") || failure != nil && failure.Summary != c.failure {
					t.Errorf("failed with %+v instead of %q", failure, c.failure)
				}
				if got := warned(plan.Diagnostics); got != c.warns {
					t.Errorf("warned of %q instead of %q", got, c.warns)
				}
				for _, d := range plan.Diagnostics {
					e.pointsAt(d, "scope")
				}
			})
		}
	}
}

// TestPersonalAccessToken_changeWithoutScope leaves the scopes alone where nothing is replaced.
func TestPersonalAccessToken_changeWithoutScope(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	e := s.engine()
	made := e.apply(nil, e.plan(nil, lasting("1h")), lasting("1h"))
	plan := e.plan(made, values{"name": text("new"), "lifetime": text("2h")})
	if len(plan.Diagnostics) != 0 || len(plan.RequiresReplace) != 0 {
		t.Errorf("replacement %v, diagnostics %+v", plan.RequiresReplace, plan.Diagnostics)
	}
}

// TestAccSailPointPersonalAccessToken_replacementWithoutScope ends Terraform's plan.
func TestAccSailPointPersonalAccessToken_replacementWithoutScope(t *testing.T) {
	s := emulate(t)
	var first generation
	generation := func(number string) string { return `rotation_triggers = { generation = "` + number + `" }` }
	s.test(
		resource.TestStep{Config: s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`, generation("1"))), Check: first.keep},
		resource.TestStep{
			Config:      s.config(token(`name = "ci"`, `lifetime = "720h"`, generation("2"))),
			ExpectError: says(`The replacement would have more rights than the token`),
		},
		resource.TestStep{Config: s.config(token(`name = "ci"`, `lifetime = "720h"`, generation("1"))), Check: all(first.same, s.works)},
	)
}
