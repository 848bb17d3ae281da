package lifecycle

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// foresee warns of what the server would refuse of a token that is planned to be minted. It looks at the run's one list, and what that does
// not tell is for the apply. These are warnings: what a list shows is nothing that the configuration says, and may be gone by then.
func (l life[M, P, R]) foresee(ctx context.Context, p Planning[P], action rotation.Action) diag.Diagnostics {
	run, kind := l.report.Connection(), l.report.Noun().Type
	if action == rotation.Replace {
		// It makes room for what Terraform plans next.
		run.Count(kind, -1)
		return nil
	}
	planned, tokens := run.Count(kind, 1), 0
	var found []diag.Diagnostic
	if names := namesOf(p.Plan); names != nil {
		all, err := l.server.List(ctx)
		if err != nil {
			return nil
		}
		// Of later lists, this run's own tokens are a part.
		tokens = run.First(kind, len(all)) + planned
		if isKnown(names.Name) && action == rotation.Create {
			found = append(found, l.foreseeName(all, names.Name.ValueString()))
		}
	}
	if foreseer, ok := l.kind.(Foreseer[P]); ok {
		found = append(found, foreseer.Foresee(ctx, p.Plan, tokens))
	}
	var diags diag.Diagnostics
	for _, warning := range found {
		if warning != nil && run.FirstNotice(warning.Summary()) {
			diags.Append(warning)
		}
	}
	return diags
}

// foreseeName warns of a name that is taken. A token that is in a state of this run will be gone: its replacement is being planned.
func (l life[M, P, R]) foreseeName(all []R, name string) diag.Diagnostic {
	for _, taken := range l.server.taken(all, name) {
		if id := l.server.Row(taken).ID; !l.report.Connection().Remembers(id) {
			return diag.NewAttributeWarningDiagnostic(at("name"), "The name \""+name+"\" is taken by another "+l.report.Noun().Words,
				"Names are unique among an owner's tokens, and this one belongs to the token "+l.server.describe([]R{taken})+". Applying this plan fails unless that token is deleted first. "+
					"Choose another name, set name_prefix instead, or manage the token that exists: terraform import <the resource's address> "+id+".")
		}
	}
	return nil
}
