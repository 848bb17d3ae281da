package sailpoint

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// bulkSelection is what both actions select tokens by.
type bulkSelection struct {
	rotation.Audit
	owners
	lifecycle.Bulk
	Scope types.String `tfsdk:"scope"`
}

// lastUsedWithin is how much later than the tenant tells a token may have been used: it writes that down once a day at the most.
const lastUsedWithin = 24 * time.Hour

func bulkArguments() map[string]schema.Attribute {
	unused, _ := rotation.UseAuditArguments()["unused_for"].(schema.StringAttribute)
	unused.MarkdownDescription += " The tenant records the last use at most once a day, so a token counts as unused one day later."
	never, _ := rotation.UseAuditArguments()["never_used"].(schema.BoolAttribute)
	never.MarkdownDescription += " A token that a run has just minted has never been used either, so set `created_before` as well."
	return lifecycle.Attributes(rotation.AuditArguments(), ownersArguments(), lifecycle.BulkArguments(), scopeFilter(), map[string]schema.Attribute{"unused_for": unused, "never_used": never})
}

// List reads a list of the moment: what an earlier action of the run has done shows in it.
func (m *bulkSelection) List(ctx context.Context, r reading) ([]api.PersonalAccessToken, error) {
	all, err := r.Client.Refresh(ctx, m.meant())
	if err == nil {
		warnOfDeprecation(r)
		warnOfCut(r, len(all) == api.ListCap, oneOwner)
	}
	return all, err
}

func (m *bulkSelection) Passes(token api.PersonalAccessToken, now time.Time) bool {
	// What is shown to a reader with one day's doubt is not revoked with it.
	if unused, isSet := rotation.Duration(m.UnusedFor); isSet && token.LastUsed != nil && now.Sub(*token.LastUsed) < unused+lastUsedWithin {
		return false
	}
	return m.Scope.IsNull() || slices.Contains(token.Scope, m.Scope.ValueString())
}

func isOwn(client *api.Client, token api.PersonalAccessToken) bool {
	return token.ID == client.ClientID()
}

// revocation is the configuration of the action that revokes tokens.
type revocation struct{ bulkSelection }

func newRevokePersonalAccessTokens() action.Action {
	return lifecycle.NewBulkAction[revocation](lifecycle.BulkAction[*api.Client, *revocation, api.PersonalAccessToken]{
		Listing: listing(), Name: "revoke_personal_access_tokens", Verb: system.Revoke, Done: "revoked", Filters: []string{"scope"}, IsOwn: isOwn,
		Act: func(ctx context.Context, client *api.Client, _ *revocation, tokens []api.PersonalAccessToken) error {
			return client.Revoke(ctx, tokens[0])
		},
	})
}

func (*revocation) Schema() actionschema.Schema {
	return actionschema.Schema{
		MarkdownDescription: "Revokes the personal access tokens on SailPoint Identity Security Cloud that pass all filters. The token that the provider is logged in with is never revoked. Tokens that the platform manages are revoked only if `ids` names them. Tokens of other identities require the right `idn:all-personal-access-tokens:delete`. The next plan replaces a revoked token that Terraform manages: leave such tokens out with `except_ids`.",
		Attributes:          lifecycle.ActionArguments(bulkArguments()),
	}
}

// expiration is the configuration of the action that has tokens expire.
type expiration struct {
	bulkSelection
	ExpiresIn rotation.DurationText `tfsdk:"expires_in"`
	ExpiresAt rotation.TimeText     `tfsdk:"expires_at"`
}

func newExpirePersonalAccessTokens() action.Action {
	return lifecycle.NewBulkAction[expiration](lifecycle.BulkAction[*api.Client, *expiration, api.PersonalAccessToken]{
		Listing: listing(), Name: "expire_personal_access_tokens", Verb: system.Expire, Done: "set to expire", Filters: []string{"scope"}, IsOwn: isOwn,
		Check: func(client *api.Client, m *expiration) diag.Diagnostic { return m.check(client) },
		IsDone: func(client *api.Client, m *expiration, token api.PersonalAccessToken) bool {
			return token.ExpirationDate != nil && !token.ExpirationDate.After(m.at(client))
		},
		Batch: api.BulkLimit,
		Act: func(ctx context.Context, client *api.Client, m *expiration, tokens []api.PersonalAccessToken) error {
			return m.expire(ctx, client, tokens)
		},
	})
}

