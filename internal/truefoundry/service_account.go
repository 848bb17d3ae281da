package truefoundry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// What both nouns have in common is the vendor's row, which it calls a service account.

// recoveryTimeout bounds the search for what a regeneration has done. It goes on after an interrupt, because a token that nobody
// knows is worse than a run that ends later.
const recoveryTimeout = 3 * time.Minute

func byID(all []api.ServiceAccount, id string) *api.ServiceAccount {
	at := slices.IndexFunc(all, func(a api.ServiceAccount) bool { return id != "" && a.ID == id })
	if at < 0 {
		return nil
	}
	return &all[at]
}

// named returns those of a name.
func named(all []api.ServiceAccount, name string) []api.ServiceAccount {
	var left []api.ServiceAccount
	for i := range all {
		if all[i].Name == name {
			left = append(left, all[i])
		}
	}
	return left
}

// describeAll names objects for a message.
func describeAll(all []api.ServiceAccount) string {
	lines := make([]string, 0, len(all))
	for _, a := range all {
		line := a.ID
		if a.CreatedAt != nil {
			line += ", created " + rotation.Format(*a.CreatedAt)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

// importID finds the id that an import names: an id first, then a name.
func importID(all []api.ServiceAccount, text string, noun system.Noun) (string, diag.Diagnostic) {
	if account := byID(all, text); account != nil {
		return account.ID, nil
	}
	left := named(all, text)
	switch len(left) {
	case 0:
		return "", diag.NewErrorDiagnostic("No such "+noun.Words,
			fmt.Sprintf("None of the %d that the provider's key can see has the id or the name %.100q.", len(all), text))
	case 1:
		return left[0].ID, nil
	}
	return "", diag.NewErrorDiagnostic("Several "+noun.Words+"s have this name",
		fmt.Sprintf("The name %.100q belongs to several: %s. Import by the id instead.", text, describeAll(left)))
}

func subjectTypes() map[string]attr.Type { return textFields("type", "id", "name") }

func subjectValue(subject api.Subject) types.Object {
	if subject == (api.Subject{}) {
		return types.ObjectNull(subjectTypes())
	}
	return types.ObjectValueMust(subjectTypes(), map[string]attr.Value{
		"type": types.StringValue(subject.Type), "id": types.StringValue(subject.ID), "name": textOrNull(subject.Name),
	})
}

func subjectID(v types.Object) string {
	id, _ := v.Attributes()["id"].(types.String)
	return id.ValueString()
}

func textOrNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

// isKnown reports whether a value is there: neither null nor unknown.
func isKnown(v attr.Value) bool { return !v.IsNull() && !v.IsUnknown() }

// sameInstant keeps what a state has as long as it means the same instant.
func sameInstant(known rotation.TimeText, seen *time.Time) rotation.TimeText {
	if isKnown(known) && rotation.SameInstant(rotation.Instant(known), seen) {
		return known
	}
	return rotation.TimeValue(seen)
}

// tokenType is the kind of token as the manifest tells, or else the issued token.
func tokenType(token api.ServiceAccount) types.String {
	if kind := token.Manifest.Text(api.KeyTokenType); kind != "" {
		return types.StringValue(kind)
	}
	if jwt := token.ActiveJWT(); jwt != nil {
		return textOrNull(jwt.TokenType)
	}
	return types.StringNull()
}

func since(end *time.Time) string {
	if end == nil {
		return ""
	}
	return " at " + rotation.Format(*end)
}
