package truefoundry

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var (
	_ resource.ResourceWithConfigure   = (*personalAccessTokenResource)(nil)
	_ resource.ResourceWithIdentity    = (*personalAccessTokenResource)(nil)
	_ resource.ResourceWithImportState = (*personalAccessTokenResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*personalAccessTokenResource)(nil)
)

type personalAccessTokenResource struct {
	lifecycle.Resource[*api.Client, personalAccessTokenModel, *personalAccessTokenModel, api.ServiceAccount]
}

func newPersonalAccessTokenResource() resource.Resource { return personalAccessTokens() }

func personalAccessTokens() *personalAccessTokenResource {
	return &personalAccessTokenResource{lifecycle.NewResource(personalAccessTokenNoun, map[string]string{"id": "The token's id."}, newPersonalAccessTokenKind)}
}

func newPersonalAccessTokenKind(client *api.Client, _ *system.Connection) lifecycle.Kind[*personalAccessTokenModel, api.ServiceAccount] {
	return personalAccessTokenKind{client}
}

// personalAccessTokenKind is what is particular about TrueFoundry's personal access tokens: nothing about one can be changed, and
// the answer to a creation is the secret alone. While planning it may be without a client.
type personalAccessTokenKind struct {
	client *api.Client
}

// Server implements [lifecycle.Kind]: the list is that of the user whose key the provider has or, where the token is to be another
// user's, what it shows of theirs.
func (k personalAccessTokenKind) Server(m *personalAccessTokenModel) lifecycle.Server[api.ServiceAccount] {
	if k.client == nil {
		return lifecycle.Server[api.ServiceAccount]{}
	}
	email := m.UserEmail.ValueString()
	own := &share{kind: k, email: email, ids: []string{m.ID.ValueString(), m.PreviousID.ValueString()}}
	server := lifecycle.Server[api.ServiceAccount]{
		Tenant: k.client.Tenant(), Now: k.client.Now, Sleep: k.client.Sleep, Row: k.row,
		List: own.of(k.client.ListPersonalAccessTokens), Recent: own.of(k.client.RecentPersonalAccessTokens), Refresh: own.of(k.client.RefreshPersonalAccessTokens),
		Announce: k.client.AnnouncePersonalAccessToken,
		// Once it is known who created the token, that tells whose list it is.
		Anonymous: email == "" && subjectID(m.CreatedBy) == "",
		Memo:      own.memo,
		Lock: func(ctx context.Context, name string) (func(), error) {
			return k.client.LockName(ctx, personalAccessTokenNoun.Type, email+"/"+name)
		},
		Delete: func(ctx context.Context, id string) error { return k.deleteToken(ctx, m, id) },
	}
	if email != "" {
		server.StandIn = func(name string) string { return standIn(email, name) }
	}
	return server
}

// Connect implements [lifecycle.Connector]: there is no login, so the one list that all objects share tries the key.
// Where the token is another user's, the list may not be for this caller, which says nothing about the key.
func (k personalAccessTokenKind) Connect(ctx context.Context, plan *personalAccessTokenModel) error {
	_, err := k.client.ListPersonalAccessTokens(ctx)
	switch {
	case !api.IsRefusal(err) || k.client.KeyKind(nil) == api.KindPersonalAccessToken:
		return err
	case !plan.UserEmail.IsNull():
		return nil
	}
	return fmt.Errorf("the personal access tokens of the owner of the provider's key could not be listed. If the key is that of a virtual account, which may own none, set user_email to the e-mail address of the user who should own the token: %w", err)
}

// Arguments implements [lifecycle.Kind].
func (k personalAccessTokenKind) Arguments() lifecycle.Arguments {
	return lifecycle.Arguments{
		Replaced: []string{"user_email"},
		Renewed:  []string{"name", "expires_at", "team_name", "token_type"},
		Kept:     []string{"team_name", "token_type"}, Fixed: []string{"team_name", "token_type"},
		Within: expiryPrecision,
	}
}