func (*expiration) Schema() actionschema.Schema {
	return actionschema.Schema{
		MarkdownDescription: "Sets an expiry on the personal access tokens on SailPoint Identity Security Cloud that pass all filters, including those of other identities: \"everything unused for 90 days expires in 14 days\". " +
			"A token that expires sooner keeps its expiry. Leave out the tokens that Terraform manages with `except_ids`, because their resources decide when they expire. The token that the provider is logged in with is never changed. Tokens that the platform manages are changed only if `ids` names them. The action requires `api_version` `v1`, and that the provider authenticates with an organization administrator's token that has the scope `sp:all-personal-access-tokens:manage`.",
		Attributes: lifecycle.ActionArguments(bulkArguments(), map[string]schema.Attribute{
			"expires_in": schema.StringAttribute{
				Optional: true, CustomType: rotation.DurationType{},
				Validators:          []validator.String{rotation.PositiveDuration(), stringvalidator.ExactlyOneOf(path.MatchRoot("expires_in"), path.MatchRoot("expires_at"))},
				MarkdownDescription: "How long the tokens keep working from now, as a duration such as `14d`. Exactly one of `expires_in` and `expires_at` must be set.",
			},
			"expires_at": schema.StringAttribute{
				Optional: true, CustomType: rotation.TimeType{}, MarkdownDescription: "When the tokens expire, as an RFC 3339 time such as `2030-01-31T00:00:00Z`. Exactly one of `expires_in` and `expires_at` must be set.",
			},
		}),
	}
}

// expire sets the expiry of a batch. What the refusal of one token means for the others is not documented: the list tells which of them are left,
// and each of those is tried by itself, so that one which has just been deleted does not keep the others alive.
func (m *expiration) expire(ctx context.Context, client *api.Client, tokens []api.PersonalAccessToken) error {
	at := m.at(client)
	set := func(tokens ...api.PersonalAccessToken) error {
		ids := make([]string, len(tokens))
		for i, token := range tokens {
			ids[i] = token.ID
		}
		_, err := client.BulkUpdateExpiry(ctx, ids, api.Expiry{At: &at})
		return err
	}
	err := set(tokens...)
	if err == nil || !rest.MayHaveExecuted(err) && !rest.IsBadRequest(err) {
		return err
	}
	all, problem := client.Refresh(ctx, m.meant())
	if problem != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(tokens), func(token api.PersonalAccessToken) bool { return expiresBy(all, token.ID, at) })
	failed := &lifecycle.Partial{Err: err}
	for i, token := range left {
		if len(tokens) > 1 {
			err = set(token)
		}
		if err == nil {
			continue
		}
		failed.IDs, failed.Err = append(failed.IDs, token.ID), err
		if !rest.IsBadRequest(err) {
			// It is not about the token.
			for _, other := range left[i+1:] {
				failed.IDs = append(failed.IDs, other.ID)
			}
			break
		}
	}
	if len(failed.IDs) == 0 {
		return nil
	}
	return failed
}

// expiresBy reports whether a list shows that a token expires by then, or is gone.
func expiresBy(all []api.PersonalAccessToken, id string, at time.Time) bool {
	i := slices.IndexFunc(all, func(token api.PersonalAccessToken) bool { return token.ID == id })
	if i < 0 {
		return len(all) != api.ListCap
	}
	// The tenant may write less than a second of it.
	return all[i].ExpirationDate != nil && all[i].ExpirationDate.Before(at.Add(time.Second))
}

// at is when the tokens are to expire.
func (m *expiration) at(client *api.Client) time.Time {
	if at := rotation.Instant(m.ExpiresAt); at != nil {
		return *at
	}
	in, _ := rotation.Duration(m.ExpiresIn)
	return client.Now().Add(in).Truncate(time.Millisecond)
}

// check refuses what the tenant would.
func (m *expiration) check(client *api.Client) diag.Diagnostic {
	if version := client.Version(); version != api.V1 {
		return diag.NewErrorDiagnostic("API version "+string(version)+" cannot set the expiry of tokens in bulk",
			`Set api_version = "v1" in the provider's "sailpoint" block, or remove it: v1 is the default.`)
	}
	return nil
}

// List also refuses an expiry that has passed, by the tenant's time, which an answer has told by now.
func (m *expiration) List(ctx context.Context, r reading) ([]api.PersonalAccessToken, error) {
	all, err := m.bulkSelection.List(ctx, r)
	if at := rotation.Instant(m.ExpiresAt); err == nil && rotation.Expired(at, r.Client.Now()) {
		r.Diags.AddAttributeError(path.Root("expires_at"), "The expiry has passed",
			fmt.Sprintf("SailPoint accepts only an expiry in the future, and %s has passed. Choose a later time, or revoke the tokens with mint_sailpoint_revoke_personal_access_tokens.", rotation.Format(*at)))
	}
	return all, err
}
