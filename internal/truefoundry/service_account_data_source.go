package truefoundry

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// What the data sources and the lists of both nouns have in common.

type reading = lifecycle.Reading[*api.Client]

// systemMade is how the names of the tokens begin that the console makes for its users, default-<userId>.
const systemMade = "default-"

// personalAccessTokenListing and virtualAccountListing are what the lists of both nouns tell.
func personalAccessTokenListing() lifecycle.Listing[api.ServiceAccount] {
	return lifecycle.Listing[api.ServiceAccount]{
		Noun: personalAccessTokenNoun, HidesUse: true,
		Facts: func(token api.ServiceAccount) rotation.Facts {
			facts := factsOf(token)
			facts.Owner, facts.Platform = cmp.Or(token.OwnerEmail(), token.CreatedBy.Name), strings.HasPrefix(token.Name, systemMade)
			return facts
		},
		Advise: func(err error) []string {
			if !api.IsRefusal(err) {
				return nil
			}
			return []string{"TrueFoundry may list no personal access tokens for the key of a virtual account, which owns none. Use the key of the user whose tokens to read."}
		},
	}
}

func virtualAccountListing() lifecycle.Listing[api.ServiceAccount] {
	return lifecycle.Listing[api.ServiceAccount]{Noun: virtualAccountNoun, Facts: func(account api.ServiceAccount) rotation.Facts {
		facts := factsOf(account)
		facts.Owner = cmp.Or(account.Team(), account.CreatedBy.Name)
		return facts
	}}
}

func factsOf(a api.ServiceAccount) rotation.Facts {
	facts := rotation.Facts{ID: a.ID, Name: a.Name, CreatedAt: a.CreatedAt, ExpiresAt: a.End().Moment(), LastUsedAt: a.LastAccessedAt, Status: rotation.StatusActive}
	if a.IsExpired != nil && *a.IsExpired {
		facts.Status = rotation.StatusExpired
	}
	return facts
}

// evenIncomplete are the rows of a list, beside an error those that came before it.
func evenIncomplete(all []api.ServiceAccount, err error) ([]api.ServiceAccount, error) {
	if incomplete, ok := errors.AsType[*api.Incomplete](err); ok {
		all = incomplete.Rows
	}
	return all, err
}

func absent(rows int, attribute, value string) string {
	return fmt.Sprintf("None of the %d that the provider's key can see has the %s %q.", rows, attribute, value)
}

func createdByFact() schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed: true, MarkdownDescription: "Who created the token or the account.",
		Attributes: map[string]schema.Attribute{
			"type": lifecycle.TextFact("The kind of subject, such as `user` or `virtualaccount`."),
			"id":   lifecycle.TextFact("The subject's id."),
			"name": lifecycle.TextFact("The subject's e-mail address or name; null where TrueFoundry does not report it."),
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