// PlanKeep implements [lifecycle.Planner].
func (k personalAccessTokenKind) PlanKeep(p lifecycle.Planning[*personalAccessTokenModel]) {
	p.Plan.Owner, p.Plan.CreatedBy = p.State.Owner, p.State.CreatedBy
}

// PlanNext implements [lifecycle.Planner]. The owner of a token never changes in place.
func (k personalAccessTokenKind) PlanNext(p lifecycle.Planning[*personalAccessTokenModel]) {
	p.Plan.Owner, p.Plan.CreatedBy = p.State.Owner, p.State.CreatedBy
}

// Prepare implements [lifecycle.Kind]. The expiry of a lifetime is counted when the request is sent and rounded up to a whole
// minute, so that every token has its full length.
func (k personalAccessTokenKind) Prepare(_ context.Context, plan *personalAccessTokenModel, name string) (lifecycle.Request[api.ServiceAccount], diag.Diagnostics) {
	want := api.NewPersonalAccessToken{
		Name: name, UserEmail: plan.UserEmail.ValueString(), TeamName: plan.TeamName.ValueString(), ExpiresAt: rotation.Instant(plan.ExpiresAt),
	}
	if want.UserEmail == "" {
		want.TokenType = plan.TokenType.ValueString()
	}
	lifetime, isSet := rotation.Duration(plan.Lifetime)
	return lifecycle.Request[api.ServiceAccount]{
		Name: name, Lifetime: lifetime,
		Send: func(ctx context.Context) (lifecycle.Answer[api.ServiceAccount], error) {
			if isSet && plan.ExpiresAt.IsUnknown() {
				expiry := api.NextWholeMinute(k.client.Now().Add(lifetime))
				want.ExpiresAt = &expiry
			}
			secret, err := k.client.CreatePersonalAccessToken(ctx, want)
			return lifecycle.Answer[api.ServiceAccount]{Secret: secret, Expiry: want.ExpiresAt}, err
		},
		IsOwn: func(token api.ServiceAccount) bool { return isAsRequested(token, want) },
	}, nil
}

// IsOwnCredential implements [lifecycle.Kind]. A token whose secret is not known is known by what the list says of it.
func (k personalAccessTokenKind) IsOwnCredential(_ string, token *api.ServiceAccount, secret string) bool {
	holder := api.Holder{Kind: api.KindPersonalAccessToken, Token: secret}
	if token != nil {
		holder.Name = token.Name
		if token.JWTID != nil {
			holder.JWTID = *token.JWTID
		}
	}
	return k.client.HoldsOwnKey(holder)
}

// AbsenceUnproven implements [lifecycle.Doubter].
func (k personalAccessTokenKind) AbsenceUnproven(ctx context.Context, all []api.ServiceAccount, m *personalAccessTokenModel, id string) error {
	if m.UserEmail.IsNull() {
		if whole, err := k.client.ListPersonalAccessTokens(ctx); err == nil {
			all = whole
		}
		return ofAnotherUser(all, m, id)
	}
	return k.hidden(ctx, m, id)
}

// ImportID implements [lifecycle.Importer]: the id or the name, after the e-mail address of the owner where that is another user.
func (k personalAccessTokenKind) ImportID(ctx context.Context, id string) (map[string]string, diag.Diagnostic, error) {
	if email, token, isOthers := strings.Cut(id, "/"); isOthers {
		return k.importOfUser(ctx, email, token)
	}
	all, err := k.client.ListPersonalAccessTokens(ctx)
	if err != nil {
		return nil, nil, err
	}
	callers := (&share{kind: k}).cut(all)
	if byID(all, id) == nil && len(named(callers, id)) > 0 {
		all = callers
	}
	found, problem := importID(all, id, personalAccessTokenNoun)
	return map[string]string{"id": found}, problem, nil
}
