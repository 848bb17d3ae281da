package truefoundry

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// What the data sources of both nouns have in common.

type reading = lifecycle.Reading[*api.Client]

func listing(noun system.Noun) lifecycle.Listing[api.ServiceAccount] {
	return lifecycle.Listing[api.ServiceAccount]{Noun: noun, Facts: func(a api.ServiceAccount) rotation.Facts {
		return rotation.Facts{ID: a.ID, Name: a.Name, CreatedAt: a.CreatedAt, ExpiresAt: a.End().Moment(), LastUsedAt: a.LastAccessedAt}
	}}
}

func absent(rows int, attribute, value string) string {
	return fmt.Sprintf("Among the %d that the provider's key can see is none whose %s is %q.", rows, attribute, value)
}

func createdByFact() schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed: true, MarkdownDescription: "Who created it.",
		Attributes: map[string]schema.Attribute{
			"type": lifecycle.TextFact("The kind of subject, such as `user` or `virtualaccount`."),
			"id":   lifecycle.TextFact("The subject's id."),
			"name": lifecycle.TextFact("The subject's e-mail address or name; null where TrueFoundry does not tell."),
		},
	}
}

func statusOf(account api.ServiceAccount, now time.Time) types.String {
	if account.HasExpired(now) {
		return types.StringValue(rotation.StatusExpired)
	}
	return types.StringValue(rotation.StatusActive)
}

// containsText reports whether a name contains a text, without regard to case: how the control plane compares is not documented.
func containsText(name string, text types.String) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(text.ValueString()))
}
